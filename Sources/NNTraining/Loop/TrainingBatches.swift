import NNData

/// The batches of one update after the other.
struct TrainingBatches {
  private let loader: BatchLoader
  private let count: Int
  /// The batches of the update that was taken last.
  private(set) var current: [Batch] = []

  init(_ source: DataSource, _ settings: TrainingSettings, from position: BatchPosition) {
    loader = BatchLoader(
      source: source, batchSize: settings.batchSize,
      schedule: .training(seed: settings.seed, shuffle: settings.shuffle, from: position),
      threads: settings.loaderThreads)
    count = settings.accumulate
  }

  /// Takes the batches of the next update: those left where an epoch has no more; false where there are none. `attend` is
  /// called meanwhile, see `BatchLoader.next(attending:)`.
  mutating func take(attending attend: () throws -> Void) throws -> Bool {
    // The loader takes the last one back itself.
    while current.count > 1 { loader.giveBack(current.removeFirst()) }
    current.removeAll(keepingCapacity: true)
    while current.count < count, let batch = try loader.next(attending: attend) {
      current.append(batch)
      if batch.isLastOfEpoch { break }
    }
    return !current.isEmpty
  }

  /// How many samples they hold.
  var sampleCount: Int { current.reduce(0) { $0 + $1.count } }

  /// Whether an epoch ends with them.
  var endsEpoch: Bool { current.last?.isLastOfEpoch ?? false }
}
