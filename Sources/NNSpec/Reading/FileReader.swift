import NNDiagnostics

/// Reads what files share with those that include them: variables, blocks, data and networks.
struct FileReader {
  private let root: Node
  private let file: FileID
  private let folder: String
  private let context: ReadingContext
  private var library = Library()
  /// Included files by alias, in the order of the file.
  private var included: [(alias: Node.Entry, library: Library)] = []

  /// What the file gives. `folder` is its folder, seen from the spec's.
  static func read(
    _ root: Node, file: FileID, folder: String, isIncluded: Bool, in context: ReadingContext
  ) -> Library {
    var reader = FileReader(root: TopLevel.meant(root), file: file, folder: folder, context: context)
    if isIncluded { reader.checkTopLevel(root) }
    reader.checkNames()
    reader.readIncludes()
    reader.readVariables()
    reader.readBlocks()
    reader.readData()
    reader.readNetworks(isIncluded: isIncluded)
    reader.readAllowances(isIncluded: isIncluded)
    reader.importRest()
    return reader.library
  }

  private init(root: Node, file: FileID, folder: String, context: ReadingContext) {
    self.root = root
    self.file = file
    self.folder = folder
    self.context = context
  }

  private func entry(_ name: String) -> Node.Entry? { root.mapping?.first { $0.name == name } }

  private func checkTopLevel(_ root: Node) {
    let start = Span(file: file, start: root.span.start, end: root.mapping?.first?.key.span.end ?? root.span.start)
    TopLevel.check(root, at: start, diagnostics: &context.diagnostics)
  }

  /// Data, networks and included files are told apart by name, and so is what lies inside them: beside `a` there is no
  /// `a.b`.
  private func checkNames() {
    var first: [String: (what: String, span: Span)] = [:]
    let sections = [
      ("include", "an included file"), ("data", "a data source"), ("networks", "a network"),
    ]
    for (section, what) in sections {
      for entry in root[section]?.mapping ?? [] where !entry.name.hasPrefix("x-") {
        if let other = first[entry.name], other.what != what {
          context.diagnostics.add(
            .nameTaken(entry.name, by: other.what, first: other.span, second: entry.key.span))
        } else {
          first[entry.name] = (what, entry.key.span)
        }
      }
    }
    for (name, place) in first.sorted(by: { $0.value.span.start < $1.value.span.start }) {
      guard let other = Names.beginnings(of: name).first(where: { first[$0] != nil }), let taken = first[other] else {
        continue
      }
      context.diagnostics.add(.nameBegins(name, with: other, taken.what, at: place.span, first: taken.span))
    }
  }

  // MARK: Include

  private mutating func readIncludes() {
    library.table = context.layers.tables.count
    context.layers.tables.append([:])
    context.layers.failedAliases.append([])
    guard let section = entry("include") else { return }
    let holds = "files by alias, such as `{features: feature-net.yaml}`"
    for entry in NamedEntries.read(section, holds: holds, diagnostics: &context.diagnostics) {
      if let library = include(entry) {
        included.append((entry, library))
        self.library.missing.formUnion(library.missing.map { "\(entry.name).\($0)" })
      } else {
        context.layers.failedAliases[library.table].insert(entry.name)
        library.missing.insert(entry.name)
        library.environment.define(entry.name, as: nil, at: entry.key.span)
      }
    }
  }

  private func include(_ entry: Node.Entry) -> Library? {
    var decoder = ValueDecoder(Environment())
    let isEmpty = entry.value.isNull && entry.value.span.count == 0
    let node = isEmpty ? Node(entry.value.content, span: entry.key.span) : entry.value
    let value = decoder.decode(node, as: .path, subject: "the included file `\(entry.name)`")
    context.diagnostics.add(contentsOf: decoder.diagnostics)
    guard case .string(let path)? = value else { return nil }
    return context.library(Paths.join(folder, path), at: node.span)
  }

  // MARK: Sections

  private mutating func readVariables() {
    for (entry, other) in included {
      guard context.isAffordable(library.variables.count + other.variables.count, at: entry.key.span) else { continue }
      for (name, binding) in other.variables {
        let name = "\(entry.name).\(name)"
        library.environment.define(name, binding)
        library.variables[name] = binding
      }
    }
    guard let section = entry("vars"), !section.value.isNull else { return }
    guard let entries = section.value.mapping else {
      context.diagnostics.add(
        .sectionNotAMapping(section.value, key: "vars", holds: "constants by name", at: section.value.span))
      return
    }
    guard entries.count <= VariableReader.countLimit else {
      context.diagnostics.add(.tooManyVariables(VariableReader.countLimit, at: section.key.span))
      for entry in entries { library.environment.define(entry.name, as: nil, at: entry.key.span) }
      return
    }
    library.environment = VariableReader.environment(
      of: entries, in: library.environment, diagnostics: &context.diagnostics)
    for entry in entries { library.variables[entry.name] = library.environment[entry.name] }
  }

