import NNDiagnostics

/// Reads a spec's top level and hands each section to its reader.
struct RootReader {
  private let file: FileID
  private let path: String
  private(set) var diagnostics = Diagnostics()

  init(file: FileID, path: String) {
    self.file = file
    self.path = path
  }

  mutating func read(_ root: Node) -> Spec {
    let start = Span(file: file, start: root.span.start, end: root.mapping?.first?.key.span.end ?? root.span.start)
    var decoder = TableDecoder(Environment(), owner: "the spec", keySpan: start, kind: "spec")
    let plain = decoder.decode(
      Node(.mapping(constants(of: root)), span: root.span), keys: SectionKeys.topLevel, span: root.span)
    diagnostics.add(contentsOf: decoder.diagnostics)
    checkVersion(plain, root)
    var environment = variables(root["vars"])
    for alias in root["include"]?.mapping ?? [] where environment.bindings[alias.name] == nil {
      environment.define(alias.name, as: nil, at: alias.key.span)
    }
    let rest = named(root, in: environment)

    let data = sections(root, "data", "data sources by name", environment) { entry, environment, diagnostics in
      DataReader.read(entry, in: environment, diagnostics: &diagnostics)
    }
    let networks = NetworkReader.read(root, sources: data.map(\.name), in: environment, diagnostics: &diagnostics)
    let train = root["train"].flatMap { node in
      entry(root, "train").map { TrainReader.read(node, key: $0.key.span, in: environment, diagnostics: &diagnostics) }
    }
    return Spec(
      file: file, name: rest.name ?? RootReader.stem(of: path), description: plain.string("description"),
      environment: environment, data: data, networks: networks,
      losses: LossReader.read(root, in: environment, diagnostics: &diagnostics), metrics: rest.metrics,
      train: train, expect: ExpectReader.read(entry(root, "expect"), in: environment, diagnostics: &diagnostics),
      sectionSpans: Dictionary(
        (root.mapping ?? []).map { ($0.name, $0.key.span) }, uniquingKeysWith: { first, _ in first }))
  }

  private func entry(_ root: Node, _ name: String) -> Node.Entry? { root.mapping?.first { $0.name == name } }

  /// All keys but those that may hold expressions, which need the variables first.
  private func constants(of root: Node) -> [Node.Entry] {
    (root.mapping ?? []).filter { !["name", "metrics"].contains($0.name) }
  }

  private mutating func named(
    _ root: Node, in environment: Environment
  ) -> (name: String?, metrics: [Spanned<Metric>]) {
    let entries = (root.mapping ?? []).filter { ["name", "metrics"].contains($0.name) }
    let table = KeyTable(SectionKeys.topLevel.keys.filter { ["name", "metrics"].contains($0.name) })
    var decoder = TableDecoder(environment, owner: "the spec", keySpan: root.span, kind: "spec")
    let arguments = decoder.decode(Node(.mapping(entries), span: root.span), keys: table, span: root.span)
    diagnostics.add(contentsOf: decoder.diagnostics)
    let metrics = (arguments.list("metrics") ?? []).compactMap { element -> Spanned<Metric>? in
      guard case .word(let word) = element.value, let metric = Metric(rawValue: word) else { return nil }
      return Spanned(metric, at: element.span)
    }
    guard let name = arguments.string("name") else { return (nil, metrics) }
    if !RootReader.isFileName(name) { diagnostics.add(.badFolderName(name, at: arguments.span(of: "name"))) }
    return (name, metrics)
  }

  private mutating func checkVersion(_ arguments: Arguments, _ root: Node) {
    if let version = arguments.integer("nnc"), version != 1 {
      diagnostics.add(.wrongVersion(version, at: arguments.span(of: "nnc")))
    }
    guard let key = arguments["nnc"]?.keySpan, let first = root.mapping?.first(where: { !$0.name.hasPrefix("x-") }),
      first.name != "nnc", first.key.span.start < key.start
    else { return }
    diagnostics.add(.versionNotFirst(at: key, before: first.key.span))
  }

  private mutating func variables(_ node: Node?) -> Environment {
    guard let node, !node.isNull else { return Environment() }
    guard let entries = node.mapping else {
      diagnostics.add(.sectionNotAMapping(node, key: "vars", holds: "constants by name", at: node.span))
      return Environment()
    }
    return VariableReader.environment(of: entries, diagnostics: &diagnostics)
  }

  private mutating func sections<Section>(
    _ root: Node, _ key: String, _ holds: String, _ environment: Environment,
    _ read: (Node.Entry, Environment, inout Diagnostics) -> Section
  ) -> [Section] {
    guard let entry = entry(root, key) else { return [] }
    return NamedEntries.read(entry, holds: holds, diagnostics: &diagnostics).map { read($0, environment, &diagnostics) }
  }

  /// The file's name without folders and its last ending.
  static func stem(of path: String) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    guard name != "-" else { return "spec" }
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return name }
    return String(name[..<dot])
  }

  private static func isFileName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 200 && !name.hasPrefix(".") && !name.contains("/")
      && !name.unicodeScalars.contains { $0.properties.generalCategory == .control }
  }
}

/// Reads a section that maps names of the user's choice.
enum NamedEntries {
  /// The entries with valid names; `x-` keys are left out, what is wrong is reported.
  static func read(_ section: Node.Entry, holds: String, diagnostics: inout Diagnostics) -> [Node.Entry] {
    guard let entries = section.value.mapping else {
      let place = section.value.isNull || section.value.scalar == nil ? section.key.span : section.value.span
      diagnostics.add(.sectionNotAMapping(section.value, key: section.name, holds: holds, at: place))
      return []
    }
    return entries.filter { entry in
      if entry.name.hasPrefix("x-") { return false }
      if !Names.isName(entry.name) { diagnostics.add(.badName(entry.name, at: entry.key.span)) }
      return true
    }
  }
}
