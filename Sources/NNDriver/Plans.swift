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
  public var options: CompilerOptions
  /// How many threads will compute.
  let threads: Int

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
    guard let limit = spec.train?.memoryLimit?.value else { return }
    // A plan of a smaller arena may take a little more besides it.
    for _ in 0..<4 {
      guard let arena = arenaLimit(within: limit), trainingArena.map({ arena < $0 }) ?? true else { break }
      trainingArena = arena
    }
  }

  /// The most bytes of the arena of training, so that the spec's limit of memory is kept; nil where the compiler's choice
  /// does.
  public private(set) var trainingArena: Int?
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
    compiler(observe, atMost: trainingArena).plan(
      model(batch: batch).evaluationGraph, name: spec.name, purpose: .evaluate, batch: batch)
  }

  /// How many batches make an update.
  public var accumulate: Int { spec.train?.accumulate ?? 1 }

  /// The plan of a part of a training step; where nil, that of a step of all phases or, where several batches make a
  /// step, the largest that it runs. Nil where the spec does not train.
  public func train(batch: Int, part: StepPart? = nil, observe: Observer? = nil) -> Plan? {
    guard !model.phases.isEmpty else { return nil }
    let model = model(batch: batch)
    let parts = StepPart.parts(of: Array(model.phases.indices), accumulates: accumulate > 1).map(\.update)
    let plans = (part.map { [$0] } ?? parts).map { part in
      compiler(observe, atMost: trainingArena).plan(
        model.trainingGraph, name: spec.name, purpose: .train, batch: batch, recipe: recipe(part))
    }
    guard var largest = plans.max(by: { $0.totalBytes < $1.totalBytes }) else { return nil }
    largest.otherStateBytes = plans.reduce(0) { $0 + $1.stateBytes } - largest.stateBytes
    return largest
  }

  /// The plans that say what a spec takes, made side by side.
  var usual: UsualPlans {
    let made = SideBySide.map([Purpose.train, .run, .evaluate]) { purpose -> [Plan] in
      switch purpose {
      case .train: train(batch: trainingBatch).map { [$0] } ?? []
      case .run: [run(batch: 1)]
      case .evaluate: model.losses.isEmpty ? [] : validationPlans(batch: trainingBatch)
      }
    }
    return UsualPlans(run: made[1].first, train: made[0].first, validation: made[2])
  }

  /// Why there is no plan for batches of this many samples; nil where there is one.
  public func problem(batch: Int) -> String? {
    guard model(batch: batch).diagnostics.hasErrors else { return nil }
    return "batches of \(batch) samples are too large for any machine"
  }

  /// Sees what each pass leaves behind.
  public typealias Observer = (_ pass: String, _ state: Compiler.State) -> Void

  private func compiler(_ observe: Observer?, atMost arena: Int? = nil) -> Compiler {
    var compiler = Compiler(options: options)
    compiler.options.arenaLimit = arena
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

/// The plans of running one sample and, where the spec trains, of training and of evaluating its batches.
struct UsualPlans {
  var run: Plan?
  var train: Plan?
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
