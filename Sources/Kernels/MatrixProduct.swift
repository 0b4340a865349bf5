import CProcessor

/// How rows of a product are shared among tiles of registers, `lanes` lanes wide: as evenly as can be.
struct ProductTiles {
  var lanes: Int
  /// Rows of the smaller tiles.
  var rows: Int
  /// Tiles with one row more, which come first, and the others.
  var larger: Int
  var smaller: Int
  /// All tiles.
  @inline(__always) var count: Int { larger + smaller }

  @inline(__always)
  init(_ count: Int, lanes: Int) {
    let most = Tile.rows(lanes)
    let tiles = max(1, (count + most - 1) / most)
    self.lanes = lanes
    (rows, larger) = (count / tiles, count % tiles)
    smaller = rows == 0 ? 0 : tiles - larger
  }
}

/// Rows of `length` words, each a float or a pair of bf16 numbers, `stride` words apart, times weights `[word][lanes]`.
struct MatrixProduct {
  var sources: UnsafePointer<Float>
  var stride: Int
  var length: Int
  var weights: UnsafePointer<Float>
  /// What is asked for meanwhile: what lies from `far` on, and by the first `asking` tiles the `next` weights.
  fileprivate var far: UnsafePointer<Float>
  fileprivate var next: UnsafePointer<Float>
  fileprivate var asking = 0

  /// A product that asks for nothing but its own sources.
  @inline(__always)
  init(sources: UnsafePointer<Float>, stride: Int, length: Int, weights: UnsafePointer<Float>) {
    (self.sources, self.stride, self.length, self.weights) = (sources, stride, length, weights)
    (far, next) = (sources, weights)
  }

  /// Pieces to cut words into where the weights of all would not stay in the first-level cache for the next tile, and the
  /// second-level cache keeps products waiting for them.
  static func pieces(_ words: Int, lanes: Int) -> Int {
    processor_streams_slowly() ? max(1, (words * lanes * Lane.width + nearWeights - 1) / nearWeights) : 1
  }

  /// Floats of weights, beside sources and sums, in a first-level cache of 48 KB.
  static var nearWeights: Int { 8 * 1024 }

  /// Floats that are asked for with each word of a tile: so few that neither the request nor the answer is noticed.
  @inline(__always) static var askedFloats: Int { 2 }

  /// Asks for what lies at `start`, as far as the requests of all tiles go.
  @inline(__always)
  mutating func ask(_ start: UnsafePointer<Float>) { far = start }

  /// Asks for the weights of a later product of this size, a cache line with each word of a tile: so the requests are spread
  /// over as many tiles as can be.
  @inline(__always)
  mutating func askWeights(_ start: UnsafePointer<Float>, lanes: Int) {
    next = start
    asking = lanes
  }

  /// Stores the products, or adds them to what is there (of floats only), at `target` `[row][lanes]`.
  @inline(__always)
  func run(_ tiles: ProductTiles, pairs: Bool, _ target: UnsafeMutablePointer<Float>, adds: Bool) {
    let kind: Kind = Lane.hasBFloat16 && pairs ? .pairs : adds ? .floatsAdded : .floats
    var (rest, target) = (self, target)
    if tiles.larger > 0 { rest.run(tiles.larger, tiles.rows + 1, tiles.lanes, kind, &target) }
    if tiles.smaller > 0 { rest.run(tiles.smaller, tiles.rows, tiles.lanes, kind, &target) }
  }

  /// `count` tiles of `rows` rows and `lanes` lanes, those that ask for weights first; goes on to what comes after them.
  @inline(__always)
  private mutating func run(
    _ count: Int, _ rows: Int, _ lanes: Int, _ kind: Kind, _ target: inout UnsafeMutablePointer<Float>
  ) {
    let first = min(asking, count)
    if first > 0 {
      runTiles(NextWeights.self, first, rows, lanes, kind, &target)
      next += first * NextWeights.lines * length * Lane.width
      asking -= first
    }
    if first < count { runTiles(NoWeights.self, count - first, rows, lanes, kind, &target) }
  }

  @inline(__always)
  private mutating func runTiles<W: AskedWeights>(
    _: W.Type, _ count: Int, _ rows: Int, _ lanes: Int, _ kind: Kind, _ target: inout UnsafeMutablePointer<Float>
  ) {
    if Tile.columns >= 4, lanes == 4 {
      tiles(InlineArray<4, Lane>.self, W.self, rows, self, kind, count, target)
    } else if Tile.columns >= 3, lanes == 3 {
      tiles(InlineArray<3, Lane>.self, W.self, rows, self, kind, count, target)
    } else if lanes == 2 {
      tiles(InlineArray<2, Lane>.self, W.self, rows, self, kind, count, target)
    } else {
      tiles(InlineArray<1, Lane>.self, W.self, rows, self, kind, count, target)
    }
    sources += count * rows * stride
    far += count * length * Self.askedFloats
    target += count * rows * lanes * Lane.width
  }

  fileprivate enum Kind { case floats, floatsAdded, pairs }
}

/// The weights that tiles ask for: how many cache lines with each word.
private protocol AskedWeights { static var lines: Int { get } }
/// None: requests for nothing take time too.
private enum NoWeights: AskedWeights { @inline(__always) static var lines: Int { 0 } }
private enum NextWeights: AskedWeights { @inline(__always) static var lines: Int { 1 } }

