import NNSpec
import NNText

extension Reference {
  /// The kinds of layers with their descriptions and shapes, a line each.
  public static var overview: String {
    let rows = layers.entries.filter { !$0.name.isEmpty }.map { [$0.name, $0.doc] }
    return table(["layer", "what it is"], rows).map { $0 + "\n" }.joined()
      + "\n`nnc layers KIND` prints the keys, the formula and an example of a kind, also of losses and optimizers.\n"
  }

  /// Everything about the kinds of this name, of layers, losses, optimizers, …; `nil` where there is none.
  public static func text(of name: String) -> String? {
    let found = sections.flatMap { section in section.entries.filter { $0.name == name }.map { (section, $0) } }
    return found.isEmpty ? nil : found.map { text($0.1, in: $0.0) }.joined(separator: "\n")
  }

  /// All kinds that there are, for suggestions.
  public static var names: [String] { sections.flatMap { $0.entries.map(\.name) }.filter { !$0.isEmpty } }

  private static func text(_ entry: ReferenceSection.Entry, in section: ReferenceSection) -> String {
    var lines = ["\(entry.name)  (\(section.title.lowercased()))", "  \(entry.doc)"]
    let facts = entry.facts + (entry.example.isEmpty ? [] : [("example", "- \(entry.example)")])
    lines += facts.map { "  \($0.label): \($0.text)" }
    let shared = section.entries.filter { $0.name.isEmpty }.flatMap(\.keys)
    let rows = (entry.keys + shared).map { ["  " + $0.name, $0.type.text, $0.absence, $0.doc.sentence] }
    if !rows.isEmpty { lines += [""] + table(["  key", "takes", "default", "meaning"], rows) }
    if !entry.spec.isEmpty { lines += ["  example:"] + entry.spec.split(separator: "\n").map { "    " + $0 } }
    return lines.map { $0 + "\n" }.joined()
  }
}
