import NNDiagnostics
import NNGraph
import NNSpec
import NNTensor

/// From a resolved spec to a model: the pass `build`. What is wrong is reported once; what depends on it is skipped.
public struct ModelBuilder {
  let spec: Spec
  let facts: [String: DataFacts]
  let batch: Int
  var graph = Graph()
  var diagnostics = Diagnostics()
  /// The networks that could be built or not, by name.
  var records: [String: NetworkRecord] = [:]
  /// Outputs by network; those that are wrong are missing.
  var results: [String: Signal] = [:]
  /// Outputs of layers by network and path.
  var layers: [String: [String: Signal]] = [:]
  var traces: [String: SizeTrace] = [:]
  let indices: [String: Int]
  let sourceNames: Set<String>
  var inputOverride: (name: String, shape: [Int])?
  /// Networks of which only shapes are known, since something in them is wrong and reported.
  private(set) var guessed: Set<String> = []
  private var failedLayers: [String: Set<String>] = [:]
  private var reports = ExpansionReports()
  private var streams = RandomLayers()
  private var arithmetic = 0.0
  /// Whether errors are reported already, so that what is missing may be missing because of them.
  let isFaulty: Bool

  /// Builds the model of `spec` for batches of `batch` samples.
  ///
  /// - Parameters:
  ///   - facts: what each data source gives; sources that are missing here are wrong and reported already.
  ///   - isFaulty: whether errors are reported already, so that what is missing may be missing because of them.
  ///   - inputShape: replaces the shape of what `network` is given in the end, for running on another size.
  ///   - network: the network that `inputShape` is for; where nil, the one that runs by default.
  public static func build(
    _ spec: Spec, facts: [String: DataFacts], batch: Int, isFaulty: Bool = false, inputShape: [Int]? = nil,
    network: String? = nil
  ) -> Model {
    var builder = ModelBuilder(spec: spec, facts: facts, batch: batch, isFaulty: isFaulty)
    let runnable = builder.runnableNetworks
    let target = network ?? (runnable.count == 1 ? runnable[0] : spec.networks.first?.name)
    if let inputShape, let target { builder.overrideInput(of: target, with: inputShape) }
    builder.checkAllowances()
    builder.checkBlocks()
    for index in builder.buildOrder() { builder.build(spec.networks[index]) }
    var losses = spec.losses.flatMap { builder.build($0) }
    for index in losses.indices {
      losses[index].inputs = builder.graph.inputs(
        behind: losses[index].parts.map(\.value) + [losses[index].prediction])
    }
    builder.checkClips(losses)
    builder.checkMetrics(losses)
    builder.checkTraining(losses)
    let phases = builder.phases(losses)
    builder.checkExpectations()
    let outputs = builder.networks.compactMap { record in
      builder.results[record.name].map { GraphOutput(name: record.name, value: $0.value) }
    }
    var model = Model(
      graph: builder.graph, networks: builder.networks, losses: losses, diagnostics: builder.diagnostics,
      results: outputs)
    model.runnable = runnable
    model.phases = phases
    model.schedules = builder.streams.schedules
    return model
  }

