import CProcessor

/// Lines of pixels, from a pixel on, with the words from line to line and from pixel to pixel.
struct Operand {
  var start: UnsafePointer<Float>
  var line: Int
  var pixel: Int

  /// The operand from a later pixel on.
  @inline(__always)
  func moved(lines: Int, pixels: Int) -> Operand {
    Operand(start: start + lines * line + pixels * pixel, line: line, pixel: pixel)
  }
}

/// What to ask for while products are summed.
protocol MemoryRequests {
  /// The first request of the next tile, one with each pixel, and the bytes from one to the next.
  mutating func next() -> (UnsafeRawPointer, Int)
}

/// Nothing is far away.
struct NoRequests: MemoryRequests {
  var here: UnsafeRawPointer

  @inline(__always) mutating func next() -> (UnsafeRawPointer, Int) { (here, 0) }
}

/// Where the sums of tiles go.
protocol TileSums {
  /// Asks for the place of a tile's sums, if it may be far away.
  func ask(_ rows: Int, _ columns: Int)
  /// Stores the sums of a tile.
  func store<let rows: Int, let columns: Int>(_ sums: InlineArray<rows, InlineArray<columns, Lane>>)
  /// Turns to the rows after so many.
  mutating func advance(_ rows: Int, _ columns: Int)
}

/// A panel `[row][lanes]`, to which sums are added, unless they are the first.
struct PanelSums: TileSums {
  var place: UnsafeMutablePointer<Float>
  var adds = true

  @inline(__always) func ask(_: Int, _: Int) {}

  @inline(__always)
  func store<let rows: Int, let columns: Int>(_ sums: InlineArray<rows, InlineArray<columns, Lane>>) {
    // Asked for each value, the question would stand between the vectors.
    if adds {
      for m in 0..<rows {
        for n in 0..<columns {
          let target = place + (m * columns + n) * Lane.width
          (Lane(target) + sums[m][n]).store(target)
        }
      }
    } else {
      for m in 0..<rows { for n in 0..<columns { sums[m][n].store(place + (m * columns + n) * Lane.width) } }
    }
  }

  @inline(__always) mutating func advance(_ rows: Int, _ columns: Int) { place += rows * columns * Lane.width }
}

/// Rows of whole lanes of a gradient, which are what is summed, or with `adds` that much more.
struct GradientRows: TileSums {
  var place: UnsafeMutablePointer<Float>
  /// Floats from row to row.
  var stride: Int
  var adds: Bool

  @inline(__always)
  func ask(_ rows: Int, _ columns: Int) {
    for m in 0..<rows {
      for n in Swift.stride(from: 0, to: columns, by: Lane.perLine) {
        processor_prefetch_write(place + m * stride + n * Lane.width)
      }
    }
  }

  @inline(__always)
  func store<let rows: Int, let columns: Int>(_ sums: InlineArray<rows, InlineArray<columns, Lane>>) {
    for m in 0..<rows {
      for n in 0..<columns {
        let target = place + m * stride + n * Lane.width
        (adds ? Lane(target) + sums[m][n] : sums[m][n]).store(target)
      }
    }
  }

  @inline(__always) mutating func advance(_ rows: Int, _: Int) { place += rows * stride }
}

/// Sums over pixels of a column of rows times a row of lanes: `lines` lines of `pixels` pixels, or pairs of pixels.
struct OuterProduct {
  var lines: Int
  var pixels: Int
  /// What is broadcast: one float for each row.
  var rows: Operand
  /// What is read in lanes.
  var lanes: Operand
  var laneCount: Int
  /// Whether the words are pairs of bf16 numbers.
  var pairs = false
  /// What to ask for with each pixel, and the bytes to the next.
  private var ahead: UnsafeRawPointer
  private var aheadStep = 0

  init(lines: Int, pixels: Int, rows: Operand, lanes: Operand, laneCount: Int, pairs: Bool = false) {
    self.lines = lines
    self.pixels = pixels
    self.rows = rows
    self.lanes = lanes
    self.laneCount = laneCount
    self.pairs = pairs
    ahead = UnsafeRawPointer(lanes.start)
  }

