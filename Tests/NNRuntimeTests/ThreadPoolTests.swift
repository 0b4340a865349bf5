import NNKernels
import Synchronization
import Testing

@testable import NNRuntime

/// What the stress test's tasks write to.
private struct Counters {
  var cells: UnsafeMutablePointer<Int>
}

private let countTask: KernelFunction = { arguments, task, scratch in
  let cells = arguments.load(as: Counters.self).cells
  // Scratch is the worker's own: nobody else writes between the two lines.
  scratch.storeBytes(of: task, as: Int.self)
  cells[task] += 1 + scratch.load(as: Int.self) - task
}

@Suite("The thread pool") struct ThreadPoolTests {
  @Test("runs every task of every stage once", arguments: Array(1...8) + [16, 17, 40]) func stress(threads: Int) throws
  {
    let pool = try ThreadPool(threadCount: threads)
    let cells = UnsafeMutablePointer<Int>.allocate(capacity: 64)
    defer { cells.deallocate() }
    var counters = Counters(cells: cells)
    for round in 0..<(threads > 8 ? 500 : 5_000) {
      let tasks = round % 64
      cells.initialize(repeating: 0, count: 64)
      if round % 1_000 == 0 { try pool.reserveScratch(64 + round) }
      withUnsafeBytes(of: &counters) { bytes in
        if let start = bytes.baseAddress { pool.run(countTask, start, taskCount: tasks) }
      }
      #expect((0..<64).allSatisfy { cells[$0] == ($0 < tasks ? 1 : 0) }, "round \(round)")
    }
  }

  @Test("starts and stops many times") func lifetimes() throws {
    for count in 1...60 { #expect(try ThreadPool(threadCount: count % 9 + 1).threadCount == count % 9 + 1) }
  }

  @Test("the environment's wishes are read or refused by name") func knobs() throws {
    #expect(try ThreadPool.chosenThreadCount("3") == 3)
    #expect(throws: KnobFailure.self) { try ThreadPool.chosenThreadCount("0") }
    #expect(throws: KnobFailure.self) { try ThreadPool.chosenThreadCount("two") }
    #expect(try KernelTable.chosen("portable").name == "portable")
    let failure = #expect(throws: KnobFailure.self) { try KernelTable.chosen("avx51") }
    #expect(failure?.allowed == KernelTable.available.map(\.name))
    #expect(ControlGroup.cores("max 100000") == nil)
    #expect(ControlGroup.cores("150000 100000") == 2)
    #expect(ProcessorCount.available >= 1)
  }

  @Test("memory that cannot be had is an error that says what for") func memory() {
    let failure = #expect(throws: MemoryFailure.self) { try Memory(.max, for: "a test") }
    #expect(failure?.purpose == "a test")
    #expect(throws: MemoryFailure.self) { try Memory(1 << 60, for: "a test") }
  }
}
