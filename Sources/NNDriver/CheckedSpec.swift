import NNCompiler
import NNData
import NNDiagnostics
import NNFormats
import NNKernels
import NNLayers
import NNPlan
import NNRuntime
import NNSpec
import NNTensor
import NNText
import NNTraining

/// A spec that was read and checked, with its data opened: what every command starts from.
public struct CheckedSpec {
  /// The path as given.
  public let path: String
  /// The folder that the spec's paths are relative to; empty for the current one.
  public let directory: String
  /// The files that diagnostics point into.
  public let sources: SourceMap
  /// The spec; nil where the text is none.
  public let spec: Spec?
  /// The data sources that could be opened, by name.
  public let data: [String: NNData.DataSource]
  /// What each source gives.
  public let facts: [String: DataFacts]
  /// The networks and losses, built for one sample.
  public let model: Model?
  /// The same for a batch of training; nil where the spec does not train or that many samples cannot be.
  private var trainingModel: Model?
  /// The plans that say what it takes, where they were made while it was checked.
  private var made: (plans: Plans, usual: UsualPlans)?
  /// Everything that is wrong.
  public private(set) var diagnostics: Diagnostics
  /// Whether the machine did not let the spec or its data be read, so that nothing can be said of them.
  public private(set) var isUnreadable: Bool
  /// The kernels that plans are made for.
  public let kernels: KernelTable
  /// How many threads will compute, each with memory of its own.
  public let threads: Int

  /// Reads and checks the spec at `path` (`-` for standard input); opens its data, reading headers only. As many threads will
  /// compute as this process would choose, unless told. With `makesPlans`, a report that needs plans finds them made.
  public static func load(
    path: String, overrides: [Override] = [], kernels: KernelTable, threads: Int? = nil, files: FileAccess = .named,
    makesPlans: Bool = false
  ) -> CheckedSpec {
    let reading = SpecReader.read(path: path, overrides: overrides, files: files, kinds: LayerRegistry.family.names)
    return check(reading, path: path, files: files, kernels: kernels, threads: threads, makesPlans: makesPlans)
  }

  /// Checks a text that came from `path` without reading any file: data is taken to be what its keys say.
  public static func check(
    bytes: [UInt8], path: String, kernels: KernelTable, threads: Int? = nil
  ) -> CheckedSpec {
    let reading = SpecReader.read(bytes: bytes, path: path, files: .none, kinds: LayerRegistry.family.names)
    return check(reading, path: path, files: .none, kernels: kernels, threads: threads, makesPlans: false)
  }

  private static func check(
    _ reading: SpecReading, path: String, files: FileAccess, kernels: KernelTable, threads: Int?, makesPlans: Bool
  ) -> CheckedSpec {
    var diagnostics = reading.diagnostics
    if reading.spec == nil, files.reachesNamed, path != "-" { diagnostics.adviseOnMissing(path) }
    var data: [String: NNData.DataSource] = [:]
    var facts: [String: DataFacts] = [:]
    var isUnreadable = diagnostics.sorted.contains { $0.code.slug == "file-unreadable" }
    let directory = path == "-" ? "" : Folder.parent(of: path)
    for source in reading.spec?.data ?? [] {
      if files.reachesNamed,
        let open = DataBinding.open(source, in: directory, diagnostics: &diagnostics, isUnreadable: &isUnreadable)
      {
        data[source.name] = open
        facts[source.name] = DataBinding.facts(of: open)
      } else {
        facts[source.name] = DataBinding.declaredFacts(of: source)
      }
    }
    let (model, batched) = models(of: reading, facts: facts, isFaulty: diagnostics.hasErrors)
    if let model { diagnostics.add(contentsOf: model.diagnostics) }
    var checked = CheckedSpec(
      path: path, directory: directory, sources: reading.sources, spec: reading.spec, data: data, facts: facts,
      model: model, diagnostics: diagnostics, isUnreadable: isUnreadable, kernels: kernels,
      threads: threads ?? (try? ThreadPool.chosenThreadCount()) ?? 1)
    checked.checkInputs()
    checked.checkBatch(batched)
    if files.reachesNamed { checked.checkWeights() }
    checked.checkPrecision()
    let findings = checked.lint(makesPlans: makesPlans)
    checked.checkMemory()
    if let findings, !checked.diagnostics.hasErrors { checked.diagnostics.add(contentsOf: findings) }
    return checked
  }

  private init(
    path: String, directory: String, sources: SourceMap, spec: Spec?, data: [String: NNData.DataSource],
    facts: [String: DataFacts], model: Model?, diagnostics: Diagnostics, isUnreadable: Bool, kernels: KernelTable,
    threads: Int
  ) {
    self.path = path
    self.directory = directory
    self.sources = sources
    self.spec = spec
    self.data = data
    self.facts = facts
    self.model = model
    self.diagnostics = diagnostics
    self.isUnreadable = isUnreadable
    self.kernels = kernels
    self.threads = threads
  }

  /// Losses are computed from data: a network that is given a bare shape has none.
  private mutating func checkInputs() {
    guard let spec, let model, !diagnostics.hasErrors else { return }
    let sources = Set(spec.data.map(\.name))
    for loss in model.losses {
      guard let input = loss.inputs.first(where: { !sources.contains(Model.source(ofInput: $0)) }) else {
        continue
      }
      let name = Model.source(ofInput: input)
      var place: Span?
      if case .shape(let shape)? = spec.networks.first(where: { $0.name == name })?.input { place = shape.span }
      diagnostics.add(.inputNotGiven(loss: loss.name, network: name, at: loss.nameSpan, input: place))
    }
  }

