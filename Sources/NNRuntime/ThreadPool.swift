import NNKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The system refused a thread.
public struct ThreadFailure: Error, Hashable, CustomStringConvertible {
  /// How many threads were asked for.
  public let threads: Int
  /// The system's number for the reason.
  public let code: Int32

  public var description: String { "cannot start \(threads) threads: \(String(cString: strerror(code)))" }
}

/// Threads that run the tasks of one stage after the other. The calling thread is one of them, so a pool of one starts
/// none. Between stages that follow at once the others wait in a short loop; otherwise they sleep.
///
/// One thread at a time may call `run` and `reserveScratch`.
public final class ThreadPool {
  /// More than this are refused.
  public static let maximumThreads = 1024

  /// How many threads compute, the caller among them.
  public let threadCount: Int

  private let stage: SharedStage
  private var threads: [SystemThread] = []
  private var scratch: Memory
  private var scratchStride: Int

  /// The number that `NNC_THREADS` asks for, otherwise one for each core that this process may use.
  public static func chosenThreadCount(_ wish: String? = Knob.threads.value) throws(KnobFailure) -> Int {
    guard let wish else { return min(maximumThreads, ProcessorCount.available) }
    if let count = Int(wish), (1...maximumThreads).contains(count) { return count }
    throw KnobFailure(
      knob: .threads, value: wish, allowed: ["1 … \(maximumThreads)"], reason: "this is no number of threads")
  }

  /// A pool of `threadCount` threads, 1 … `maximumThreads`.
  public init(threadCount: Int) throws(ThreadFailure) {
    let count = min(max(1, threadCount), Self.maximumThreads)
    self.threadCount = count
    scratchStride = 64
    guard let scratch = try? Memory(scratchStride * count, for: "the threads' scratch memory") else {
      throw ThreadFailure(threads: count, code: ENOMEM)
    }
    self.scratch = scratch
    stage = SharedStage(workers: count, patience: count <= ProcessorCount.available ? 2_000 : 20)
    for worker in 1..<max(1, count) {
      do throws(SystemThread.Refusal) {
        threads.append(try SystemThread { [stage] in stage.work(as: worker) })
      } catch {
        stop()
        throw ThreadFailure(threads: count, code: error.code)
      }
    }
  }

  deinit { stop() }

  private func stop() {
    stage.stop()
    for thread in threads { thread.join() }
    threads = []
  }

  /// Bytes of scratch memory that every thread has.
  public var scratchBytes: Int { scratchStride }

  /// Makes every thread's scratch memory at least this long; 64-byte aligned, apart by whole cache lines.
  public func reserveScratch(_ byteCount: Int) throws(MemoryFailure) {
    guard byteCount > scratchStride else { return }
    let stride = (byteCount + 127) / 64 * 64
    let (bytes, overflow) = stride.multipliedReportingOverflow(by: threadCount)
    scratch = try Memory(overflow ? .max : bytes, for: "the threads' scratch memory")
    scratchStride = stride
  }

  /// Runs the tasks `0 ..< taskCount` of `function`, in any order and on any thread; all are done when it returns.
  public func run(_ function: @escaping KernelFunction, _ arguments: UnsafeRawPointer, taskCount: Int) {
    let scratch = scratch.start
    if threads.isEmpty || taskCount <= 1 {
      var task = 0
      while task < taskCount {
        function(arguments, task, scratch)
        task += 1
      }
      return
    }
    stage.begin(
      Job(
        function: function, arguments: arguments, taskCount: taskCount, scratch: scratch, scratchStride: scratchStride))
    stage.finish()
  }
}