  /// Sums the products of `count` rows; turns to what follows them.
  mutating func run<T: TileSums>(
    _ count: Int, _ target: T, _ requests: UnsafeMutablePointer<some MemoryRequests>
  ) {
    var target = target
    let most = Tile.rows(laneCount)
    var row = 0
    var tilesLeft = (count + most - 1) / most
    while row < count {
      let tile = (count - row + tilesLeft - 1) / tilesLeft
      (ahead, aheadStep) = requests.pointee.next()
      self.tile(tile, target)
      target.advance(tile, laneCount)
      rows.start += tile
      row += tile
      tilesLeft -= 1
    }
  }

  @inline(__always)
  private mutating func tile<T: TileSums>(_ count: Int, _ target: T) {
    if Lane.hasBFloat16, pairs {
      if laneCount == 4 { return outer(InlineArray<4, Lane>.self, PairFactors.self, count, &self, target) }
      if laneCount == 3 { return outer(InlineArray<3, Lane>.self, PairFactors.self, count, &self, target) }
      if laneCount == 2 { return outer(InlineArray<2, Lane>.self, PairFactors.self, count, &self, target) }
      return outer(InlineArray<1, Lane>.self, PairFactors.self, count, &self, target)
    }
    if Tile.columns >= 4, laneCount == 4 {
      return outer(InlineArray<4, Lane>.self, FloatFactors.self, count, &self, target)
    }
    if Tile.columns >= 3, laneCount == 3 {
      return outer(InlineArray<3, Lane>.self, FloatFactors.self, count, &self, target)
    }
    if laneCount == 2 { return outer(InlineArray<2, Lane>.self, FloatFactors.self, count, &self, target) }
    outer(InlineArray<1, Lane>.self, FloatFactors.self, count, &self, target)
  }

  /// Sums the products of one register tile.
  @inline(__always)
  fileprivate func tile<F: Factors, T: TileSums, let rowCount: Int, let columns: Int>(
    _: InlineArray<rowCount, InlineArray<columns, Lane>>.Type, _: F.Type, _ target: T
  ) {
    target.ask(rowCount, columns)
    var sums = InlineArray<rowCount, InlineArray<columns, Lane>>(repeating: .init(repeating: .zero))
    var ahead = ahead
    for line in 0..<lines {
      var row = rows.start + line * rows.line
      var lane = lanes.start + line * lanes.line
      for _ in 0..<pixels {
        // With fewer rows the loads are the limit, and one more is one too many.
        if rowCount > 3, F.self != PairFactors.self {
          processor_prefetch(ahead)
          ahead += aheadStep
        }
        for m in 0..<rowCount {
          let value = Lane(repeating: row[m])
          for n in 0..<columns { F.addProduct(&sums[m][n], value, Lane(lane + n * Lane.width)) }
        }
        row += rows.pixel
        lane += lanes.pixel
      }
    }
    target.store(sums)
  }
}

@inline(never)
private func outer<F: Factors, T: TileSums, let columns: Int>(
  _: InlineArray<columns, Lane>.Type, _ factors: F.Type, _ rows: Int, _ product: UnsafePointer<OuterProduct>,
  _ target: T
) {
  let product = product.pointee
  typealias Row = InlineArray<columns, Lane>
  switch rows {
  case 1: product.tile(InlineArray<1, Row>.self, factors, target)
  case 2: product.tile(InlineArray<2, Row>.self, factors, target)
  case 3: product.tile(InlineArray<3, Row>.self, factors, target)
  case 4: product.tile(InlineArray<4, Row>.self, factors, target)
  case 5: product.tile(InlineArray<5, Row>.self, factors, target)
  case 6: product.tile(InlineArray<6, Row>.self, factors, target)
  case 7 where Tile.rows(columns) > 6: product.tile(InlineArray<7, Row>.self, factors, target)
  case 8 where Tile.rows(columns) > 6: product.tile(InlineArray<8, Row>.self, factors, target)
  case 9 where Tile.rows(columns) > 8: product.tile(InlineArray<9, Row>.self, factors, target)
  case 10 where Tile.rows(columns) > 8: product.tile(InlineArray<10, Row>.self, factors, target)
  case 11 where Tile.rows(columns) > 8: product.tile(InlineArray<11, Row>.self, factors, target)
  case 12 where Tile.rows(columns) > 8: product.tile(InlineArray<12, Row>.self, factors, target)
  default: break
  }
}
