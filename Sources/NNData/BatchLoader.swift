import NNFormats

/// A place in a training run's stream of batches.
public struct BatchPosition: Equatable, Sendable {
  /// The epoch, from 0.
  public var epoch: Int
  /// The batch in the epoch, from 0.
  public var batch: Int

  /// A place; the default is the beginning.
  public init(epoch: Int = 0, batch: Int = 0) {
    self.epoch = epoch
    self.batch = batch
  }
}

/// Gives a source's batches in order, made ahead of time on threads of its own.
///
/// The batches are the same bits for any number of threads, and the same as `DataSource.fill` gives. `next()` is for one
/// consumer at a time. The threads end with `stop()` or with the loader.
public final class BatchLoader {
  /// What is loaded.
  public enum Schedule: Equatable, Sendable {
    /// Epoch after epoch without end, beginning at a place (to resume, the one after the last batch that was used).
    case training(seed: UInt64, shuffle: Bool, from: BatchPosition)
    /// Each sample of a part once, then nil.
    case evaluation(DataSource.Split)
  }

  private let core: LoaderCore
  private var workers: [Worker] = []
  private var given: Batch?
  private var failure: DataError?

  /// Starts loading. `threads` and `ahead` (finished batches that wait) count as 1 when they are less.
  public init(source: DataSource, batchSize: Int, schedule: Schedule, threads: Int = 1, ahead: Int? = nil) {
    let batchSize = max(1, batchSize)
    let ahead = max(1, ahead ?? Self.batchesAhead(source.fields, batchSize: batchSize))
    core = LoaderCore(source: source, batchSize: batchSize, schedule: schedule, ahead: ahead)
    let core = core
    workers = (0..<max(1, threads)).compactMap { _ in Worker { core.work() } }
    if workers.isEmpty {
      failure = DataError(source: source.description.name, "the system has no thread left", fault: .machine)
    }
  }

  deinit { stop() }

  /// How many finished batches of these fields wait, unless told: as many as take little memory, one to three.
  public static func batchesAhead(_ fields: [SampleField], batchSize: Int) -> Int {
    let bytes = fields.reduce(0) { $0 + $1.count } * max(1, batchSize) * MemoryLayout<Float>.size
    return max(1, min(3, (8 << 20) / max(1, bytes)))
  }

  /// How many batches there are in memory while one is used: that one, and those that wait.
  public static func batchesHeld(_ fields: [SampleField], batchSize: Int) -> Int {
    batchesAhead(fields, batchSize: batchSize) + 1
  }

  /// The next batch; nil after the last of an evaluation. A sample that cannot be read throws at its batch's turn, and
  /// again at every later call. The batch given before is filled anew from now on, unless somebody holds it.
  public func next() throws(DataError) -> Batch? {
    if let failure { throw failure }
    if isKnownUniquelyReferenced(&given), let used = given {
      given = nil
      core.recycle(used)
    }
    switch core.take() {
    case .batch(let batch):
      given = batch
      return batch
    case .failure(let error):
      failure = error
      stop()
      throw error
    case .end:
      return nil
    }
  }

  /// Whether `next` gives something at once; waits for that, so many seconds at most.
  public func isReady(within seconds: Double) -> Bool { failure != nil || core.isReady(within: seconds) }

  /// Ends the threads without waiting for them, where one may be held up by a file: for a process that is about to end.
  public func abandon() {
    core.stop()
    for worker in workers { worker.detach() }
    workers = []
  }

  /// Takes back a batch that the caller held while it asked for later ones, and no longer reads.
  public func giveBack(_ batch: Batch) { core.recycle(batch) }

  /// Ends the threads; they finish the sample batch they are at. `next()` gives nil from now on.
  public func stop() {
    core.stop()
    for worker in workers { worker.join() }
    workers = []
  }
}

/// What the loader's threads share.
///
/// `@unchecked Sendable`: a `Batch` is held by one side at a time; it changes hands inside the gate.
private final class LoaderCore: @unchecked Sendable {
  enum Delivery {
    case batch(Batch)
    case failure(DataError)
    case end
  }

  private struct State {
    var claimed = 0
    var delivered = 0
    var ready: [Int: Delivery] = [:]
    var free: [Batch] = []
    var stopped = false
  }

  private let source: DataSource
  private let batchSize: Int
  private let schedule: BatchLoader.Schedule
  private let ahead: Int
  private let perEpoch: Int
  private let gate = Gate(State())

  init(source: DataSource, batchSize: Int, schedule: BatchLoader.Schedule, ahead: Int) {
    self.source = source
    self.batchSize = batchSize
    self.schedule = schedule
    self.ahead = ahead
    perEpoch = source.batchCount(Self.pass(schedule, epoch: 0), batchSize: batchSize)
  }

  func work() {
    while let number = claim() {
      var delivery: Delivery? = make(number)
      gate.change { state in
        state.ready[number] = delivery
        delivery = nil  // from here on the consumer's is the only reference
      }
    }
  }

  func take() -> Delivery {
    gate.wait { state in
      if let delivery = state.ready.removeValue(forKey: state.delivered) {
        state.delivered += 1
        return delivery
      }
      return state.stopped || isBeyondEnd(state.delivered) ? .end : nil
    }
  }

  func isReady(within seconds: Double) -> Bool {
    gate.waits(seconds: seconds) { [self] state in
      state.ready[state.delivered] != nil || state.stopped || isBeyondEnd(state.delivered)
    }
  }

  func recycle(_ batch: Batch) {
    gate.change { $0.free.append(batch) }
  }

  func stop() { gate.change { $0.stopped = true } }

  private func claim() -> Int? {
    gate.wait { state -> Int?? in
      if state.stopped || isBeyondEnd(state.claimed) { return .some(nil) }
      if state.claimed - state.delivered >= ahead { return nil }
      defer { state.claimed += 1 }
      return state.claimed
    }
  }

  private func isBeyondEnd(_ number: Int) -> Bool {
    if case .evaluation = schedule { return number >= perEpoch }
    return perEpoch == 0
  }

  private func make(_ number: Int) -> Delivery {
    let batch = gate.change { $0.free.popLast() } ?? Batch(fields: source.fields, capacity: batchSize)
    var epoch = 0
    var index = number
    if case .training(_, _, let start) = schedule {
      epoch = start.epoch + (start.batch + number) / perEpoch
      index = (start.batch + number) % perEpoch
    }
    do throws(DataError) {
      try source.fill(batch, pass: Self.pass(schedule, epoch: epoch), index: index)
      return .batch(batch)
    } catch {
      return .failure(error)
    }
  }

  private static func pass(_ schedule: BatchLoader.Schedule, epoch: Int) -> DataSource.Pass {
    switch schedule {
    case .training(let seed, let shuffle, _): .training(seed: seed, epoch: epoch, shuffle: shuffle)
    case .evaluation(let split): .evaluation(split)
    }
  }
}
