import NNDiagnostics

/// The names of one list of layers. Unnamed layers count per kind; a name with points, such as `down1.end`, lies inside
/// `down1`, which no other layer of the list may be called.
struct LocalNames {
  private var inputs: [String: Span] = [:]
  private var written: [String: Span] = [:]
  private var generated: [String: (kind: String, span: Span)] = [:]
  /// What names with points lie inside, by the first such name.
  private var around: [String: (name: String, span: Span)] = [:]
  private var counts: [String: Int] = [:]

  init(inputs: [Spanned<String>]) {
    for input in inputs { self.inputs[input.value] = input.span }
  }

  /// The name of the list's next layer: as written, or by its kind. What cannot be is reported.
  mutating func add(
    _ name: Spanned<String>?, kind: String, at kindSpan: Span, diagnostics: inout Diagnostics
  ) -> String {
    guard let name else { return generate(kind, at: kindSpan, diagnostics: &diagnostics) }
    if let input = inputs[name.value] {
      diagnostics.add(.nameTaken(name.value, by: "an input of this network", first: input, second: name.span))
    } else if let first = written[name.value] {
      diagnostics.add(.duplicateName(name.value, what: "layer", first: first, second: name.span))
    } else if let first = generated[name.value] {
      diagnostics.add(.generatedNameTaken(name.value, kind: first.kind, first: name.span, second: first.span))
    } else if let inner = around[name.value] {
      diagnostics.add(.nameInside(inner.name, name.value, "layer", at: inner.span, outer: name.span))
    } else if let outer = Names.beginnings(of: name.value).first(where: { place(of: $0) != nil }) {
      diagnostics.add(.nameInside(name.value, outer, "layer", at: name.span, outer: place(of: outer) ?? name.span))
    } else {
      written[name.value] = name.span
      for outer in Names.beginnings(of: name.value) where around[outer] == nil {
        around[outer] = (name.value, name.span)
      }
    }
    return name.value
  }

  private mutating func generate(_ kind: String, at span: Span, diagnostics: inout Diagnostics) -> String {
    let base = kind.split(separator: ".").last.map(String.init) ?? kind
    counts[base, default: 0] += 1
    let name = "\(base)_\(counts[base] ?? 1)"
    if let first = written[name] {
      diagnostics.add(.generatedNameTaken(name, kind: base, first: first, second: span))
    } else if let inner = around[name] {
      diagnostics.add(.nameInside(inner.name, name, "layer", at: inner.span, outer: span))
    }
    generated[name] = (base, span)
    return name
  }

  private func place(of name: String) -> Span? { inputs[name] ?? written[name] ?? generated[name]?.span }
}
