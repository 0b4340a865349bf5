/// Dynamic storage allocation: offsets for byte ranges with lifetimes, known in advance.
enum ArenaPlanner {
  /// The largest sum of bytes that live at the same step.
  static func lowerBound(_ tenants: [Tenant]) -> Int { LiveBytes(tenants)?.most ?? 0 }

  /// One after the other, nothing shared.
  static func stacked(_ tenants: [Tenant]) -> [Int] {
    var end = 0
    return tenants.map { tenant in
      defer { end += tenant.byteCount }
      return end
    }
  }

  /// The best of several ways, stopping at the lower bound: piled up, longest-lived first, which is best for a network
  /// whose activations wait for the way back; then each at the lowest free offset, in several orders; then in each of
  /// these orders again and again, with those that lay beyond the bound earlier. For thousands of tenants one such order
  /// takes too long; then step by step through time, forwards and backwards.
  static func bestOffsets(_ tenants: [Tenant]) -> [Int] {
    var search = OffsetSearch(tenants, bound: lowerBound(tenants))
    search.consider(piled(tenants, in: sorted(tenants) { (tenants[$0].lifetime.count, tenants[$0].byteCount) }))
    if search.goesOn { tryOrders(tenants, &search) }
    for backward in [false, true] where search.goesOn {
      search.consider(ArenaSweep.offsets(tenants, backward: backward))
    }
    return search.best
  }

  private static func tryOrders(_ tenants: [Tenant], _ search: inout OffsetSearch) {
    guard work(tenants) <= search.work else { return }
    let loads = mostAtOnce(tenants)
    let orders = [
      sorted(tenants) { (tenants[$0].lifetime.count, tenants[$0].byteCount) },
      sorted(tenants) { (loads[$0], tenants[$0].byteCount) },
      sorted(tenants) { (loads[$0], tenants[$0].lifetime.count) },
      sorted(tenants) { (tenants[$0].byteCount, 0) },
      sorted(tenants) { (-tenants[$0].lifetime.lowerBound, 0) },
      sorted(tenants) { (tenants[$0].lifetime.upperBound, 0) },
    ]
    var attempts = orders.map { (order: $0, offsets: [Int]()) }
    while search.goesOn {
      for index in attempts.indices where search.goesOn {
        if !attempts[index].offsets.isEmpty { attempts[index].order = search.improved(attempts[index]) }
        search.work -= work(tenants)
        if search.work < 0 { return }
        attempts[index].offsets = firstFit(tenants, in: attempts[index].order)
        search.consider(attempts[index].offsets)
      }
    }
  }

  /// How many places of others are looked at, at most, to place each tenant by `firstFit`.
  private static func work(_ tenants: [Tenant]) -> Int { tenants.count * tenants.count / 2 }

  /// The tenants by a key, the largest first.
  private static func sorted(_ tenants: [Tenant], by key: (Int) -> (Int, Int)) -> [Int] {
    tenants.indices.map { (key: key($0), index: $0) }
      .sorted { ($0.key.0, $0.key.1, $1.index) > ($1.key.0, $1.key.1, $0.index) }.map(\.index)
  }

  /// For each tenant, the most bytes that live at one of its steps.
  private static func mostAtOnce(_ tenants: [Tenant]) -> [Int] {
    guard let live = LiveBytes(tenants) else { return [] }
    let first = live.steps.lowerBound
    var heights = HeightTree(live.steps.count)
    live.forEachStep { step, bytes in heights.raise(step - first..<step - first + 1, to: bytes) }
    return tenants.map { heights.largest(in: $0.lifetime.lowerBound - first..<$0.lifetime.upperBound - first + 1) }
  }

  /// Places each tenant at the lowest offset that is free during its whole life.
  private static func firstFit(_ tenants: [Tenant], in order: [Int]) -> [Int] {
    var offsets = [Int](repeating: 0, count: tenants.count)
    var placed: [(start: Int, end: Int, first: Int, last: Int)] = []
    placed.reserveCapacity(tenants.count)
    for index in order {
      let tenant = tenants[index]
      let (first, last) = (tenant.lifetime.lowerBound, tenant.lifetime.upperBound)
      var offset = 0
      for other in placed where other.first <= last && first <= other.last {
        if offset + tenant.byteCount <= other.start { break }
        offset = max(offset, other.end)
      }
      offsets[index] = offset
      placed.insert((offset, offset + tenant.byteCount, first, last), at: position(of: offset, in: placed))
    }
    return offsets
  }

