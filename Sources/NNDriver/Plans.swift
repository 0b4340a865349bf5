import NNCompiler
import NNLayers
import NNPlan
import NNRuntime
import NNSpec
import NNTensor
import NNTraining

/// Makes the plans of a checked spec, for any batch size.
public struct Plans: Sendable {
  /// The spec.
  public let spec: Spec
  /// What its data gives.
  public let facts: [String: DataFacts]
  /// Its networks and losses, built for one sample.
  public let model: Model
  /// The same for a batch of training; nil where it is built when it is needed.
  private let trainingModel: Model?
  /// How plans are made.
  public var options: CompilerOptions {
    didSet { if options != oldValue { keepLimit() } }
  }
  /// How many threads will compute.
  let threads: Int
  /// How training keeps the spec's limit of memory; nil where it has none.
  var fit: TrainingFit?
  /// The plans of training, of batches of the spec's size, where they were made with these options.
  var made: TrainingMade?

  /// Makes plans with these options, and training within the spec's limit of memory where that is possible.
  init(
    spec: Spec, facts: [String: DataFacts], model: Model, trainingModel: Model? = nil, options: CompilerOptions,
    threads: Int = 1
  ) {
    self.spec = spec
    self.facts = facts
    self.model = model
    self.trainingModel = trainingModel
    self.options = options
    self.threads = threads
    keepLimit()
  }

  /// The batch size that the spec trains with.
  public var trainingBatch: Int { spec.train?.batchSize?.value ?? 1 }

  /// The plan that runs one network, on an input of `inputShape` where one is given; `network` is the default network
  /// where nil, and all networks where there is no default.
  public func run(
    batch: Int, network: String? = nil, inputShape: [Int]? = nil, observe: Observer? = nil
  ) -> Plan {
    let model = model(batch: batch, inputShape: inputShape, network: network)
    return compiler(observe).plan(
      model.runGraph(network: network ?? self.model.defaultNetwork), name: spec.name, purpose: .run, batch: batch)
  }

  /// The plan that computes the losses and the first loss's `prediction`.
  public func evaluate(batch: Int, observe: Observer? = nil) -> Plan {
    if observe == nil, let plan = made?.validation.first(where: { $0.batch == batch }) { return plan }
    return compiler(observe, by: fit).plan(
      model(batch: batch).evaluationGraph, name: spec.name, purpose: .evaluate, batch: batch)
  }

  /// How many batches make an update.
  public var accumulate: Int { spec.train?.accumulate ?? 1 }

  /// The plan of a part of a training step; where nil, the largest of a step's. Nil where the spec does not train.
  public func train(batch: Int, part: StepPart? = nil, observe: Observer? = nil) -> Plan? {
    guard let part else { return steps(batch: batch, observe: observe)?.largest }
    if let plan = made(batch: batch)?.steps[part] { return plan }
    return model.phases.isEmpty ? nil : plan(part, model(batch: batch), batch, observe)
  }

  /// The plans of all parts of training steps; nil where the spec does not train.
  public func steps(batch: Int, observe: Observer? = nil) -> StepPlans? {
    if observe == nil, let made = made(batch: batch) { return made.steps }
    let model = model(batch: batch)
    if observe != nil {
      return StepPlans(stepParts.map { StepPlans.Item(part: $0, plan: plan($0, model, batch, observe)) })
    }
    return StepPlans(SideBySide.map(stepParts) { StepPlans.Item(part: $0, plan: plan($0, model, batch, nil)) })
  }

  private func plan(_ part: StepPart, _ model: Model, _ batch: Int, _ observe: Observer?) -> Plan {
    compiler(observe, by: fit).plan(
      model.trainingGraph, name: spec.name, purpose: .train, batch: batch, recipe: recipe(part))
  }

  /// All parts that steps of training are made of, each once; none where the spec does not train.
  var stepParts: [StepPart] {
    if model.phases.isEmpty { return [] }
    let parts = settings(TrainingOptions()).parts(stepsPerEpoch: updatesPerEpoch)
    // Phases that never come are said to be so elsewhere.
    return parts.isEmpty ? [StepPart(Array(model.phases.indices))] : parts
  }

