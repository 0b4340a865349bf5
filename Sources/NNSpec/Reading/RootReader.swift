import NNDiagnostics
import NNTensor

/// Reads a spec's top level and hands each section to its reader.
struct RootReader {
  private let file: FileID
  private let path: String
  private(set) var diagnostics = Diagnostics()

  init(file: FileID, path: String) {
    self.file = file
    self.path = path
  }

  mutating func read(_ root: Node, in context: ReadingContext) -> Spec {
    let start = Span(file: file, start: root.span.start, end: root.mapping?.first?.key.span.end ?? root.span.start)
    let plain = TopLevel.check(root, at: start, diagnostics: &diagnostics)
    let root = TopLevel.meant(root)
    let library = FileReader.read(root, file: file, folder: "", isIncluded: false, in: context)
    let environment = library.environment
    let rest = named(root, in: environment)
    let train = root["train"].flatMap { node in
      entry(root, "train").map { TrainReader.read(node, key: $0.key.span, in: environment, diagnostics: &diagnostics) }
    }
    checkEarlyStop(train?.earlyStop, metrics: rest.metrics.map(\.value.rawValue))
    var allowed = context.allowed
    allowed.add(context.layers.allowed)
    return Spec(
      file: file, name: rest.name ?? RootReader.stem(of: path), description: plain.string("description"),
      environment: environment, data: library.data, networks: library.networks, blocks: library.blocks,
      blockNames: RootReader.blockNames(library, in: context), missingIncludes: library.missing,
      losses: LossReader.read(root, in: environment, diagnostics: &diagnostics), metrics: rest.metrics,
      train: train, expect: ExpectReader.read(entry(root, "expect"), in: environment, diagnostics: &diagnostics),
      allowances: allowed.allowances, declarations: DeclarationReader.declarations(of: root, library.blocks),
      sectionSpans: Dictionary(
        (root.mapping ?? []).map { ($0.name, $0.key.span) }, uniquingKeysWith: { first, _ in first }),
      part: SpecPart(root, environment))
  }

  /// What is to improve must be among what evaluations report.
  private mutating func checkEarlyStop(_ rule: EarlyStop?, metrics: [String]) {
    guard let metric = rule?.metric else { return }
    let reported = (["loss"] + metrics).map { "validation.\($0)" }
    if reported.contains(metric.value) { return }
    let known = Metric.allCases.map { "validation.\($0.rawValue)" }
    diagnostics.add(
      .unreportedMetric(metric.value, isMetric: known.contains(metric.value), reported: reported, at: metric.span))
  }

  /// The names of the blocks that each file may use.
  private static func blockNames(_ library: Library, in context: ReadingContext) -> [FileID: [String]] {
    var names: [FileID: [String]] = [:]
    for table in context.layers.tables {
      guard let own = table.values.first(where: { table[$0.name]?.nameSpan == $0.nameSpan }) else { continue }
      names[own.nameSpan.file] = table.keys.sorted()
    }
    return names
  }

  private func entry(_ root: Node, _ name: String) -> Node.Entry? { root.mapping?.first { $0.name == name } }

  private mutating func named(
    _ root: Node, in environment: Environment
  ) -> (name: String?, metrics: [Spanned<Metric>]) {
    let entries = (root.mapping ?? []).filter { ["name", "metrics"].contains($0.name) }
    let table = KeyTable(SectionKeys.topLevel.keys.filter { ["name", "metrics"].contains($0.name) })
    var decoder = TableDecoder(environment, owner: "the spec", keySpan: root.span, kind: "spec")
    let arguments = decoder.decode(Node(.mapping(entries), span: root.span), keys: table, span: root.span)
    diagnostics.add(contentsOf: decoder.diagnostics)
    let words = (arguments.list("metrics") ?? []).compactMap { element -> Spanned<String>? in
      if case .word(let word) = element.value { Spanned(word, at: element.span) } else { nil }
    }
    let metrics = words.withoutRepeats(in: "metrics", diagnostics: &diagnostics).compactMap { word in
      Metric(rawValue: word.value).map { Spanned($0, at: word.span) }
    }
    guard let name = arguments.string("name") else { return (nil, metrics) }
    if !Spec.isFolderName(name) { diagnostics.add(.badFolderName(name, at: arguments.span(of: "name"))) }
    return (name, metrics)
  }

  /// The file's name without folders and its last ending.
  static func stem(of path: String) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    guard name != "-" else { return "spec" }
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return name }
    return String(name[..<dot])
  }
}

/// Reads a section that maps names of the user's choice.
enum NamedEntries {
  /// The entries with valid names; `x-` keys are left out, what is wrong is reported.
  static func read(
    _ section: Node.Entry, holds: String, allowsPoints: Bool = false, diagnostics: inout Diagnostics
  ) -> [Node.Entry] {
    guard let entries = section.value.mapping else {
      let place = section.value.isNull || section.value.scalar == nil ? section.key.span : section.value.span
      diagnostics.add(.sectionNotAMapping(section.value, key: section.name, holds: holds, at: place))
      return []
    }
    return entries.filter { entry in
      if entry.name.hasPrefix("x-") { return false }
      let parts = allowsPoints ? entry.name.split(separator: ".", omittingEmptySubsequences: false) : [entry.name[...]]
      if !parts.allSatisfy({ Names.isName($0) }) { diagnostics.add(.badName(entry.name, at: entry.key.span)) }
      return true
    }
  }
}