  /// Behind all that start at `offset` or before.
  private static func position(of offset: Int, in placed: [(start: Int, end: Int, first: Int, last: Int)]) -> Int {
    var (low, high) = (0, placed.count)
    while low < high {
      let middle = (low + high) / 2
      if placed[middle].start <= offset { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Places each tenant on top of all before it that live in its time.
  private static func piled(_ tenants: [Tenant], in order: [Int]) -> [Int] {
    guard let range = LiveBytes.steps(of: tenants) else { return [] }
    var heights = HeightTree(range.count)
    var offsets = [Int](repeating: 0, count: tenants.count)
    for index in order {
      let life = tenants[index].lifetime
      let steps = life.lowerBound - range.lowerBound..<life.upperBound - range.lowerBound + 1
      offsets[index] = heights.largest(in: steps)
      heights.raise(steps, to: offsets[index] + tenants[index].byteCount)
    }
    return offsets
  }
}

/// The best offsets so far.
private struct OffsetSearch {
  private(set) var best: [Int] = []
  private let tenants: [Tenant]
  private let bound: Int
  private var bytes = Int.max
  private var tries = 600
  /// How many places of other tenants may still be looked at, so that the time stays about the same for any number.
  var work = 30_000_000

  init(_ tenants: [Tenant], bound: Int) {
    self.tenants = tenants
    self.bound = bound
  }

  /// Whether something better may be found.
  var goesOn: Bool { bytes > bound && tries > 0 }

  mutating func consider(_ offsets: [Int]) {
    tries -= 1
    let bytes = tenants.indices.reduce(0) { max($0, offsets[$1] + tenants[$1].byteCount) }
    if bytes < self.bytes { (best, self.bytes) = (offsets, bytes) }
  }

  /// An order in which each tenant that lay beyond the bound moves half of the way to the front, or a quarter, or three
  /// quarters, in turn: always by half, some would come round to the same order.
  func improved(_ attempt: (order: [Int], offsets: [Int])) -> [Int] {
    let factor = [0.5, 0.75, 0.25][tries % 3]
    let keys = attempt.order.enumerated().map { place, index in
      let isBeyond = attempt.offsets[index] + tenants[index].byteCount > bound
      return (key: isBeyond ? Double(place) * factor - 0.25 : Double(place), index: index)
    }
    return keys.sorted { $0.key < $1.key }.map(\.index)
  }
}

/// Heights of a row of places, with the largest of a range, and ranges raised to one height, in logarithmic time.
private struct HeightTree {
  private let size: Int
  /// The largest height of a node's places.
  private var largest: [Int]
  /// What all of a node's places have at least.
  private var floor: [Int]

  init(_ count: Int) {
    var size = 1
    while size < count { size *= 2 }
    self.size = size
    largest = Array(repeating: 0, count: 2 * size)
    floor = largest
  }

  func largest(in range: Range<Int>) -> Int {
    var result = 0
    var (low, high) = (range.lowerBound + size, range.upperBound + size)
    var (first, last) = (low, high - 1)
    while low < high {
      if low % 2 == 1 {
        result = max(result, largest[low])
        low += 1
      }
      if high % 2 == 1 {
        high -= 1
        result = max(result, largest[high])
      }
      (low, high) = (low / 2, high / 2)
    }
    // Nodes around these raise them, too.
    while first > 1 {
      (first, last) = (first / 2, last / 2)
      result = max(result, floor[first], floor[last])
    }
    return result
  }

  /// Sets a range to a height that none of its places is above.
  mutating func raise(_ range: Range<Int>, to height: Int) {
    var (low, high) = (range.lowerBound + size, range.upperBound + size)
    var (first, last) = (low, high - 1)
    while low < high {
      if low % 2 == 1 {
        (largest[low], floor[low]) = (height, height)
        low += 1
      }
      if high % 2 == 1 {
        high -= 1
        (largest[high], floor[high]) = (height, height)
      }
      (low, high) = (low / 2, high / 2)
    }
    while first > 1 {
      (first, last) = (first / 2, last / 2)
      update(first)
      if last != first { update(last) }
    }
  }

  private mutating func update(_ node: Int) {
    largest[node] = max(floor[node], largest[2 * node], largest[2 * node + 1])
  }
}
