/// What `nnc explain` says of a code: what it means, why it is refused, a spec that is answered so, and how it is right.
public struct DiagnosticPage: Sendable {
  /// The code.
  public let code: DiagnosticCode
  /// What is wrong, in one line: lower case, no full stop.
  public let title: String
  /// What it means and why it is refused, in sentences.
  public let meaning: String
  /// How the page shows it.
  public let proof: Proof

  /// How a page shows what it says. The tests hold it to that.
  public enum Proof: Sendable {
    /// `wrong` is answered with exactly this code, and `right` has no error and this code no more. Where `right` is `wrong` with texts
    /// replaced, `repairs` has them; each stands in `wrong` once.
    case specs(wrong: SpecExample, right: SpecExample, repairs: [(String, String)])
    /// No spec can show it, for this reason.
    case none(because: String)
  }

  /// A page of a code.
  public init(_ code: DiagnosticCode, _ title: String, _ meaning: String, _ proof: Proof) {
    self.code = code
    self.title = title
    self.meaning = meaning
    self.proof = proof
  }

  /// A page whose corrected spec is the example with texts replaced, each of which stands in it once.
  public init(
    _ code: DiagnosticCode, _ title: String, _ meaning: String, example: SpecExample, repair: [(String, String)]
  ) {
    self.init(code, title, meaning, .specs(wrong: example, right: example.replacing(repair), repairs: repair))
  }

  /// The same for an example that is a text without further files.
  public init(
    _ code: DiagnosticCode, _ title: String, _ meaning: String, example: String, repair: [(String, String)]
  ) {
    self.init(code, title, meaning, example: SpecExample(example), repair: repair)
  }

  /// A page whose corrected spec is another one.
  public init(
    _ code: DiagnosticCode, _ title: String, _ meaning: String, example: SpecExample, corrected: SpecExample
  ) {
    self.init(code, title, meaning, .specs(wrong: example, right: corrected, repairs: []))
  }
}

/// The pages of all codes.
public struct DiagnosticPages: Sendable {
  /// The pages by code.
  public let pages: [DiagnosticPage]

  /// These pages, sorted by code.
  public init(_ pages: [DiagnosticPage]) { self.pages = pages.sorted { $0.code.code < $1.code.code } }

  /// The page of a code, written `NNC0310`, `nnc0310`, `310` or `prediction-target-mismatch`.
  public func page(of name: String) -> DiagnosticPage? {
    let name = name.lowercased()
    let digits = name.hasPrefix("nnc") ? name.dropFirst(3) : name[...]
    let padded = "NNC" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    return pages.first { $0.code.code == padded || $0.code.slug == name }
  }

  /// The code or the slug that was meant.
  public func suggestion(for name: String) -> String? {
    let codes = pages.map(\.code)
    return nearest(to: name)?.code ?? Suggestion.closest(to: name, among: codes.map(\.slug) + codes.map(\.code))
  }

  /// The code whose number comes next.
  private func nearest(to name: String) -> DiagnosticCode? {
    guard let number = Int(name.lowercased().trimmingPrefix("nnc")) else { return nil }
    let codes = pages.map(\.code)
    return codes.min { abs(($0.number ?? 0) - number) < abs(($1.number ?? 0) - number) }
  }
}

extension DiagnosticCode {
  /// The digits of the code.
  var number: Int? { Int(code.dropFirst(3)) }
}
