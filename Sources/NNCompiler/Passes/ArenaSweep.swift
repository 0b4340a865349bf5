/// Offsets as an allocator gives them that goes through time step by step: each tenant gets the lowest bytes that are free
/// when it begins, and gives them back when it ends. Its time grows with the number of tenants and of gaps between them.
enum ArenaSweep {
  /// The offsets by going through time from the first step, or from the last.
  static func offsets(_ tenants: [Tenant], backward: Bool) -> [Int] {
    let begins = tenants.map { backward ? -$0.lifetime.upperBound : $0.lifetime.lowerBound }
    let ends = tenants.map { backward ? -$0.lifetime.lowerBound : $0.lifetime.upperBound }
    let leaving = sorted(ends)
    var offsets = [Int](repeating: 0, count: tenants.count)
    var gaps = GapList()
    var left = 0
    for index in sorted(begins) {
      while ends[leaving[left]] < begins[index] {
        let other = leaving[left]
        gaps.free(offsets[other]..<offsets[other] + tenants[other].byteCount)
        left += 1
      }
      offsets[index] = gaps.take(tenants[index].byteCount)
    }
    return offsets
  }

  /// The indices of steps, the earliest first; those of the same step in order.
  private static func sorted(_ steps: [Int]) -> [Int] {
    guard let first = steps.min(), let last = steps.max() else { return [] }
    var starts = [Int](repeating: 0, count: last - first + 2)
    for step in steps { starts[step - first + 1] += 1 }
    for step in 1..<starts.count { starts[step] += starts[step - 1] }
    var order = [Int](repeating: 0, count: steps.count)
    for (index, step) in steps.enumerated() {
      order[starts[step - first]] = index
      starts[step - first] += 1
    }
    return order
  }
}

/// Free bytes, in order and apart; the last have no end. They are kept in blocks, so that neither finding some nor changing
/// them touches many others.
private struct GapList {
  private struct Block {
    var gaps: [Range<Int>]
    /// Bytes of the largest of them.
    var largest: Int

    init(_ gaps: some Sequence<Range<Int>>) {
      self.gaps = Array(gaps)
      largest = 0
      measure()
    }

    mutating func measure() { largest = gaps.reduce(0) { max($0, $1.count) } }
  }

  /// Gaps of a block at most.
  private static let most = 64

  private var blocks = [Block([0..<Int.max])]

  /// Takes the first bytes of the first gap that has so many.
  mutating func take(_ byteCount: Int) -> Int {
    let place = blocks.firstIndex { $0.largest >= byteCount } ?? blocks.count - 1
    let index = blocks[place].gaps.firstIndex { $0.count >= byteCount } ?? blocks[place].gaps.count - 1
    let gap = blocks[place].gaps[index]
    if gap.count == byteCount {
      blocks[place].gaps.remove(at: index)
    } else {
      blocks[place].gaps[index] = gap.lowerBound + byteCount..<gap.upperBound
    }
    if gap.count == blocks[place].largest { blocks[place].measure() }
    if blocks[place].gaps.isEmpty { blocks.remove(at: place) }
    return gap.lowerBound
  }

  /// Gives bytes back, which join the gaps that touch them.
  mutating func free(_ bytes: Range<Int>) {
    // The last gap has no end, so that one ends at these bytes or behind them.
    var (low, high) = (0, blocks.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if (blocks[middle].gaps.last?.upperBound ?? 0) < bytes.lowerBound { low = middle + 1 } else { high = middle }
    }
    let place = low
    (low, high) = (0, blocks[place].gaps.count)
    while low < high {
      let middle = (low + high) / 2
      if blocks[place].gaps[middle].upperBound < bytes.lowerBound { low = middle + 1 } else { high = middle }
    }
    var joined = bytes
    var end = low
    while end < blocks[place].gaps.count, blocks[place].gaps[end].lowerBound <= bytes.upperBound {
      joined = joined.joined(with: blocks[place].gaps[end])
      end += 1
    }
    // One more may begin the next block.
    if end == blocks[place].gaps.count, place + 1 < blocks.count,
      let next = blocks[place + 1].gaps.first, next.lowerBound == bytes.upperBound
    {
      joined = joined.joined(with: next)
      blocks[place + 1].gaps.removeFirst()
      blocks[place + 1].measure()
      if blocks[place + 1].gaps.isEmpty { blocks.remove(at: place + 1) }
    }
    blocks[place].gaps.replaceSubrange(low..<end, with: CollectionOfOne(joined))
    blocks[place].largest = max(blocks[place].largest, joined.count)
    if blocks[place].gaps.count > Self.most { split(place) }
  }

  private mutating func split(_ place: Int) {
    let gaps = blocks[place].gaps
    blocks[place] = Block(gaps[..<(gaps.count / 2)])
    blocks.insert(Block(gaps[(gaps.count / 2)...]), at: place + 1)
  }
}

extension Range<Int> {
  fileprivate func joined(with other: Range<Int>) -> Range<Int> {
    Swift.min(lowerBound, other.lowerBound)..<Swift.max(upperBound, other.upperBound)
  }
}
