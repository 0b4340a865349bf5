import Foundation
import NNDiagnostics
import NNDriver
import NNLayers
import Testing

@testable import NNSpec

/// What the checker says of a spec's structure, to be compared with the schema.
struct Structure {
  /// Mistakes of structure: keys, kinds, types, ranges, missing parts.
  static let codes: Set<String> = [
    "NNC0111", "NNC0112", "NNC0113", "NNC0114", "NNC0115", "NNC0116", "NNC0117", "NNC0118", "NNC0119", "NNC0201",
    "NNC0202", "NNC0203", "NNC0204", "NNC0205", "NNC0210", "NNC0212", "NNC0213", "NNC0214", "NNC0216",
    "NNC0217", "NNC0218", "NNC0221", "NNC0223", "NNC0600",
  ]
  /// Mistakes that a schema sees only sometimes: names, spellings of numbers, variables, layers out of place, uses of a block
  /// that is called like a kind; and one that ends the check.
  static let partly: Set<String> = [
    "NNC0109", "NNC0110", "NNC0215", "NNC0012", "NNC0015", "NNC0019", "NNC0234", "NNC0333",
  ]

  /// The codes that a schema must see too.
  let mistakes: [String]
  /// Whether the schema may refuse the spec although none of its mistakes must be seen.
  let isUndecided: Bool

  init(_ checked: CheckedSpec, _ tree: Node) {
    let errors = checked.diagnostics.sorted.filter { $0.severity == .error }
    mistakes = errors.filter { Structure.codes.contains($0.code.code) && !Structure.isOfValue($0, tree) }
      .map(\.code.code)
    isUndecided = errors.contains { error in
      Structure.partly.contains(error.code.code) || error.span.end == tree["nnc"]?.span.end
        || (error.code.code == "NNC0203" && Structure.isOfValue(error, tree))
    }
  }

  /// Whether a mistake is in the value of an expression, or in how a whole number is spelt (`2.0` is an integer to
  /// JSON Schema): the schema's reader does not see these.
  private static func isOfValue(_ diagnostic: Diagnostic, _ tree: Node) -> Bool {
    guard let scalar = scalar(at: diagnostic.span, in: tree) else { return false }
    if scalar.text.hasPrefix("$") { return true }
    guard diagnostic.code.code == "NNC0115", let number = Double(scalar.text) else { return false }
    return number == number.rounded()
  }

  private static func scalar(at span: Span, in node: Node) -> Node.Scalar? {
    switch node.content {
    case .scalar(let scalar): node.span.start <= span.start && span.end <= node.span.end ? scalar : nil
    case .sequence(let nodes): nodes.lazy.compactMap { Structure.scalar(at: span, in: $0) }.first
    case .mapping(let entries): entries.lazy.compactMap { Structure.scalar(at: span, in: $0.value) }.first
    }
  }
}

/// The schema and the checker agree about structure.
@Suite struct SchemaAgreementTests {
  static let invalidFiles = [
    "Specs/invalid", "Tests/NNSpecTests/Golden", "Tests/NNLayersTests/Golden", "Tests/NNDriverTests/Golden",
    "Tests/NNDriverTests/Golden/mistakes", "Tests/NNDriverTests/Golden/lints",
  ].flatMap(Place.files)

  /// The schema, which takes longer to write than most specs to validate.
  static let schema = Reference.schema.text
  /// A validator by the schema.
  static func validator() throws -> SchemaValidator { try SchemaValidator(schema) }

  @Test("the schema accepts every shipped spec that has no mistakes", arguments: Place.files("Specs"))
  func shipped(file: URL) throws {
    let text = try String(contentsOf: file, encoding: .utf8)
    let problem = try SchemaAgreementTests.validator().problem(Instance(try #require(tree(text))))
    let checked = try check(file)
    if checked.diagnostics.hasErrors {
      #expect(problem != nil, "not supported yet")
    } else {
      #expect(problem == nil)
    }
  }

  @Test("there are invalid specs to compare") func invalidSpecsExist() {
    #expect(SchemaAgreementTests.invalidFiles.count >= 400)
  }

  @Test("the schema refuses an invalid spec exactly where the mistake is one of structure", arguments: invalidFiles)
  func invalid(file: URL) throws {
    guard let text = try? String(contentsOf: file, encoding: .utf8), let tree = tree(text) else { return }
    try compare(try check(file), tree, by: try SchemaAgreementTests.validator())
  }

  @Test("keys and values of shipped specs, changed one at a time, are refused by both or by none")
  func mutations() throws {
    var counts = (specs: 0, refused: 0)
    let validator = try SchemaAgreementTests.validator()
    try withFolder { folder in
      for file in Place.files("Specs") where try !check(file).diagnostics.hasErrors {
        let text = try String(contentsOf: file, encoding: .utf8)
        for changed in mutants(of: text) {
          guard let tree = tree(changed) else { continue }
          counts.specs += 1
          counts.refused += try compare(try check(changed, in: folder), tree, by: validator, changed) ? 1 : 0
        }
      }
    }
    print("schema and check agree on \(counts.specs) changed specs; \(counts.refused) have mistakes of structure")
    #expect(counts.specs > 500 && counts.refused > 400)
  }

  /// Compares; gives whether there are mistakes that both must see.
  @discardableResult
  private func compare(
    _ checked: CheckedSpec, _ tree: Node, by validator: SchemaValidator, _ text: String = ""
  ) throws -> Bool {
    let structure = Structure(checked, tree)
    let problem = try validator.problem(Instance(tree))
    // What a block's name and keys are, the schema cannot know: where there are blocks it only must not refuse more.
    let hasBlocks = tree["blocks"] != nil || tree["include"] != nil
    if !structure.mistakes.isEmpty {
      if hasBlocks { return false }
      #expect(problem != nil, "the schema misses \(structure.mistakes)\n\(text)")
    } else if !structure.isUndecided {
      let codes = checked.diagnostics.sorted.map(\.code.code)
      #expect(problem == nil, "the schema refuses what is no mistake of structure: \(codes)\n\(text)")
    }
    return !structure.mistakes.isEmpty
  }

  /// The text with each key misspelt, and each value replaced by some of other types.
  private func mutants(of text: String) -> [String] {
    guard let root = tree(text) else { return [] }
    let scalars = Array(text.unicodeScalars)
    func replacing(_ span: Span, by new: String) -> String {
      var view = String.UnicodeScalarView(scalars[..<span.start])
      view.append(contentsOf: new.unicodeScalars)
      view.append(contentsOf: scalars[span.end...])
      return String(view)
    }
    let values = ["-7", "0", "2.5", "zzq", "[1, 2]", "{zzq: 1}", "true", "$zzq", "10%"]
    return places(in: root).enumerated().flatMap { index, place in
      let some = (0..<3).map { values[(index + 4 * $0) % values.count] }
      return (place.isKey ? ["zzq", "x-zzq"] : some).map { replacing(place.0, by: $0) }
    }
  }

  private func places(in node: Node) -> [(Span, isKey: Bool)] {
    switch node.content {
    case .scalar: [(node.span, false)]
    case .sequence(let nodes): nodes.flatMap { places(in: $0) }
    case .mapping(let entries): entries.flatMap { [($0.key.span, true)] + places(in: $0.value) }
    }
  }
}
