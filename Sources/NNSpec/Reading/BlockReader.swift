import NNDiagnostics

/// A block as written; its layers are read at each use.
struct BlockDefinition: Sendable {
  /// A parameter: its name, and its default where there is one.
  struct Parameter: Sendable {
    let entry: Node.Entry
    /// Whether it is called like a key that every layer takes, which is reported: its value is unknown.
    var isReserved = false

    var name: String { entry.name }
    var fallback: Node? { entry.value.isNull ? nil : entry.value }
  }

  let name: String
  let nameSpan: Span
  let parameters: [Parameter]
  let layers: [Node]
  /// What its file's expressions see.
  let environment: Environment
  /// The table of the blocks that its file may use.
  let table: Int
  /// False where its layers are no list, which is reported.
  let isWhole: Bool
}

/// Reads `blocks`.
enum BlockReader {
  static func read(
    _ section: Node.Entry?, table: Int, in environment: Environment, diagnostics: inout Diagnostics
  ) -> [BlockDefinition] {
    guard let section else { return [] }
    return NamedEntries.read(section, holds: "blocks by name", diagnostics: &diagnostics).map {
      block($0, table: table, in: environment, diagnostics: &diagnostics)
    }
  }

  private static func block(
    _ entry: Node.Entry, table: Int, in environment: Environment, diagnostics: inout Diagnostics
  ) -> BlockDefinition {
    if ["repeat", "previous", "input"].contains(entry.name) {
      diagnostics.add(.badBlockName(entry.name, at: entry.key.span))
    }
    func block(_ parameters: [BlockDefinition.Parameter], _ layers: [Node], _ isWhole: Bool) -> BlockDefinition {
      BlockDefinition(
        name: entry.name, nameSpan: entry.key.span, parameters: parameters, layers: layers, environment: environment,
        table: table, isWhole: isWhole)
    }
    if let nodes = entry.value.sequence {
      if nodes.isEmpty { diagnostics.add(.noLayers("the block `\(entry.name)`", at: entry.key.span)) }
      return block([], nodes, !nodes.isEmpty)
    }
    guard entry.value.mapping != nil else {
      let place = entry.value.isNull ? entry.key.span : entry.value.span
      diagnostics.add(.notAList(entry.value, what: "the block `\(entry.name)`", at: place))
      return block([], [], false)
    }
    var decoder = TableDecoder(
      environment, owner: "the block `\(entry.name)`", keySpan: entry.key.span, kind: entry.name)
    let arguments = decoder.decode(entry.value, keys: SectionKeys.block, span: entry.value.span)
    diagnostics.add(contentsOf: decoder.diagnostics)
    let parameters = parameters(entry, arguments, diagnostics: &diagnostics)
    let layers = LayerList.read(
      arguments, of: "the block `\(entry.name)`", at: entry.key.span, diagnostics: &diagnostics)
    return block(parameters, layers ?? [], layers != nil)
  }

  private static func parameters(
    _ block: Node.Entry, _ arguments: Arguments, diagnostics: inout Diagnostics
  ) -> [BlockDefinition.Parameter] {
    guard let section = block.value.mapping?.first(where: { $0.name == "parameters" }), arguments.isGiven("parameters")
    else { return [] }
    guard let entries = section.value.mapping else {
      let holds = "names with defaults, such as `{filters: , kernel: 3}`"
      let place = section.value.isNull || section.value.scalar == nil ? section.key.span : section.value.span
      diagnostics.add(.sectionNotAMapping(section.value, key: "parameters", holds: holds, at: place))
      let names = (section.value.sequence ?? []).filter { VariableReader.isName($0.scalar?.text ?? "") }
      return names.map {
        BlockDefinition.Parameter(entry: Node.Entry(key: $0, value: Node(.scalar(.unknown), span: $0.span)))
      }
    }
    return entries.compactMap { entry in
      if entry.name.hasPrefix("x-") { return nil }
      if ["name", "from"].contains(entry.name) {
        diagnostics.add(.reservedParameter(entry.name, at: entry.key.span))
        return BlockDefinition.Parameter(entry: entry, isReserved: true)
      }
      if !VariableReader.isName(entry.name) { diagnostics.add(.badVariableName(entry.name, at: entry.key.span)) }
      if !entry.value.isNull,
        !VariableReader.isConstant(entry, subject: "the parameter `\(entry.name)`", diagnostics: &diagnostics)
      {
        return BlockDefinition.Parameter(
          entry: Node.Entry(key: entry.key, value: Node(.scalar(.unknown), span: entry.value.span)))
      }
      return BlockDefinition.Parameter(entry: entry)
    }
  }
}

extension Node.Scalar {
  /// Stands for a value that is wrong and reported.
  static let unknown = Node.Scalar(text: "\u{0}", style: .plain, textStart: nil)
}

/// Reads the key `layers`.
enum LayerList {
  /// The items; `nil` where they are no list or none, which is reported.
  static func read(
    _ arguments: Arguments, of owner: String, at place: Span, diagnostics: inout Diagnostics
  ) -> [Node]? {
    guard let node = arguments.node("layers") else { return nil }
    guard let nodes = node.sequence else {
      let place = node.isNull || node.scalar == nil ? arguments.keySpan(of: "layers") : node.span
      diagnostics.add(.notAList(node, what: "`layers`", at: place))
      return nil
    }
    if nodes.isEmpty { diagnostics.add(.noLayers(owner, at: place)) }
    return nodes.isEmpty ? nil : nodes
  }
}
