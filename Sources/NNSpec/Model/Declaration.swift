import NNDiagnostics

/// A name that a spec's own file gives to something, and whether the file uses it.
public struct Declaration: Sendable {
  /// What has the name.
  public enum Kind: Sendable, Hashable {
    case variable
    /// A parameter of the block of this name.
    case parameter(block: String)
    case block
    /// An included file.
    case include
  }

  /// What has the name.
  public let kind: Kind
  /// The name.
  public let name: String
  /// The name's token.
  public let span: Span
  /// Whether something in the file may mean it; false only where nothing can.
  public let isUsed: Bool
}

/// Finds what a file declares, and what of it the file's text cannot mean anywhere: any expression that contains the
/// name counts as a use, whatever the name means there.
struct DeclarationReader {
  private let root: Node

  static func declarations(of root: Node, _ blocks: [Block]) -> [Declaration] {
    let reader = DeclarationReader(root: root)
    return reader.variables + reader.parameters + reader.includes + reader.blocks(blocks)
  }

  private var variables: [Declaration] {
    let used = DeclarationReader.names(in: root)
    return entries("vars").map {
      Declaration(kind: .variable, name: $0.name, span: $0.key.span, isUsed: used.contains($0.name))
    }
  }

  private var parameters: [Declaration] {
    entries("blocks").flatMap { block -> [Declaration] in
      let used = DeclarationReader.names(in: block.value)
      return (block.value["parameters"]?.mapping ?? []).filter { !$0.name.hasPrefix("x-") }.map {
        Declaration(
          kind: .parameter(block: block.name), name: $0.name, span: $0.key.span, isUsed: used.contains($0.name))
      }
    }
  }

  private var includes: [Declaration] {
    let aliases = entries("include")
    guard !aliases.isEmpty else { return [] }
    let rest = (root.mapping ?? []).filter { $0.name != "include" }
    var used = Set(rest.flatMap { DeclarationReader.names(in: $0.value) }.map(DeclarationReader.alias))
    for entry in rest { DeclarationReader.collectAliases(in: entry.value, into: &used) }
    return aliases.map {
      Declaration(kind: .include, name: $0.name, span: $0.key.span, isUsed: used.contains($0.name))
    }
  }

  private func blocks(_ blocks: [Block]) -> [Declaration] {
    blocks.filter { $0.nameSpan.file == root.span.file }.map {
      Declaration(kind: .block, name: $0.name, span: $0.nameSpan, isUsed: $0.isUsed)
    }
  }

  private func entries(_ section: String) -> [Node.Entry] {
    (root[section]?.mapping ?? []).filter { !$0.name.hasPrefix("x-") }
  }

  /// The names in all expressions of a tree.
  private static func names(in node: Node) -> Set<String> {
    switch node.content {
    case .scalar:
      guard ExpressionReader.isExpression(node) else { return [] }
      var unused = Diagnostics()
      return Set(ExpressionReader.parse(node, diagnostics: &unused)?.names.map(\.name) ?? [])
    case .sequence(let nodes): return nodes.reduce(into: []) { $0.formUnion(names(in: $1)) }
    case .mapping(let entries): return entries.reduce(into: []) { $0.formUnion(names(in: $1.value)) }
    }
  }

  /// What stands before the first point of all keys and scalars.
  private static func collectAliases(in node: Node, into aliases: inout Set<String>) {
    switch node.content {
    case .scalar(let scalar): aliases.insert(alias(scalar.text))
    case .sequence(let nodes): for node in nodes { collectAliases(in: node, into: &aliases) }
    case .mapping(let entries):
      for entry in entries {
        aliases.insert(alias(entry.name))
        collectAliases(in: entry.value, into: &aliases)
      }
    }
  }

  private static func alias(_ text: String) -> String { String(text.prefix { $0 != "." }) }
}
