import NNCompiler
import NNData
import NNFormats
import NNLayers
import NNPlan
import NNRuntime
import NNSpec
import NNTensor
import NNTraining

/// What training, evaluating and running share: the plans of a spec, its parameters and the processor's threads.
public struct Session {
  /// The spec.
  public let checked: CheckedSpec
  /// Its plans.
  public internal(set) var plans: Plans
  /// Its parameters.
  public let store: ParameterStore
  /// Kernels and threads.
  public let device: Device

  /// Makes room for the parameters of a spec without errors and starts the threads.
  public init(_ checked: CheckedSpec, plans: Plans, threads: Int?) throws(CommandFailure) {
    self.checked = checked
    self.plans = plans
    store = ParameterStore()
    do {
      let count = try threads ?? ThreadPool.chosenThreadCount()
      device = Device(pool: try ThreadPool(threadCount: count), kernels: checked.kernels)
      try store.add(plans.model.graph.parameters)
    } catch {
      throw CommandFailure(error)
    }
  }

  /// First values: loaded where the spec or `path` names files, otherwise drawn from the seed. With `later` files are read
  /// when their values are needed.
  func initialize(seed: UInt64, weights path: String? = nil, later: Bool = false) throws(CommandFailure) {
    var loaded: Set<String> = []
    for network in plans.spec.networks {
      guard let weights = network.weights?.value else { continue }
      loaded.formUnion(
        try load(Folder.resolve(weights, in: checked.directory), scope: network.name, later: later))
    }
    if let path { loaded.formUnion(try load(path, scope: nil, later: later)) }
    store.initialize(seed: seed, only: Set(store.names).subtracting(loaded))
  }

  /// Takes over what fits of another spec's weights; networks that name a file of their own keep that.
  func transfer(_ path: String, strict: Bool) throws(CommandFailure) -> WeightsTransfer {
    let except = Set(plans.spec.networks.filter { $0.weights != nil }.map(\.name))
    do {
      return try WeightsFile.transfer(path, into: store, except: except, strict: strict)
    } catch {
      throw CommandFailure(error)
    }
  }

  /// Loads a weights file that must fit; gives the names of the parameters that it has.
  private func load(_ path: String, scope: String?, later: Bool) throws(CommandFailure) -> [String] {
    do {
      return try WeightsFile.load(path, into: store, scope: scope, later: later).matches.map(\.parameter)
    } catch {
      throw CommandFailure(error)
    }
  }

  /// The data that training and validating read: the source of the first loss's target, accompanied by the others that
  /// networks and losses take.
  func source() throws(CommandFailure) -> NNData.DataSource {
    let names = plans.model.sources
    guard !names.isEmpty else { throw .usage("\(checked.path) has no loss") }
    var sources: [NNData.DataSource] = []
    for name in names {
      guard let source = checked.data[name] else { throw .usage("\(checked.path) has no data source `\(name)`") }
      sources.append(source)
    }
    return sources.count == 1 ? sources[0] : sources[0].accompanied(by: Array(sources.dropFirst()))
  }

  /// Plans by batch size.
  var trainingPlans: TrainingPlans {
    let plans = plans
    return TrainingPlans(
      train: { batch, part in
        guard let plan = plans.train(batch: batch, part: part) else {
          throw CommandFailure.usage("the spec does not train")
        }
        return plan
      }, evaluate: { plans.evaluate(batch: $0) })
  }
}

/// What the command line says about training.
public struct TrainingOptions: Sendable {
  /// The run folder; `runs/<name>` where nil.
  public var folder: String?
  /// Updates to make, instead of the spec's length.
  public var steps: Int?
  /// Epochs to make, instead of the spec's length.
  public var epochs: Int?
  /// Another spec's weights to start from.
  public var transfer: String?
  /// Whether every tensor of them and of the spec must be the same.
  public var isStrict = false
  /// Replaces a run that is there.
  public var fresh = false
  /// What may ask the run to save or to end.
  public var interruption = Interruption()
  /// Steps from one line of the log to the next.
  public var logEvery: Int?
  /// Threads; by `NNC_THREADS` or the processor where nil.
  public var threads: Int?
  /// How progress is shown.
  public var progress = ProgressMode.auto
  /// No progress.
  public var isQuiet = false

  /// The spec's length, automatic progress.
  public init() {}
}

extension CommandFailure {
  /// A failure of a lower layer, with the exit code that it asks for.
  public init(_ error: any Error) {
    switch error {
    case let error as CommandFailure: self = error
    case TrainingFailure.diverged(let divergence) where divergence.isOfWeights: self = .data(divergence.description)
    case TrainingFailure.diverged(let divergence): self = .diverged(divergence.description, step: divergence.step)
    case let error as TrainingFailure:
      let text = CommandFailure.text(error.description, error.help, unread: error.unread)
      switch error.exitCode {
      case 1: self = .data(text)
      case 2: self = .usage(text)
      case let code where code > 128: self = .interrupted(text, exitCode: code)
      default: self = .machine(text)
      }
    case let error as DataError: self.init(TrainingFailure.data(error))
    case let error as FileError: self.init(TrainingFailure.file(error))
    case let error as KnobFailure: self = .usage("\(error)")
    default: self = .machine("\(error)")
    }
  }

  private static func text(_ message: String, _ help: [String], unread path: String?) -> String {
    var help = help
    if let path, isMissing(path) {
      help.append(MissingPath.help(path) ?? "paths are relative to the folder that the command is given in")
    }
    return ([message] + help.map { "help: \($0)" }).joined(separator: "\n")
  }
}
