import NNDiagnostics
import NNTensor

extension DiagnosticCode {
  static let networkCycle = DiagnosticCode("NNC0330", "network-cycle")
  static let inputHasNames = DiagnosticCode("NNC0331", "input-has-names")
  static let predictionNeeded = DiagnosticCode("NNC0332", "prediction-needed")
  static let blockHidesKind = DiagnosticCode("NNC0333", "block-hides-kind")
  static let inputDiffers = DiagnosticCode("NNC0334", "input-differs")
}

/// The wording of what can be wrong between networks.
extension Diagnostic {
  static func networkCycle(_ names: [String], at span: Span) -> Diagnostic {
    Diagnostic(
      .networkCycle, "the network `\(names.first ?? "")` takes its own output as input", at: span,
      label: (names.count > 12 ? names.prefix(10) + names.suffix(1) : names[...]).map { "`\($0)`" }
        .joined(separator: " <- ") + (names.count > 12 ? ", over \(names.count - 11) more" : ""),
      help: ["give one of them a data source or a shape as `input`"])
  }

  static func inputHasNames(_ what: String, _ names: [String], at span: Span) -> Diagnostic {
    let list = names.map { "`\($0)`" }.joined(separator: ", ")
    return Diagnostic(
      .inputHasNames, "\(what) must say which input it takes", at: span, label: "the network has \(list)",
      help: ["name one: `from: \(names.first ?? "")`"])
  }

  static func predictionNeeded(_ kind: String, networks: [String], at span: Span) -> Diagnostic {
    let list = networks.map { "`\($0)`" }.joined(separator: ", ")
    return Diagnostic(
      .predictionNeeded, "`\(kind)` needs a prediction", at: span, label: "the spec has several networks",
      help: ["add `prediction: \(networks.first ?? "")`; networks: \(list)"])
  }

  static func blockHidesKind(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .blockHidesKind, "a block cannot be called `\(name)`", at: span, label: "`\(name)` is a kind of layer",
      help: ["give the block another name, such as `my_\(name)`"])
  }

  static func inputDiffers(
    _ network: String, _ given: [Int], _ wanted: [Int], at span: Span, notes: [Note]
  ) -> Diagnostic {
    Diagnostic(
      .inputDiffers, "the network `\(network)` takes \(Shape(wanted))", at: span, label: "this is \(Shape(given))",
      notes: notes)
  }
}