  private mutating func readBlocks() {
    var table: [String: BlockDefinition] = [:]
    let own = BlockReader.read(
      entry("blocks"), table: library.table, in: library.environment, diagnostics: &context.diagnostics)
    for block in own { table[block.name] = block }
    for (entry, other) in included {
      let blocks = context.layers.tables[other.table]
      guard context.isAffordable(table.count + blocks.count, at: entry.key.span) else { continue }
      for (name, block) in blocks { table["\(entry.name).\(name)"] = block }
    }
    context.layers.tables[library.table] = table
  }

  private mutating func readData() {
    guard let section = entry("data") else { return }
    if let origin = section.value.mapping?.first(where: {
      DataKeys.origins.contains($0.name) && $0.value.scalar != nil && !$0.value.isNull
    }) {
      context.diagnostics.add(.sourceWithoutName(origin.name, at: origin.key.span))
      library.data = [
        DataReader.read(section, folder: folder, in: library.environment, diagnostics: &context.diagnostics)
      ]
      return
    }
    let entries = NamedEntries.read(
      section, holds: "data sources by name", allowsPoints: true, diagnostics: &context.diagnostics)
    library.data = entries.map {
      DataReader.read($0, folder: folder, in: library.environment, diagnostics: &context.diagnostics)
    }
  }

  private mutating func readNetworks(isIncluded: Bool) {
    let others = included.flatMap { entry, other in other.networks.map { $0.imported(as: entry.name) } }
    library.networks = NetworkReader.read(
      root, sources: library.data.map(\.name), table: library.table, folder: folder, others: others,
      isIncluded: isIncluded, environment: library.environment, in: context)
    library.blocks = context.layers.blocks(ofTable: library.table)
    context.diagnostics.add(contentsOf: context.layers.diagnostics)
    context.layers.diagnostics = Diagnostics()
  }

  /// What the file accepts at its top level holds for all of it; the spec's own also for what it includes.
  private func readAllowances(isIncluded: Bool) {
    if let list = root[Key.allow.name] {
      var decoder = ValueDecoder(library.environment)
      _ = decoder.decode(list, as: Key.allow.type, subject: "`allow`")
      context.diagnostics.add(contentsOf: decoder.diagnostics)
    }
    context.allowed.read(root, in: isIncluded ? root.span : nil, library.environment)
    for section in ["network", "train", "loss"] {
      if let entry = entry(section) { context.allowed.read(entry, library.environment) }
    }
    for phase in root["train"]?["phases"]?.sequence ?? [] {
      context.allowed.read(phase, in: phase.span, library.environment)
    }
    for section in ["blocks", "data", "networks", "losses"] {
      for entry in root[section]?.mapping ?? [] { context.allowed.read(entry, library.environment) }
    }
  }

  private mutating func importRest() {
    for (entry, other) in included {
      let count = library.data.count + library.networks.count + other.data.count + other.networks.count
      guard context.isAffordable(count, at: entry.key.span) else { continue }
      library.data += other.data.map { $0.imported(as: entry.name) }
      library.networks += other.networks.map { $0.imported(as: entry.name) }
      let known = Set(library.blocks.map(\.nameSpan))
      library.blocks += other.blocks.filter { !known.contains($0.nameSpan) }
    }
  }
}

/// The keys of a file's top level.
enum TopLevel {
  /// The file with the sections that misspelt ones, which `check` reports, mean beyond doubt.
  static func meant(_ root: Node) -> Node {
    guard let entries = root.mapping, entries.contains(where: { SectionKeys.topLevel[$0.name] == nil }) else {
      return root
    }
    var names = Set(entries.map(\.name))
    let meant = entries.map { entry in
      guard SectionKeys.topLevel[entry.name] == nil, !entry.name.hasPrefix("x-"),
        let name = Suggestion.sure(entry.name, among: SectionKeys.topLevel.names), names.insert(name).inserted
      else { return entry }
      let key = Node(.scalar(Node.Scalar(text: name, style: .plain, textStart: nil)), span: entry.key.span)
      return Node.Entry(key: key, value: entry.value)
    }
    return Node(.mapping(meant), span: root.span)
  }

  /// Checks the keys, the version and its place; gives what stands under keys that take no expressions.
  @discardableResult
  static func check(_ root: Node, at start: Span, diagnostics: inout Diagnostics) -> Arguments {
    let entries = (root.mapping ?? []).filter { !["name", "metrics", Key.allow.name].contains($0.name) }
    var decoder = TableDecoder(Environment(), owner: "the spec", keySpan: start, kind: "spec")
    let arguments = decoder.decode(
      Node(.mapping(entries), span: root.span), keys: SectionKeys.topLevel, span: root.span)
    diagnostics.add(contentsOf: decoder.diagnostics)
    if let version = arguments.integer("nnc"), version != 1 {
      diagnostics.add(.wrongVersion(version, at: arguments.span(of: "nnc")))
    }
    if let key = arguments["nnc"]?.keySpan, let first = root.mapping?.first(where: { !$0.name.hasPrefix("x-") }),
      first.name != "nnc", first.key.span.start < key.start
    {
      diagnostics.add(.versionNotFirst(at: key, before: first.key.span))
    }
    return arguments
  }
}
