import NNSpec

/// A part of the reference: a table of keys, or kinds with their keys.
public struct ReferenceSection: Sendable {
  /// A kind, or a section of the spec.
  public struct Entry: Sendable {
    /// The kind as written; empty for a section's own keys.
    public let name: String
    /// What it is.
    public let doc: String
    /// What else is to be said: output shape, formula.
    public let facts: [(label: String, text: String)]
    /// Its own keys, without those that this version does not support.
    public let keys: [Key]
    /// What keys hold whose form is more than their type says, by key.
    public var forms: [String: String] = [:]
    /// How a spec would write it; empty where a line does not show it.
    public let example: String
    /// A whole spec that shows it, where a line does not.
    public var spec = ""

    /// What a key takes.
    func form(of key: Key) -> String { forms[key.name] ?? key.type.text }
  }

  /// What the command line calls it; empty for a list of kinds.
  var name = ""
  /// What stands in it.
  public let title: String
  /// What holds for all of it.
  public let introduction: String
  /// Its entries.
  public let entries: [Entry]

  /// A section of the spec with keys of its own.
  static func table(
    _ name: String, _ title: String, _ introduction: String, _ table: KeyTable, forms: [String: String] = [:],
    example: String = "", spec: String = ""
  ) -> ReferenceSection {
    let entry = Entry(name: "", doc: "", facts: [], keys: table.keys, forms: forms, example: example, spec: spec)
    return ReferenceSection(name: name, title: title, introduction: introduction, entries: [entry])
  }

  /// The kinds of a family that this version supports.
  static func kinds(
    _ title: String, _ introduction: String, _ family: KindFamily, common: Bool = true,
    facts: (String) -> [(label: String, text: String)] = { _ in [] }, example: (KindDefinition) -> String
  ) -> ReferenceSection {
    let shared = Entry(
      name: "", doc: "", facts: [], keys: family.commonKeys, example: "")
    let entries = family.kinds.map { kind in
      Entry(
        name: kind.name, doc: kind.doc.sentence, facts: facts(kind.name),
        keys: kind.keys.keys, example: example(kind))
    }
    return ReferenceSection(
      title: title, introduction: introduction, entries: (shared.keys.isEmpty ? [] : [shared]) + entries)
  }
}
