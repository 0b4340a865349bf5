import CProcessor
import NNKernels

/// `convolve` of a matrix product of few pixels, whose weights are read once, one after the other, as they are.
func unpackedConvolve(
  _ arguments: UnsafePointer<ConvolutionArguments>, _ cut: UnpackedCut, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.pointee
  let all = a.plan.destinationChannels
  let first = task * cut.channelsPerTask
  let count = min(cut.channelsPerTask, all - first)
  let lanes = (count + Lane.width - 1) / Lane.width
  let sums = scratch.assumingMemoryBound(to: Float.self)
  if a.plan.direction == .forward {
    sumRows(a, cut.pixels, a.packed + first, lanes: lanes, sums)
  } else {
    sumProducts(a, cut.pixels, a.packed + first * a.plan.sourceChannels, count: count, sums)
  }
  // Sums lie lane by lane: rows of pixels would be a power of two apart, where no cache keeps many of them.
  var epilogue = TileEpilogue(a, first: first, tail: Lane.width, stride: a.plan.destinationWords, sums: sums)
  for lane in 0..<lanes {
    if lane == lanes - 1 { epilogue.tail = count - lane * Lane.width }
    let target = a.destination + a.plan.destinationWord(first + lane * Lane.width)
    finishTile(cut.pixels, 1, target, &epilogue, bias: epilogue.bias.map { $0 + lane * Lane.width })
    epilogue.sums += cut.pixels * Lane.width
  }
}

/// Sums of rows of weights, each times a source of each pixel, at `sums` `[lane][pixel]`: four rows at a time, while those to come
/// are asked for.
private func sumRows(
  _ a: ConvolutionArguments, _ pixels: Int, _ weights: UnsafePointer<Float>, lanes: Int,
  _ sums: UnsafeMutablePointer<Float>
) {
  let (rows, stride) = (a.plan.sourceChannels, a.plan.destinationChannels)
  clear(sums, pixels * lanes * Lane.width)
  var row = 0
  while row < rows {
    let (values, start) = (a.source + row, weights + row * stride)
    if row + 4 <= rows {
      addRows(InlineArray<4, Lane>.self, values, a.plan.sourceWords, pixels, start, stride, lanes, sums)
      row += 4
    } else {
      addRows(InlineArray<1, Lane>.self, values, a.plan.sourceWords, pixels, start, stride, lanes, sums)
      row += 1
    }
  }
}

@inline(never)
private func addRows<let rows: Int>(
  _: InlineArray<rows, Lane>.Type, _ values: UnsafePointer<Float>, _ words: Int, _ pixels: Int,
  _ weights: UnsafePointer<Float>, _ stride: Int, _ lanes: Int, _ sums: UnsafeMutablePointer<Float>
) {
  for lane in 0..<lanes {
    let start = weights + lane * Lane.width
    var factors = InlineArray<rows, Lane>(repeating: .zero)
    for row in 0..<rows {
      factors[row] = Lane(start + row * stride)
      processor_prefetch(start + (2 * rows + row) * stride)
    }
    var (target, value) = (sums + lane * pixels * Lane.width, values)
    for _ in 0..<pixels {
      var sum = Lane(target)
      for row in 0..<rows { addProduct(&sum, factors[row], Lane(repeating: value[row])) }
      sum.store(target)
      target += Lane.width
      value += words
    }
  }
}

/// Sums of products of each of `count` rows of weights with each pixel's sources, at `sums` `[lane of rows][pixel]`.
private func sumProducts(
  _ a: ConvolutionArguments, _ pixels: Int, _ weights: UnsafePointer<Float>, count: Int,
  _ sums: UnsafeMutablePointer<Float>
) {
  let products = RowProducts(
    sources: a.source, pixelStride: a.plan.sourceWords, length: a.plan.sourceChannels, weights: weights, sums: sums,
    sumStride: pixels * Lane.width)
  // Rows that a second group of pixels reads again stay near.
  for first in stride(from: 0, to: count, by: RowProducts.near) {
    var (part, left) = (products, pixels)
    part.weights += first * products.length
    part.first = first
    while left > 0 {
      let group = min(left, 8)
      part.run(group, rows: min(RowProducts.near, count - first))
      part.sources += group * products.pixelStride
      part.sums += group * Lane.width
      left -= group
    }
  }
}

/// Rows of weights, and pixels that each is multiplied with.
private struct RowProducts {
  var sources: UnsafePointer<Float>
  var pixelStride: Int
  /// Weights of a row, and sources of a pixel.
  var length: Int
  var weights: UnsafePointer<Float>
  /// The sum of the task's first row and the first pixel; floats to those of the next lane of rows.
  var sums: UnsafeMutablePointer<Float>
  var sumStride: Int
  /// The first row among the task's.
  var first = 0

  /// Rows that are gone through for all pixels before the next ones.
  static var near: Int { 8 }

  @inline(never)
  func run(_ pixels: Int, rows: Int) {
    switch pixels {
    case 1: run(InlineArray<1, Lane>.self, rows)
    case 2: run(InlineArray<2, Lane>.self, rows)
    case 3: run(InlineArray<3, Lane>.self, rows)
    case 4: run(InlineArray<4, Lane>.self, rows)
    case 5: run(InlineArray<5, Lane>.self, rows)
    case 6: run(InlineArray<6, Lane>.self, rows)
    case 7: run(InlineArray<7, Lane>.self, rows)
    default: run(InlineArray<8, Lane>.self, rows)
    }
  }

  @inline(__always)
  private func run<let pixels: Int>(_: InlineArray<pixels, Lane>.Type, _ rows: Int) {
    typealias Row = InlineArray<pixels, Lane>
    var row = 0
    // As many sums as there are registers for, and enough that none waits for another.
    if Tile.columns >= 4, pixels <= 4 {
      while row + 4 <= rows {
        multiply(InlineArray<4, Row>.self, row)
        row += 4
      }
    }
    while row + 2 <= rows {
      multiply(InlineArray<2, Row>.self, row)
      row += 2
    }
    if row < rows { multiply(InlineArray<1, Row>.self, row) }
  }

  @inline(__always)
  private func multiply<let rows: Int, let pixels: Int>(
    _: InlineArray<rows, InlineArray<pixels, Lane>>.Type, _ row: Int
  ) {
    var products = InlineArray<rows, InlineArray<pixels, Lane>>(repeating: .init(repeating: .zero))
    let start = weights + row * length
    let whole = length / Lane.width * Lane.width
    var word = 0
    while word < whole {
      for m in 0..<rows {
        let factor = Lane(start + m * length + word)
        processor_prefetch(start + (rows + m) * length + word)
        for n in 0..<pixels { addProduct(&products[m][n], Lane(sources + n * pixelStride + word), factor) }
      }
      word += Lane.width
    }
    if whole < length {
      for m in 0..<rows {
        let factor = Lane(start + m * length + whole, count: length - whole)
        for n in 0..<pixels {
          addProduct(&products[m][n], Lane(sources + n * pixelStride + whole, count: length - whole), factor)
        }
      }
    }
    for m in 0..<rows {
      let (lane, element) = (first + row + m).quotientAndRemainder(dividingBy: Lane.width)
      let target = sums + lane * sumStride + element
      for n in 0..<pixels { target[n * Lane.width] = products[m][n].quarters.sum() }
    }
  }
}
