import NNText

/// The rules of a SARIF run: the codes that its results have, in order of their first appearance.
struct SarifRules {
  private var codes: [DiagnosticCode] = []
  private var indices: [DiagnosticCode: Int] = [:]
  private var levels: [DiagnosticCode: Severity] = [:]

  /// The index of a diagnostic's rule; a code's first diagnostic adds the rule.
  mutating func index(of diagnostic: Diagnostic) -> Int {
    let code = diagnostic.code
    levels[code] = min(levels[code] ?? diagnostic.severity, diagnostic.severity)
    if let index = indices[code] { return index }
    indices[code] = codes.count
    codes.append(code)
    return codes.count - 1
  }

  /// The list of `reportingDescriptor` objects (SARIF 2.1.0, §3.49). A rule's level is the gravest of its results.
  var json: JSON {
    .array(
      codes.map { code in
        .object([
          ("id", .string(code.code)), ("name", .string(code.name)),
          ("shortDescription", .object([("text", .string(code.words))])),
          ("help", .object([("text", .string("\(code.words) (\(code.code)): each result says how to repair it"))])),
          ("defaultConfiguration", .object([("level", .string((levels[code] ?? .error).rawValue))])),
        ])
      })
  }
}

extension DiagnosticCode {
  /// The slug as an identifier: `UnknownKey`.
  fileprivate var name: String {
    slug.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  /// The slug as words: `unknown key`.
  fileprivate var words: String { slug.split(separator: "-").joined(separator: " ") }
}
