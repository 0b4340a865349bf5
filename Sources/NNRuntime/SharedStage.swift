import CProcessor
import NNKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The tasks of one stage, and where their workers find memory.
struct Job {
  var function: KernelFunction
  var arguments: UnsafeRawPointer
  var taskCount: Int
  /// The first thread's scratch memory; the others' follow at `scratchStride` bytes each.
  var scratch: UnsafeMutableRawPointer
  var scratchStride: Int
}

/// What the threads of a pool share: the stage that is running, handed out task by task.
///
/// `ticket` counts the tasks that nobody has taken yet in its low half, and stages in its high half, so that a worker
/// that comes late can neither take a task of a stage that is over nor hold up the next one. `job` is written only
/// while no task is taken or left, and read only by whoever has taken one.
final class SharedStage: @unchecked Sendable {  // `job` is guarded by `ticket` and `completed`, as said above
  private var job: Job?
  private let ticket = Padded()
  private let completed = Padded()
  private let sleepers = Padded()
  private let stopping = Padded()
  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private let news: UnsafeMutablePointer<pthread_cond_t>
  private let patience: Int

  /// Workers look `patience` times for new tasks before they sleep.
  init(patience: Int) {
    self.patience = patience
    lock = .allocate(capacity: 1)
    news = .allocate(capacity: 1)
    pthread_mutex_init(lock, nil)
    pthread_cond_init(news, nil)
  }

  deinit {
    pthread_cond_destroy(news)
    pthread_mutex_destroy(lock)
    news.deallocate()
    lock.deallocate()
  }

  // MARK: The caller

  /// Publishes a stage of at least one task and wakes who sleeps.
  func begin(_ job: Job) {
    precondition(job.taskCount <= Int(UInt32.max), "a stage of \(job.taskCount) tasks")
    self.job = job
    completed.value.store(0, ordering: .relaxed)
    let stages = (ticket.value.load(ordering: .relaxed) >> 32) &+ 1
    ticket.value.store(stages << 32 | UInt64(job.taskCount), ordering: .sequentiallyConsistent)
    let asleep = Int(sleepers.value.load(ordering: .sequentiallyConsistent))
    if asleep > 0 { wake(min(asleep, job.taskCount - 1)) }
  }

  /// Takes part in the stage as worker 0 and returns when all of its tasks are done.
  func finish() {
    takeTasks(as: 0)
    guard let count = job?.taskCount else { return }
    var looks = 0
    while completed.value.load(ordering: .acquiring) < UInt64(count) {
      looks += 1
      if looks < patience { processor_pause() } else { sched_yield() }
    }
  }

  private func wake(_ count: Int) {
    pthread_mutex_lock(lock)
    for _ in 0..<count { pthread_cond_signal(news) }
    pthread_mutex_unlock(lock)
  }

  /// Lets all workers return.
  func stop() {
    stopping.value.store(1, ordering: .sequentiallyConsistent)
    pthread_mutex_lock(lock)
    pthread_cond_broadcast(news)
    pthread_mutex_unlock(lock)
  }

  // MARK: The workers

  /// Runs tasks until the pool stops.
  func work(as worker: Int) {
    while true {
      var looks = 0
      while !hasNews, looks < patience {
        processor_pause()
        looks += 1
      }
      if !hasNews { sleep() }
      if stopping.value.load(ordering: .relaxed) != 0 { return }
      takeTasks(as: worker)
    }
  }

  private var hasNews: Bool {
    UInt32(truncatingIfNeeded: ticket.value.load(ordering: .sequentiallyConsistent)) > 0
      || stopping.value.load(ordering: .sequentiallyConsistent) != 0
  }

  private func sleep() {
    pthread_mutex_lock(lock)
    sleepers.value.add(1, ordering: .sequentiallyConsistent)
    while !hasNews { pthread_cond_wait(news, lock) }
    sleepers.value.subtract(1, ordering: .sequentiallyConsistent)
    pthread_mutex_unlock(lock)
  }

  /// Takes and runs tasks of the current stage while there are any. The stage cannot end before they are reported.
  private func takeTasks(as worker: Int) {
    var done: UInt64 = 0
    while let left = takeTask() {
      guard let job else { preconditionFailure("a task of no stage") }
      job.function(job.arguments, job.taskCount - left, job.scratch + worker * job.scratchStride)
      done += 1
    }
    if done > 0 { completed.value.add(done, ordering: .releasing) }
  }

  /// Takes a task; returns how many were left, it included, or nil where none was.
  private func takeTask() -> Int? {
    var seen = ticket.value.load(ordering: .acquiring)
    while UInt32(truncatingIfNeeded: seen) > 0 {
      let (taken, now) = ticket.value.weakCompareExchange(
        expected: seen, desired: seen - 1, ordering: .acquiring)
      if taken { return Int(UInt32(truncatingIfNeeded: seen)) }
      seen = now
    }
    return nil
  }
}

/// An atomic number on a cache line (and its neighbour, which processors fetch along) of its own.
private struct Padded: ~Copyable {
  let value = Atomic<UInt64>(0)
  private let rest: InlineArray<15, UInt64> = .init(repeating: 0)
}
