import NNSpec
import NNText

extension Reference {
  /// The kinds of layers with their descriptions and shapes, a line each.
  public static var overview: String {
    let rows = layers.entries.filter { !$0.name.isEmpty }.map { [$0.name, $0.doc] }
    return table(["layer", "what it is"], rows).map { $0 + "\n" }.joined()
      + "\n`nnc layers KIND` prints the keys, the formula and an example of a kind, also of losses, optimizers and "
      + "schedules; the keys of a section:\n" + sectionNames.joined(separator: ", ") + ".\n"
  }

  /// Everything about the section that is called so, about the kinds of this name, of layers, losses, optimizers, …,
  /// and about the keys; `nil` where there is none.
  public static func text(of name: String) -> String? {
    if name.isEmpty { return nil }
    let named = sections.filter { $0.name == name }.map(text)
    let kinds = sections.flatMap { section in section.entries.filter { $0.name == name }.map { text($0, in: section) } }
    let found = named + kinds + [text(ofKey: name)].compactMap { $0 }
    return found.isEmpty ? nil : found.joined(separator: "\n")
  }

  /// The keys of this name, each with what it belongs to.
  private static func text(ofKey name: String) -> String? {
    let rows = sections.flatMap { section in
      section.entries.flatMap { entry in
        entry.keys.filter { $0.name == name }.map { key in
          let owner = [entry.name, section.name, section.title.lowercased()].first { !$0.isEmpty } ?? ""
          return ["  " + owner, entry.form(of: key), key.absence, key.doc.sentence]
        }
      }
    }
    if rows.isEmpty { return nil }
    return (["\(name)  (key)", ""] + table(["  of", "takes", "default", "meaning"], rows)).map { $0 + "\n" }.joined()
  }

  /// All kinds and sections that there are, for suggestions.
  public static var names: [String] {
    let kinds = sections.flatMap(\.entries)
    return kinds.map(\.name).filter { !$0.isEmpty } + sectionNames + kinds.flatMap { $0.keys.map(\.name) }
  }

  private static var sectionNames: [String] { sections.map(\.name).filter { !$0.isEmpty } }

  private static func text(_ section: ReferenceSection) -> String {
    let rows = section.entries.flatMap { entry in
      entry.keys.map { ["  " + $0.name, entry.form(of: $0), $0.absence, $0.doc.sentence] }
    }
    var lines = ["\(section.name)  (\(section.title.lowercased()))", "  \(section.introduction)"]
    lines += section.entries.filter { !$0.example.isEmpty }.map { "  example: - \($0.example)" }
    lines += [""] + table(["  key", "takes", "default", "meaning"], rows)
    return (lines + section.entries.flatMap(specLines)).map { $0 + "\n" }.joined()
  }

  private static func text(_ entry: ReferenceSection.Entry, in section: ReferenceSection) -> String {
    var lines = ["\(entry.name)  (\(section.title.lowercased()))", "  \(entry.doc)"]
    let facts = entry.facts + (entry.example.isEmpty ? [] : [("example", "- \(entry.example)")])
    lines += facts.map { "  \($0.label): \($0.text)" }
    let shared = section.entries.filter { $0.name.isEmpty }.flatMap(\.keys)
    let rows = (entry.keys + shared).map { ["  " + $0.name, $0.type.text, $0.absence, $0.doc.sentence] }
    if !rows.isEmpty { lines += [""] + table(["  key", "takes", "default", "meaning"], rows) }
    return (lines + specLines(entry)).map { $0 + "\n" }.joined()
  }

  private static func specLines(_ entry: ReferenceSection.Entry) -> [String] {
    entry.spec.isEmpty ? [] : ["  example:"] + entry.spec.split(separator: "\n").map { "    " + $0 }
  }
}
