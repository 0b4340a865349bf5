/// Offsets as an allocator gives them that goes through time step by step: each tenant gets the lowest bytes that are free
/// when it begins, and gives them back when it ends. Its time grows with the number of tenants and of gaps between them.
struct ArenaSweep {
  /// Free bytes, in order and apart; the last has no end.
  private var gaps = [0..<Int.max]

  /// The offsets by going through time from the first step, or from the last.
  static func offsets(_ tenants: [Tenant], backward: Bool) -> [Int] {
    let begins = tenants.map { backward ? -$0.lifetime.upperBound : $0.lifetime.lowerBound }
    let ends = tenants.map { backward ? -$0.lifetime.lowerBound : $0.lifetime.upperBound }
    let leaving = tenants.indices.sorted { (ends[$0], $0) < (ends[$1], $1) }
    var offsets = [Int](repeating: 0, count: tenants.count)
    var sweep = ArenaSweep()
    var left = 0
    for index in tenants.indices.sorted(by: { (begins[$0], $0) < (begins[$1], $1) }) {
      while ends[leaving[left]] < begins[index] {
        sweep.free(offsets[leaving[left]]..<offsets[leaving[left]] + tenants[leaving[left]].byteCount)
        left += 1
      }
      offsets[index] = sweep.take(tenants[index].byteCount)
    }
    return offsets
  }

  private mutating func take(_ byteCount: Int) -> Int {
    let index = gaps.firstIndex { $0.count >= byteCount } ?? gaps.count - 1
    let start = gaps[index].lowerBound
    if gaps[index].count == byteCount {
      gaps.remove(at: index)
    } else {
      gaps[index] = start + byteCount..<gaps[index].upperBound
    }
    return start
  }

  private mutating func free(_ bytes: Range<Int>) {
    var (low, high) = (0, gaps.count)
    while low < high {
      let middle = (low + high) / 2
      if gaps[middle].upperBound < bytes.lowerBound { low = middle + 1 } else { high = middle }
    }
    // Gaps from `low` on end at these bytes or behind them; one or two may touch them.
    var joined = bytes
    var next = low
    while next < gaps.count, gaps[next].lowerBound <= bytes.upperBound {
      joined = min(joined.lowerBound, gaps[next].lowerBound)..<max(joined.upperBound, gaps[next].upperBound)
      next += 1
    }
    gaps.replaceSubrange(low..<next, with: CollectionOfOne(joined))
  }
}
