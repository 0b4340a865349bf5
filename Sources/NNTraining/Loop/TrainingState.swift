import NNData

/// How far a training run is.
public struct TrainingState: Equatable, Sendable {
  /// Updates made so far.
  public var step: Int
  /// The next batch that is used.
  public var position: BatchPosition

  /// A state; the beginning, unless told.
  public init(step: Int = 0, position: BatchPosition = BatchPosition()) {
    self.step = step
    self.position = position
  }

  /// Notes that an update used so many batches from `position` on, the last of an epoch among them or not.
  mutating func advance(batches: Int, endsEpoch: Bool) {
    step += 1
    position.batch += batches
    if endsEpoch { position = BatchPosition(epoch: position.epoch + 1) }
  }
}

/// How many steps a run takes.
struct TrainingSchedule: Equatable {
  /// Updates of one epoch, the last of which may be of fewer samples.
  let stepsPerEpoch: Int
  /// Updates of the whole run.
  let steps: Int
  /// Epochs of the whole run, the last of which may end early.
  let epochs: Int

  init(_ length: TrainingSettings.Length, stepsPerEpoch: Int) {
    self.stepsPerEpoch = max(1, stepsPerEpoch)
    switch length {
    case .epochs(let count):
      let (product, overflow) = count.multipliedReportingOverflow(by: self.stepsPerEpoch)
      steps = overflow ? Int.max : max(0, product)
      epochs = max(0, count)
    case .steps(let count):
      steps = max(0, count)
      epochs = steps / self.stepsPerEpoch + (steps % self.stepsPerEpoch == 0 ? 0 : 1)
    }
  }
}
