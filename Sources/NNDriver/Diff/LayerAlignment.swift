/// Which layers of one network are which of another: an alignment of the two lists that keeps as many layers as it can
/// the same, by name, keys and kind; then by name what has moved.
struct LayerAlignment {
  /// Pairs of indices in order; nil on one side for a layer that is only on the other.
  private(set) var pairs: [(before: Int?, after: Int?)] = []

  private let before: [RenderedSpec.Layer]
  private let after: [RenderedSpec.Layer]

  /// How many pairs of layers are compared at most; beyond, layers are told apart by name alone.
  private static let limit = 4_000_000

  init(_ before: [RenderedSpec.Layer], _ after: [RenderedSpec.Layer]) {
    self.before = before
    self.after = after
    let start = zip(before, after).prefix { LayerAlignment.score($0, $1) == LayerAlignment.best($0) }.count
    let rest = min(before.count, after.count) - start
    let end = zip(before.reversed(), after.reversed()).prefix(rest).prefix {
      LayerAlignment.score($0, $1) == LayerAlignment.best($0)
    }.count
    for index in 0..<start { pairs.append((index, index)) }
    align(start..<before.count - end, start..<after.count - end)
    for index in 0..<end { pairs.append((before.count - end + index, after.count - end + index)) }
    joinMoved()
  }

  /// How much two layers are alike; 0 where they are different layers.
  private static func score(_ a: RenderedSpec.Layer, _ b: RenderedSpec.Layer) -> Int {
    let isNamed = a.path == b.path && !a.isUnnamed && !b.isUnnamed
    guard a.kind == b.kind else { return isNamed ? 3 : 0 }
    let areKeysSame = a.arguments == b.arguments
    if a.path != b.path, !a.isUnnamed, !b.isUnnamed, !areKeysSame { return 0 }
    return 2 + (areKeysSame ? 4 : 0) + (isNamed ? 6 : a.path == b.path ? 1 : 0)
  }

  /// The score of a layer and itself.
  private static func best(_ layer: RenderedSpec.Layer) -> Int { score(layer, layer) }

  /// The alignment with the highest sum of scores (Needleman and Wunsch, 1970, without a price for gaps).
  private mutating func align(_ left: Range<Int>, _ right: Range<Int>) {
    guard left.count * right.count <= LayerAlignment.limit else {
      pairs += left.map { ($0, nil) } + right.map { (nil, $0) }
      return
    }
    let width = right.count + 1
    var sums = [Int](repeating: 0, count: (left.count + 1) * width)
    for i in (0..<left.count).reversed() {
      for j in (0..<right.count).reversed() {
        let score = LayerAlignment.score(before[left.lowerBound + i], after[right.lowerBound + j])
        let taken = score == 0 ? 0 : score + sums[(i + 1) * width + j + 1]
        sums[i * width + j] = max(taken, sums[(i + 1) * width + j], sums[i * width + j + 1])
      }
    }
    var (i, j) = (0, 0)
    while i < left.count || j < right.count {
      let sum = i < left.count && j < right.count ? sums[i * width + j] : 0
      if i < left.count, j < right.count,
        case let score = LayerAlignment.score(before[left.lowerBound + i], after[right.lowerBound + j]), score > 0,
        sum == score + sums[(i + 1) * width + j + 1]
      {
        pairs.append((left.lowerBound + i, right.lowerBound + j))
        (i, j) = (i + 1, j + 1)
      } else if i < left.count, j == right.count || sum == sums[(i + 1) * width + j] {
        pairs.append((left.lowerBound + i, nil))
        i += 1
      } else {
        pairs.append((nil, right.lowerBound + j))
        j += 1
      }
    }
  }

  /// Layers of one name that stand in another order.
  private mutating func joinMoved() {
    var lost: [String: Int] = [:]
    for (index, pair) in pairs.enumerated() {
      if pair.after == nil, let layer = pair.before { lost[before[layer].path] = index }
    }
    var dropped: Set<Int> = []
    for (index, pair) in pairs.enumerated() {
      guard pair.before == nil, let layer = pair.after, let other = lost[after[layer].path],
        let old = pairs[other].before, before[old].kind == after[layer].kind, !before[old].isUnnamed
      else { continue }
      pairs[index].before = old
      dropped.insert(other)
    }
    pairs = pairs.indices.filter { !dropped.contains($0) }.map { pairs[$0] }
  }
}

extension RenderedSpec.Layer {
  /// Whether its name comes from its kind and a number.
  var isUnnamed: Bool { keys.first { $0.key == "name" }?.value.origin == "default" }

  /// Its keys besides `name` and `from`, as they are written.
  var arguments: [String] {
    keys.filter { $0.key != "name" && $0.key != "from" }.map { "\($0.key): \($0.value.flow)" }
  }
}
