import NNDiagnostics
import NNTensor

/// Reads `loss` and `losses`.
enum LossReader {
  static func read(_ root: Node, in environment: Environment, diagnostics: inout Diagnostics) -> [LossUse] {
    let entries = root.mapping ?? []
    let single = entries.first { $0.name == "loss" }
    let several = entries.first { $0.name == "losses" }
    if let single, let several {
      let (first, second) = single.key.span.start < several.key.span.start ? (single, several) : (several, single)
      diagnostics.add(.bothForms("loss", "losses", at: second.key.span, first: first.key.span))
    }
    if let several {
      let named = NamedEntries.read(several, holds: "losses by name", diagnostics: &diagnostics)
      return named.compactMap { loss($0, name: $0.name, in: environment, diagnostics: &diagnostics) }
    }
    return single.flatMap { loss($0, name: "loss", in: environment, diagnostics: &diagnostics) }.map { [$0] } ?? []
  }

  private static func loss(
    _ entry: Node.Entry, name: String, in environment: Environment, diagnostics: inout Diagnostics
  ) -> LossUse? {
    var node = entry.value
    var weight: Schedule? = 1
    var weightSpan: Span?
    if node.isNull {
      diagnostics.add(.missingValue(subject: "`\(entry.name)`", takes: "a loss", at: entry.key.span))
      return nil
    }
    if let entries = node.mapping {
      var rest = entries.filter { SectionKeys.besideLoss[$0.name] == nil && !$0.name.hasPrefix("x-") }
      let strangers = strangers(beside: rest)
      for stranger in strangers {
        diagnostics.add(
          .unknownKey(
            stranger.name, of: name == "loss" ? "`loss`" : "the loss `\(name)`",
            keys: SectionKeys.besideLoss.keys.map(\.name), at: stranger.key.span))
      }
      rest.removeAll { entry in strangers.contains { $0.key.span == entry.key.span } }
      if let allow = entries.first(where: { $0.name == Key.allow.name }) {
        var decoder = ValueDecoder(environment)
        _ = decoder.decode(allow.value, as: Key.allow.type, subject: "`allow` of `\(name)`")
        diagnostics.add(contentsOf: decoder.diagnostics)
      }
      if let written = entries.first(where: { $0.name == "weight" }) {
        var decoder = ValueDecoder(environment)
        let subject = name == "loss" ? "`weight`" : "`weight` of `\(name)`"
        let value = decoder.decode(written.value, as: SectionKeys.lossWeight.type, subject: subject)
        diagnostics.add(contentsOf: decoder.diagnostics)
        weight =
          if case .schedule(let schedule)? = value { schedule } else { (value?.real).map { .constant($0) } }
        weightSpan = written.value.span
      }
      if rest.isEmpty {
        diagnostics.add(.missingValue(subject: "`\(entry.name)`", takes: "a loss", at: entry.key.span))
        return nil
      }
      node = Node(.mapping(rest), span: node.span)
    }
    guard let item = KindItem(node, noun: "loss", diagnostics: &diagnostics) else { return nil }
    return LossUse(
      name: name, nameSpan: entry.key.span, item: item, environment: environment, weight: weight,
      weightSpan: weightSpan, part: SpecPart(entry.value, environment))
  }

  /// Keys beside the loss's kind that no loss has: of several the one with keys of its own, or none, is the kind.
  private static func strangers(beside rest: [Node.Entry]) -> [Node.Entry] {
    let kinds = rest.filter { $0.value.mapping != nil || $0.value.isNull }
    return rest.count > 1 && kinds.count == 1 ? rest.filter { $0.value.scalar != nil && !$0.value.isNull } : []
  }
}
