import NNDiagnostics

/// Reads `expect`.
enum ExpectReader {
  static func read(_ entry: Node.Entry?, in environment: Environment, diagnostics: inout Diagnostics) -> Expectations {
    var result = Expectations()
    guard let entry else { return result }
    var decoder = TableDecoder(environment, owner: "`expect`", keySpan: entry.key.span, kind: "expect")
    let arguments = decoder.decode(entry.value, keys: SectionKeys.expect, span: entry.value.span)
    diagnostics.add(contentsOf: decoder.diagnostics)
    result.output = arguments.shape("output").map { Spanned($0, at: arguments.span(of: "output")) }
    result.outputs = outputs(entry.value, in: environment, diagnostics: &diagnostics)
    result.parameters = comparison("parameters", arguments)
    result.memory = comparison("memory", arguments)
    result.flops = comparison("flops", arguments)
    return result
  }

  private static func comparison(_ key: String, _ arguments: Arguments) -> Spanned<Comparison>? {
    guard case .comparison(let comparison)? = arguments.value(key) else { return nil }
    return Spanned(comparison, at: arguments.span(of: key))
  }

  private static func outputs(
    _ node: Node, in environment: Environment, diagnostics: inout Diagnostics
  ) -> [(network: Spanned<String>, shape: Spanned<[Int]>)] {
    guard let section = node.mapping?.first(where: { $0.name == "outputs" }) else { return [] }
    let entries = NamedEntries.read(section, holds: "shapes by network", allowsPoints: true, diagnostics: &diagnostics)
    return entries.compactMap { entry in
      var decoder = ValueDecoder(environment)
      let value = decoder.decode(entry.value, as: .shape, subject: "the output of `\(entry.name)`")
      diagnostics.add(contentsOf: decoder.diagnostics)
      guard case .shape(let shape)? = value else { return nil }
      return (Spanned(entry.name, at: entry.key.span), Spanned(shape, at: entry.value.span))
    }
  }
}