@inline(never)
private func tiles<W: AskedWeights, let columns: Int>(
  _: InlineArray<columns, Lane>.Type, _: W.Type, _ rows: Int, _ product: MatrixProduct, _ kind: MatrixProduct.Kind,
  _ count: Int, _ target: UnsafeMutablePointer<Float>
) {
  typealias Row = InlineArray<columns, Lane>
  switch rows {
  case 1: tiles(InlineArray<1, Row>.self, W.self, product, kind, count, target)
  case 2: tiles(InlineArray<2, Row>.self, W.self, product, kind, count, target)
  case 3: tiles(InlineArray<3, Row>.self, W.self, product, kind, count, target)
  case 4: tiles(InlineArray<4, Row>.self, W.self, product, kind, count, target)
  case 5: tiles(InlineArray<5, Row>.self, W.self, product, kind, count, target)
  case 6: tiles(InlineArray<6, Row>.self, W.self, product, kind, count, target)
  case 7 where Tile.rows(columns) > 6: tiles(InlineArray<7, Row>.self, W.self, product, kind, count, target)
  case 8 where Tile.rows(columns) > 6: tiles(InlineArray<8, Row>.self, W.self, product, kind, count, target)
  case 9 where Tile.rows(columns) > 8: tiles(InlineArray<9, Row>.self, W.self, product, kind, count, target)
  case 10 where Tile.rows(columns) > 8: tiles(InlineArray<10, Row>.self, W.self, product, kind, count, target)
  case 11 where Tile.rows(columns) > 8: tiles(InlineArray<11, Row>.self, W.self, product, kind, count, target)
  case 12 where Tile.rows(columns) > 8: tiles(InlineArray<12, Row>.self, W.self, product, kind, count, target)
  default: break
  }
}

@inline(__always)
private func tiles<W: AskedWeights, let rows: Int, let columns: Int>(
  _ tile: InlineArray<rows, InlineArray<columns, Lane>>.Type, _: W.Type, _ product: MatrixProduct,
  _ kind: MatrixProduct.Kind,
  _ count: Int, _ target: UnsafeMutablePointer<Float>
) {
  switch kind {
  case .floats: tiles(tile, W.self, FloatFactors.self, product, count, target, adds: false)
  case .floatsAdded: tiles(tile, W.self, FloatFactors.self, product, count, target, adds: true)
  case .pairs: if Lane.hasBFloat16 { tiles(tile, W.self, PairFactors.self, product, count, target, adds: false) }
  }
}

/// Where the products of a tile have come to.
private struct Words {
  private var values: UnsafePointer<Float>
  private let stride: Int
  private var weights: UnsafePointer<Float>
  /// The later weights to ask for.
  private var lines: UnsafePointer<Float>

  @inline(__always)
  init(_ product: MatrixProduct, _ sources: UnsafePointer<Float>, _ next: UnsafePointer<Float>) {
    (values, stride, weights, lines) = (sources, product.stride, product.weights, next)
  }

  /// Adds the products of a word of each row, and turns to the next.
  @inline(__always)
  mutating func add<W: AskedWeights, F: Factors, let rows: Int, let columns: Int>(
    _ sums: inout InlineArray<rows, InlineArray<columns, Lane>>, _: W.Type, _: F.Type
  ) {
    for line in 0..<W.lines { processor_prefetch_far(lines + line * Lane.width) }
    lines += W.lines * Lane.width
    for m in 0..<rows {
      let value = Lane(repeating: values[m * stride])
      for n in 0..<columns { F.addProduct(&sums[m][n], value, Lane(weights + n * Lane.width)) }
    }
    values += 1
    weights += columns * Lane.width
  }
}

/// Sums stay in registers from the first product to the last; what is there already is where they begin.
@inline(__always)
private func tiles<W: AskedWeights, F: Factors, let rows: Int, let columns: Int>(
  _: InlineArray<rows, InlineArray<columns, Lane>>.Type, _: W.Type, _: F.Type, _ product: MatrixProduct,
  _ count: Int, _ target: UnsafeMutablePointer<Float>, adds: Bool
) {
  var (sources, target, far, next) = (product.sources, target, product.far, product.next)
  for _ in 0..<count {
    var sums = InlineArray<rows, InlineArray<columns, Lane>>(repeating: .init(repeating: .zero))
    if adds {
      for m in 0..<rows { for n in 0..<columns { sums[m][n] = Lane(target + (m * columns + n) * Lane.width) } }
    }
    var (words, near) = (Words(product, sources, next), sources + rows * product.stride)
    if Tile.asksNextRows {
      for _ in 0..<product.length / 2 {
        processor_prefetch(near)
        near += 2 * rows
        words.add(&sums, W.self, F.self)
        processor_prefetch(far)
        far += 2 * MatrixProduct.askedFloats
        words.add(&sums, W.self, F.self)
      }
      if product.length % 2 == 1 { words.add(&sums, W.self, F.self) }
    } else {
      for _ in 0..<product.length {
        processor_prefetch(far)
        far += MatrixProduct.askedFloats
        words.add(&sums, W.self, F.self)
      }
    }
    for m in 0..<rows { for n in 0..<columns { sums[m][n].store(target + (m * columns + n) * Lane.width) } }
    sources += rows * product.stride
    target += rows * columns * Lane.width
    next += W.lines * product.length * Lane.width
  }
}
