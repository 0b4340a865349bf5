import NNPlan

/// Fills memory with NaN as soon as its contents are dead, so that whoever still reads it shows.
struct Poisoner {
  /// A quiet NaN.
  private static let pattern: UInt32 = 0x7fc0_0000

  private let memory: PlanMemory
  /// Ranges of the arena that die after each step, and those that do so before their loop runs again.
  private let dead: [[Range<Int>]]
  private let deadInLoop: [[Range<Int>]]
  /// Ranges that still hold outputs of the last run, and no inputs of the next.
  private let stale: [Range<Int>]

  init(_ plan: Plan, _ memory: PlanMemory) {
    self.memory = memory
    let residents = plan.buffers.compactMap(Resident.init)
    var dead = [[Range<Int>]](repeating: [], count: plan.steps.count)
    var deadInLoop = dead
    for resident in residents where dead.indices.contains(resident.lifetime.upperBound) {
      let step = resident.lifetime.upperBound
      let live = residents.filter { $0.lifetime.lowerBound <= step && $0.lifetime.upperBound > step }
      dead[step] += resident.bytes.removing(live.map(\.bytes))
      guard let loop = plan.loop(ofStep: step), resident.lifetime.lowerBound > loop.steps.lowerBound else { continue }
      // What lives from the loop's first step to its last is needed by every run.
      let needed = residents.filter {
        $0.lifetime.lowerBound <= loop.steps.lowerBound && $0.lifetime.upperBound >= loop.steps.upperBound - 1
      }
      deadInLoop[step] += resident.bytes.removing((live + needed).map(\.bytes))
    }
    (self.dead, self.deadInLoop) = (dead, deadInLoop)
    let written = residents.filter { $0.lifetime.lowerBound < 0 }.map(\.bytes)
    stale = residents.filter { $0.lifetime.upperBound >= plan.steps.count }.flatMap { $0.bytes.removing(written) }
  }

  /// A buffer in the arena.
  private struct Resident {
    var bytes: Range<Int>
    var lifetime: ClosedRange<Int>

    init?(_ buffer: Buffer) {
      guard case .arena(let offset) = buffer.place else { return nil }
      bytes = offset..<(offset + buffer.byteCount)
      lifetime = buffer.lifetime
    }
  }

  /// Before the first run: everything.
  func fillAll() {
    fill(memory.shared)
    fill(memory.unprepared)
  }

  /// Before a run: what is left of the last one.
  func fillStale() { fill(stale) }

  /// After a run of a step: what it was the last to use, or the last until its loop runs again.
  func fillDead(after step: Int, isRepeated: Bool) { fill(isRepeated ? deadInLoop[step] : dead[step]) }

  private func fill(_ ranges: [Range<Int>]) {
    // By index: in debug builds the standard library's iterators allocate.
    var index = 0
    while index < ranges.count {
      fill(ranges[index])
      index += 1
    }
  }

  private func fill(_ range: Range<Int>) { fill(UnsafeMutableRawBufferPointer(rebasing: memory.shared[range])) }

  private func fill(_ bytes: UnsafeMutableRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    // Plans place and size buffers by multiples of 64 bytes.
    let words = bytes.count / MemoryLayout<UInt32>.size
    start.assumingMemoryBound(to: UInt32.self).update(repeating: Self.pattern, count: words)
  }
}

extension Range<Int> {
  /// What is left of this range without the others.
  func removing(_ others: [Range<Int>]) -> [Range<Int>] {
    others.reduce([self]) { rest, other in
      rest.flatMap { range -> [Range<Int>] in
        guard range.overlaps(other) else { return [range] }
        let before = range.lowerBound..<Swift.max(range.lowerBound, other.lowerBound)
        let after = Swift.min(range.upperBound, other.upperBound)..<range.upperBound
        return [before, after].filter { !$0.isEmpty }
      }
    }
  }
}
