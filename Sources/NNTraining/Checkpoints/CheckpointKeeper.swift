import NNFormats
import NNRuntime
import NNTensor

/// How often checkpoints are written, and which are kept.
public struct CheckpointSettings: Equatable, Sendable {
  /// One after every so many steps or epochs.
  public var every = TrainingCount.epochs(1)
  /// The last so many are kept, and that of the best validation.
  public var keep = 3
  /// Says which specs a checkpoint fits: those for which this is the same.
  public var structure = ""
  /// The same without what measurements chose.
  public var specStructure: String?
  /// Samples that go through a step's plan at a time, by which sums are rounded.
  public var samplesAtATime: Int?
  /// The weights that training begins with; nil for new ones.
  public var origin: String?
  /// The parameters that no step changes: they are written once.
  public var frozen: Set<String> = []
  /// What optimizers keep for each parameter, by slot: `<phase>.<state>`, such as `train.exp_avg`. What has no name means
  /// nothing between steps.
  public var states: [String: [String]] = [:]

  /// One per epoch, of which three are kept.
  public init() {}

  /// Whether one is due after a step that ended this many epochs, or none.
  func isDue(step: Int, endedEpochs: Int?) -> Bool {
    switch every {
    case .steps(let count): step % max(1, count) == 0
    case .epochs(let count): endedEpochs.map { $0 % max(1, count) == 0 } ?? false
    }
  }
}

/// Writes a run's checkpoints and removes those that are no longer kept.
final class CheckpointKeeper {
  private let folder: RunFolder
  private let store: ParameterStore
  private let settings: TrainingSettings
  /// The last step of which there is a whole checkpoint.
  private(set) var last: Int?
  private var saved: CheckpointState?
  /// What checkpoints name the frozen weights by.
  private var frozen: String?

  init(_ folder: RunFolder, _ store: ParameterStore, _ settings: TrainingSettings, resumed: CheckpointState?) {
    (self.folder, self.store, self.settings) = (folder, store, settings)
    (last, saved, frozen) = (resumed?.training.step, resumed, resumed?.frozen)
  }

  /// Writes the weights that no step changes, unless they are there from before; the checkpoints leave them out.
  func keepFrozen() throws {
    guard frozen == nil, !settings.checkpoint.frozen.isEmpty else { return }
    let names = store.names.filter(settings.checkpoint.frozen.contains)
    frozen = try FrozenWeights.save(store, names, to: folder.frozenPath)
  }

  /// The newest checkpoint.
  func newest() throws -> Checkpoint? { try last.map { try Checkpoint(path: folder.checkpointPath(step: $0)) } }

  /// Writes a checkpoint, unless this very state is saved already. Values that are no numbers are refused with
  /// `TrainingFailure.diverged`, so that nothing is written over the last good one.
  func save(_ state: CheckpointState, metadata: [String: String]) throws {
    var state = state
    state.frozen = frozen
    if state == saved { return }
    if let name = store.firstNonFinite {
      throw TrainingFailure.diverged(Divergence(step: state.training.step, what: .parameter(name)))
    }
    let step = state.training.step
    try Checkpoint.save(state, store, settings, to: folder.checkpointPath(step: step), metadata: metadata)
    (last, saved) = (step, state)
    try prune(best: state.progress?.best?.step)
  }

  /// Removes what is no longer kept; an ended process may have left some.
  func prune(best: Int?) throws {
    let steps = try folder.checkpointSteps()
    for step in steps.dropLast(max(1, settings.checkpoint.keep)) where step != best && step != last {
      try folder.removeCheckpoint(step: step)
    }
  }
}