  /// The model for one sample, and that for the batches that training makes; the latter nil where there is none.
  private static func models(
    of reading: SpecReading, facts: [String: DataFacts], isFaulty: Bool
  ) -> (Model?, batched: Model?) {
    guard let spec = reading.spec else { return (nil, nil) }
    let batch = isFaulty || spec.losses.isEmpty ? nil : spec.train?.batchSize
    let one = { ModelBuilder.build(spec, facts: facts, batch: 1, isFaulty: isFaulty) }
    let several = { batch.map { ModelBuilder.build(spec, facts: facts, batch: $0.value) } }
    if batch != nil, spec.isLong { return SideBySide.both(one, several) }
    let model = one()
    return (model, model.diagnostics.hasErrors ? nil : several())
  }

  /// What the lints find; nil where there are errors. With `makesPlans`, plans are made meanwhile.
  private mutating func lint(makesPlans: Bool) -> Diagnostics? {
    guard let spec, let model, !diagnostics.hasErrors else { return nil }
    let (made, findings) = SideBySide.both(
      where: makesPlans && model.isLong, { makesPlans ? madePlans() : nil },
      { LintRegistry.findings(in: spec, model: model, facts: facts, sources: sources) })
    self.made = made
    return findings
  }

  /// The plans of a spec without errors that say what it takes; nil where there are errors.
  func madePlans() -> (plans: Plans, usual: UsualPlans)? {
    if diagnostics.hasErrors { return nil }
    if let made { return made }
    guard var plans = try? plans() else { return nil }
    let usual = plans.usual
    // Training runs by the plans that were checked.
    plans.made = usual.train.map { TrainingMade(steps: $0, validation: usual.validation) }
    return (plans, usual)
  }

  /// What fits one sample at a time must also fit the batches that training makes.
  private mutating func checkBatch(_ model: Model?) {
    guard let model, let batch = spec?.train?.batchSize, !diagnostics.hasErrors else { return }
    guard let problem = model.diagnostics.sorted.first(where: { $0.severity == .error }) else {
      trainingModel = model
      return
    }
    diagnostics.add(.batchTooLarge(batch.value, problem, at: batch.span))
  }

  /// Weights files that the spec names must be there and fit.
  private mutating func checkWeights() {
    guard let spec, let model else { return }
    for network in spec.networks {
      guard let weights = network.weights else { continue }
      let parameters = model.graph.parameters.filter { $0.belongs(to: network.name) }
      do {
        let path = Folder.resolve(weights.value, in: directory)
        if let expected = network.weightsDigest {
          let found = try Checksum.sha256(of: try InputFile(path: path))
          if found != expected.value {
            diagnostics.add(.weightsChecksum(weights.value, expected: expected.value, found: found, at: expected.span))
          }
        }
        let file = try WeightsFile.open(path)
        guard !diagnostics.hasErrors,
          let problem = WeightsCheck.problem(of: file, for: parameters, network: network.name)
        else { continue }
        diagnostics.add(.weightsDiffer(problem, path: weights.value, at: weights.span))
      } catch {
        isUnreadable = isUnreadable || error.fault == .machine
        diagnostics.add(
          .weightsUnusable(error.description, help: error.help, missing: error.path, at: weights.span))
      }
    }
  }

  private mutating func checkPrecision() {
    guard let precision = spec?.train?.precision, kernels.reason(against: precision.value) != nil else { return }
    diagnostics.add(.noBFloat16(kernels: kernels.name, at: precision.span))
  }

  private mutating func checkMemory() {
    guard let spec, spec.train?.memoryLimit != nil || spec.expect.memory != nil, let made = madePlans() else { return }
    self.made = made
    if let finding = made.plans.beyondLimit { return diagnostics.add(finding) }
    guard let limit = spec.expect.memory else { return }
    let measured = made.plans.peakMemory(made.usual)
    guard !limit.value.holds(for: Double(measured)) else { return }
    let written = sources[limit.span.file].text(of: limit.span)
    diagnostics.add(.memoryExpectation("memory \(written)", ByteCount.text(measured), at: limit.span))
  }

  /// How a command ends that cannot go on with this spec; nil where it has no errors.
  public var failure: CommandFailure? { isUnreadable ? .unreadable : diagnostics.hasErrors ? .findings : nil }

  /// The plans of a spec without errors, in its own precision, or in single precision where the kernels cannot.
  public func plans(
    options change: (inout CompilerOptions) -> Void = { _ in }
  ) throws(CommandFailure) -> Plans {
    guard let spec, let model, !diagnostics.hasErrors else { throw failure ?? .findings }
    var options = CompilerOptions(tiles: kernels.tiles)
    let wanted = spec.train?.precision.value ?? .float32
    options.precision = kernels.reason(against: wanted) == nil ? wanted : .float32
    change(&options)
    if var plans = made?.plans {
      plans.options = options
      return plans
    }
    return Plans(
      spec: spec, facts: facts, model: model, trainingModel: trainingModel, options: options, threads: threads)
  }
}

extension KernelTable {
  /// Why these kernels cannot compute in a precision; nil where they can.
  public func reason(against precision: NNTensor.ElementType) -> String? {
    precision == .bfloat16 && !multipliesBFloat16 ? Diagnostic.noBFloat16(name) : nil
  }
}

extension Spec {
  /// Whether it has so many layers that work on them takes long.
  fileprivate var isLong: Bool {
    var open = networks.flatMap { $0.layers }
    var count = 0
    while let use = open.popLast(), count <= 300 {
      count += 1
      if let group = use.group { open += group.layers }
    }
    return count > 300
  }
}
