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

  /// Notes that the batch at `position` was used.
  mutating func advance(batchesPerEpoch: Int) {
    step += 1
    position.batch += 1
    if position.batch >= batchesPerEpoch { position = BatchPosition(epoch: position.epoch + 1) }
  }
}

/// How many steps a run takes.
struct TrainingSchedule: Equatable {
  /// Batches of one epoch, the last of which may be partial.
  let batchesPerEpoch: Int
  /// Updates of the whole run.
  let steps: Int
  /// Epochs of the whole run, the last of which may end early.
  let epochs: Int

  init(_ length: TrainingSettings.Length, batchesPerEpoch: Int) {
    self.batchesPerEpoch = max(1, batchesPerEpoch)
    switch length {
    case .epochs(let count):
      let (product, overflow) = count.multipliedReportingOverflow(by: self.batchesPerEpoch)
      steps = overflow ? Int.max : max(0, product)
      epochs = max(0, count)
    case .steps(let count):
      steps = max(0, count)
      epochs = steps / self.batchesPerEpoch + (steps % self.batchesPerEpoch == 0 ? 0 : 1)
    }
  }
}