  private init(spec: Spec, facts: [String: DataFacts], batch: Int, isFaulty: Bool) {
    self.isFaulty = isFaulty
    self.spec = spec
    self.facts = facts
    self.batch = batch
    indices = Dictionary(
      spec.networks.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    sourceNames = Set(spec.data.map(\.name))
  }

  /// The networks in the spec's order.
  var networks: [NetworkRecord] { spec.networks.compactMap { records[$0.name] } }

  // MARK: Networks

  /// Blocks are told apart from kinds of layers, and those that nothing uses are checked too.
  private mutating func checkBlocks() {
    for block in spec.blocks {
      if LayerRegistry.family[block.name] != nil { diagnostics.add(.blockHidesKind(block.name, at: block.nameSpan)) }
      checkKeys(of: block.unusedLayers, and: nil)
    }
  }

  /// The names of lints are known here.
  private mutating func checkAllowances() {
    for allowance in spec.allowances where LintRegistry.lint(allowance.lint.value) == nil {
      diagnostics.add(.unknownLint(allowance.lint.value, known: LintRegistry.names, at: allowance.lint.span))
    }
  }

  private mutating func checkKeys(of layers: [LayerUse], and outermost: ExpansionSite?) {
    var check = KeyCheck(blockNames: spec.blockNames, diagnostics: diagnostics, reports: reports)
    check.check(layers, and: outermost)
    diagnostics = check.diagnostics
    reports = check.reports
  }

  private mutating func build(_ network: Network) {
    guard records[network.name] == nil else { return }
    var record = NetworkRecord(
      name: network.name, nameSpan: network.nameSpan, inputName: "input", input: nil, layers: [], output: nil,
      weights: network.weights?.value, site: network.site, isFrozen: network.isFrozen, isConvolutional: true)
    if let inputs = inputs(of: network) {
      record.inputName = inputs.name
      record.dataInputs = inputs.dataInputs
      record.dataInputNames = inputs.dataInputNames
      record.input = inputs.shape
      let builder = build(network, given: inputs.given, named: inputs.named)
      record.layers = builder.trace.layers
      record.isConvolutional = builder.isConvolutional
      if network.isComplete { record.output = results[network.name]?.shape }
    } else {
      checkKeys(of: network.layers, and: network.site)
    }
    records[network.name] = record
  }

  private mutating func build(
    _ network: Network, given: Given, named: [String: Signal?]
  ) -> NetworkBuilder {
    var builder = NetworkBuilder(
      network: network, given: given, inputs: named, blockNames: spec.blockNames, graph: graph, batch: batch,
      diagnostics: diagnostics, reports: reports, streams: streams, arithmetic: arithmetic)
    graph = Graph()
    let result = builder.build()
    graph = builder.graph
    diagnostics = builder.diagnostics
    reports = builder.reports
    streams = builder.streams
    arithmetic = builder.arithmetic
    traces[network.name] = builder.trace
    layers[network.name] = builder.named
    failedLayers[network.name] = builder.failed
    if builder.isGuessed { guessed.insert(network.name) }
    if network.isComplete, let result { results[network.name] = result }
    return builder
  }

  /// A network applied to something else than its own input, with the same parameters.
  struct Application {
    /// Its output.
    var output: Signal
    /// Outputs of its layers by path.
    var layers: [String: Signal]
  }

  /// Applies a network that is built already to `signal`, which must have the shape that it takes, or its channels where
  /// the network takes images of any size; nil where it has not, which is reported at `span`, or where the network is
  /// wrong.
  mutating func apply(_ name: String, to signal: Signal, at span: Span) -> Application? {
    guard let index = indices[name], let record = records[name], record.output != nil, let wanted = record.input else {
      return nil
    }
    let takesAnySize = record.isConvolutional && signal.shape.count == 3 && signal.shape.last == wanted.last
    guard signal.shape == wanted || takesAnySize else {
      diagnostics.add(.inputDiffers(name, signal.shape, wanted, at: span, notes: []))
      return nil
    }
    var fresh = signal
    fresh.record = nil
    fresh.field = ReceptiveField()
    var builder = NetworkBuilder(
      network: spec.networks[index], given: .signal(fresh), inputs: [:], blockNames: spec.blockNames, graph: graph,
      batch: batch, diagnostics: Diagnostics(), reports: ExpansionReports(), streams: streams, arithmetic: -.infinity)
    graph = Graph()
    let result = builder.build()
    graph = builder.graph
    streams = builder.streams
    guard let result else {
      let reasons = builder.diagnostics.sorted.prefix(1).map { Note($0.message, at: $0.span) }
      diagnostics.add(.inputDiffers(name, signal.shape, wanted, at: span, notes: reasons))
      return nil
    }
    return Application(output: result, layers: builder.named)
  }

  /// What a name of a network or one of its layers means: `encoder`, `encoder.code`. Nil where it is wrong; reported
  /// unless the network or layer is wrong and reported itself.
  mutating func output(_ name: Spanned<String>, scope: String, known: [String]) -> (network: String, signal: Signal)? {
    guard let (network, path) = network(named: scope + name.value) else {
      reportUnknown(name, scope: scope, known: known)
      return nil
    }
    guard let path else { return results[network].map { (network, $0) } }
    if let signal = layers[network]?[path] { return (network, signal) }
    if layers[network] != nil, !isFailed(path, in: network) {
      let paths = (layers[network] ?? [:]).keys.sorted()
      let written = String(name.value.dropLast(path.count))
      reportUnknown(name, known: paths.map { written + $0 })
    }
    return nil
  }

  private func isFailed(_ path: String, in network: String) -> Bool {
    guard let failed = failedLayers[network], !failed.isEmpty else { return false }
    let parts = path.split(separator: ".")
    return parts.indices.contains { failed.contains(parts[...$0].joined(separator: ".")) }
  }

  /// The network that a full name begins with, and what follows it.
  func network(named name: String) -> (name: String, path: String?)? {
    if indices[name] != nil { return (name, nil) }
    var end = name.endIndex
    while let point = name[..<end].lastIndex(of: ".") {
      if indices[String(name[..<point])] != nil {
        return (String(name[..<point]), String(name[name.index(after: point)...]))
      }
      end = point
    }
    return nil
  }

  /// What a name stands for that cannot stand in its place.
  private func sort(of name: String) -> String? {
    let fields = facts.flatMap { source, facts in facts.fields.map { "\(source).\($0.name)" } }
    if sourceNames.contains(name) || fields.contains(name) { return "data" }
    if indices[name] != nil { return "a network" }
    return spec.losses.contains { $0.name == name } ? "a loss" : nil
  }

  /// Reports a name that nothing has, or nothing that can stand there, unless it lies in an included file that could not be
  /// read, which is reported.
  mutating func reportUnknown(_ name: Spanned<String>, scope: String = "", known: [String]) {
    if spec.isMissing(scope + name.value) { return }
    if !known.contains(name.value), let sort = sort(of: name.value) {
      return diagnostics.add(.otherSort(name.value, sort, known: Array(known.prefix(20)), at: name.span))
    }
    let suggestion = Suggestion.closest(to: name.value, among: known)
    diagnostics.add(
      .unknownReference(name.value, at: name.span, suggestion: suggestion, known: Array(known.prefix(20))))
  }
}