  /// Samples that are learnt from in an epoch, as far as that is known before the data is read.
  var epochSamples: Int { model.leadingSource.flatMap { facts[$0]?.samplesPerEpoch } ?? 1 }

  /// Updates of an epoch.
  var updatesPerEpoch: Int { max(1, (epochSamples - 1) / (trainingBatch * accumulate) + 1) }

  /// The plans of training and validating batches of the spec's size; nil where the spec does not train.
  func makeTraining() -> TrainingMade? {
    steps(batch: trainingBatch).map { TrainingMade(steps: $0, validation: validationPlans(batch: trainingBatch)) }
  }

  /// The same, kept for all that asks for these plans later.
  mutating func keepTraining() -> TrainingMade? {
    made = made ?? makeTraining()
    return made
  }

  /// What was made already, where it is of batches of this size.
  func made(batch: Int) -> TrainingMade? { batch == trainingBatch ? made : nil }

  /// The plans that say what a spec takes, made side by side.
  var usual: UsualPlans {
    let parts = made == nil ? stepParts : []
    let model = parts.isEmpty ? model : model(batch: trainingBatch)
    let plans = SideBySide.map(parts.map { UsualWork.part($0) } + [.run, .validation]) { work in
      switch work {
      case .part(let part): [plan(part, model, trainingBatch, nil)]
      case .run: [run(batch: 1)]
      case .validation: model.losses.isEmpty ? [] : validationPlans(batch: trainingBatch)
      }
    }
    let items = zip(parts, plans).flatMap { part, plans in plans.map { StepPlans.Item(part: part, plan: $0) } }
    return UsualPlans(
      run: plans[parts.count].first, train: made?.steps ?? StepPlans(items), validation: plans[parts.count + 1])
  }

  /// Why there is no plan for batches of this many samples; nil where there is one.
  public func problem(batch: Int) -> String? {
    guard model(batch: batch).diagnostics.hasErrors else { return nil }
    return "batches of \(batch) samples are too large for any machine"
  }

  /// Sees what each pass leaves behind.
  public typealias Observer = (_ pass: String, _ state: Compiler.State) -> Void

  private func compiler(_ observe: Observer?, by fit: TrainingFit? = nil) -> Compiler {
    var compiler = Compiler(options: options)
    if let fit { (compiler.options.arenaLimit, compiler.options.tuning) = (fit.arena, fit.tuning) }
    compiler.observe = observe
    if model.isLong { compiler.together = { _ = SideBySide.both($0, $1) } }
    return compiler
  }

  private func model(batch: Int, inputShape: [Int]? = nil, network: String? = nil) -> Model {
    if batch == 1, inputShape == nil { return model }
    if batch == trainingBatch, inputShape == nil, network == nil, let trainingModel { return trainingModel }
    return ModelBuilder.build(spec, facts: facts, batch: batch, inputShape: inputShape, network: network)
  }
}

/// Work on plans that can be done side by side.
private enum UsualWork {
  case part(StepPart)
  case run, validation
}

/// The plans of running one sample and, where the spec trains, of training and of evaluating its batches.
struct UsualPlans {
  var run: Plan?
  var train: StepPlans?
  /// Those of a validation pass; none where there are no losses.
  var validation: [Plan]
}

extension Model {
  /// Whether work on it takes so long that threads are worth it.
  var isLong: Bool { graph.nodes.count > 1_000 }

  /// The plan input that a network needs in the end; nil where there are several.
  func onlyDataInput(of network: String) -> String? {
    guard let inputs = self.network(network)?.dataInputs, inputs.count == 1 else { return nil }
    return inputs[0]
  }
}

extension OptimizerKind {
  /// The rule of a spec's optimizer.
  init(_ rule: Optimizer.Rule) {
    switch rule {
    case .sgd(let momentum, let nesterov): self = .sgd(momentum: momentum != 0, nesterov: nesterov)
    case .adam: self = .adam
    case .adamW: self = .adamw
    case .rmsprop(_, _, let momentum): self = .rmsprop(momentum: momentum != 0)
    }
  }
}
