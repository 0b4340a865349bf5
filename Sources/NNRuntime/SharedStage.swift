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
/// Neighbouring tasks work on neighbouring memory, and so do those of the next stage. So each worker, or a few of them, has a
/// share of neighbouring tasks, which leaves most of what a stage reads in the caches of who wrote it; only who has done
/// all of its share helps with others'. The order changes no result.
///
/// Each of `tickets` counts the tasks of a share that nobody has taken yet in its low half, and stages in its high half, so
/// that a worker that comes late can neither take a task of a stage that is over nor hold up the next one. `job` is written
/// only while no task is taken or left, and read only by whoever has taken one.
final class SharedStage: @unchecked Sendable {  // `job` is guarded by `tickets` and `completed`, as said above
  private var job: Job?
  private let tickets = InlineArray<16, Padded> { _ in Padded() }
  /// Stages that have begun.
  private let begun = Padded()
  private let completed = Padded()
  private let sleepers = Padded()
  private let stopping = Padded()
  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private let news: UnsafeMutablePointer<pthread_cond_t>
  private let patience: Int
  private let workers: Int
  private let shares: Int

  /// A stage for so many workers, the caller among them, which look `patience` times for new tasks before they sleep.
  init(workers: Int, patience: Int) {
    self.workers = workers
    self.patience = patience
    shares = min(workers, tickets.count)
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
    let stages = begun.value.load(ordering: .relaxed) &+ 1
    for share in 0..<shares {
      let count = UInt64(end(of: share, job.taskCount) - end(of: share - 1, job.taskCount))
      tickets[share].value.store(stages << 32 | count, ordering: .releasing)
    }
    begun.value.store(stages, ordering: .sequentiallyConsistent)
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
    var seen: UInt64 = 0
    while true {
      var looks = 0
      while !hasNews(since: seen), looks < patience {
        processor_pause()
        looks += 1
      }
      if !hasNews(since: seen) { sleep(since: seen) }
      if stopping.value.load(ordering: .relaxed) != 0 { return }
      seen = begun.value.load(ordering: .acquiring)
      takeTasks(as: worker)
    }
  }

  private func hasNews(since seen: UInt64) -> Bool {
    begun.value.load(ordering: .sequentiallyConsistent) != seen
      || stopping.value.load(ordering: .sequentiallyConsistent) != 0
  }

  private func sleep(since seen: UInt64) {
    pthread_mutex_lock(lock)
    sleepers.value.add(1, ordering: .sequentiallyConsistent)
    while !hasNews(since: seen) { pthread_cond_wait(news, lock) }
    sleepers.value.subtract(1, ordering: .sequentiallyConsistent)
    pthread_mutex_unlock(lock)
  }

  /// Takes and runs tasks of the current stage while there are any, those of the worker's share first. The stage cannot
  /// end before they are reported.
  private func takeTasks(as worker: Int) {
    let own = ((worker + 1) * shares - 1) / workers
    // Read once, since it may lie beside the first ticket.
    var taken: Job?
    var done: UInt64 = 0
    for next in own..<own + shares {
      let share = next < shares ? next : next - shares
      while let left = takeTask(of: share) {
        guard let job = taken ?? job else { preconditionFailure("a task of no stage") }
        taken = job
        let task = end(of: share, job.taskCount) - left
        job.function(job.arguments, task, job.scratch + worker * job.scratchStride)
        done += 1
      }
    }
    if done > 0 { completed.value.add(done, ordering: .releasing) }
  }

  /// Takes a task of a share; returns how many were left, it included, or nil where none was.
  private func takeTask(of share: Int) -> Int? {
    var seen = tickets[share].value.load(ordering: .acquiring)
    while UInt32(truncatingIfNeeded: seen) > 0 {
      let (taken, now) = tickets[share].value.weakCompareExchange(
        expected: seen, desired: seen - 1, ordering: .acquiring)
      if taken { return Int(UInt32(truncatingIfNeeded: seen)) }
      seen = now
    }
    return nil
  }

  /// Where a share's tasks end, of `count` in all: each worker brings as many.
  private func end(of share: Int, _ count: Int) -> Int { (share + 1) * workers / shares * count / workers }
}

/// An atomic number on a cache line (and its neighbour, which processors fetch along) of its own.
private struct Padded: ~Copyable {
  let value = Atomic<UInt64>(0)
  private let rest: InlineArray<15, UInt64> = .init(repeating: 0)
}
