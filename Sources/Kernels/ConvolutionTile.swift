import CProcessor
import NNKernels

/// Where a tile's source values are: `rows` kernel rows of `runs` runs of `length` consecutive words, each a float or a
/// pair of bf16 numbers.
struct TileRuns {
  var rows: Int
  var rowStride: Int
  var runs: Int
  var runStride: Int
  var length: Int
  /// Words from a destination pixel's first value to the next one's.
  var pixelStride: Int
  /// Rows of sources that the next row of destinations needs besides: how many, how far the first is from the first value,
  /// and from row to row, in words.
  var newRows = 0
  var newRowsOffset = 0
  var newRowStride = 0
  /// Whether a tile of one pixel is all that there is.
  var isAlone = false
}

/// What a tile does with its sums.
struct TileEpilogue {
  /// Words from a destination pixel to the next.
  var stride: Int
  /// Channels in the last lane of the block.
  var tail: Int
  var bias: UnsafePointer<Float>?
  var activation: ActivationKind
  var gradient: ActivationKind
  var accumulate: Bool
  var slope: Float
  /// Bytes from a destination value to the saved activation at the same position.
  var savedOffset: Int
  /// Whether the destination is far away, in memory.
  var prefetches: Bool
  /// Room for one tile of sums.
  var sums: UnsafeMutablePointer<Float>
  /// Whether the destination and the saved activation are stored as bf16.
  var isBFloat16 = false
  /// What each pixel's values go through before they are stored.
  var projection: TileProjection?

  /// Whether sums go to memory as they are, but for relu and for rounding.
  @inline(__always) var isPlain: Bool {
    gradient == .identity && !accumulate && tail == Lane.width && (activation == .identity || activation == .relu)
      && projection == nil
  }
}

extension TileEpilogue {
  /// What a convolution without pooling does with the sums of the block that begins with channel `first`, whose last lane
  /// has `tail` channels; pixels lie `stride` words apart, and `sums` is the task's scratch memory. Where `addsBias` is
  /// false, the sums have their bias already.
  @inline(__always)
  init(
    _ a: ConvolutionArguments, first: Int, tail: Int, stride: Int, sums: UnsafeMutablePointer<Float>,
    addsBias: Bool = true, prefetches: Bool = false
  ) {
    self.init(
      stride: stride, tail: tail, bias: addsBias ? a.bias.map { $0 + first } : nil, activation: a.activation,
      gradient: a.saved == nil ? .identity : a.gradient, accumulate: a.accumulate, slope: a.slope,
      savedOffset: a.saved.map { UnsafeRawPointer($0) - UnsafeRawPointer(a.destination) } ?? 0,
      prefetches: prefetches && a.projection == nil, sums: sums,
      isBFloat16: a.plan.destinationElement == .bfloat16, projection: TileProjection(a, first: first, sums))
  }
}

/// `count` tiles that follow each other, each of `rows` pixels.
@inline(__always)
func convolutionTiles<F: Factors, let rows: Int, let columns: Int>(
  _ tile: InlineArray<rows, InlineArray<columns, Lane>>.Type, _ factors: F.Type, _ count: Int,
  _ source: UnsafePointer<Float>, _ runs: TileRuns, _ weights: UnsafePointer<Float>,
  _ destination: UnsafeMutablePointer<Float>, _ epilogue: UnsafePointer<TileEpilogue>
) {
  var (source, destination) = (source, destination)
  for _ in 0..<count {
    convolutionTile(tile, factors, source, runs, weights, destination, epilogue)
    source += rows * runs.pixelStride
    destination += rows * epilogue.pointee.stride
  }
}

/// `rows` pixels by `columns` lanes of channels: sums of source values times weights `[value][columns]`.
@inline(__always)
private func convolutionTile<F: Factors, let rows: Int, let columns: Int>(
  _: InlineArray<rows, InlineArray<columns, Lane>>.Type, _: F.Type, _ source: UnsafePointer<Float>, _ runs: TileRuns,
  _ weights: UnsafePointer<Float>, _ destination: UnsafeMutablePointer<Float>, _ epilogue: UnsafePointer<TileEpilogue>
) {
  var sums = InlineArray<rows, InlineArray<columns, Lane>>(repeating: .init(repeating: .zero))
  if rows == 1, F.leavesRegisters, runs.isAlone {
    sums[0] = sumsOfPixel(source, runs, weights)
    if let bias = epilogue.pointee.bias { for n in 0..<columns { sums[0][n] += Lane(bias + n * Lane.width) } }
    return storeTile(sums, destination, epilogue)
  }
  // Pixel by pixel between the products: asked for all at once, what comes from far away holds up what the products need.
  var asked = epilogue.pointee.prefetches || runs.newRows > 0 ? 0 : rows
  let productsPerPixel = max(1, runs.length / rows)
  var weights = weights
  for y in 0..<runs.rows {
    for x in 0..<runs.runs {
      var values = source + y * runs.rowStride + x * runs.runStride
      var left = runs.length
      while left > 0 {
        var count = left
        if asked < rows {
          prefetchPixel(destination + asked * epilogue.pointee.stride, columns, epilogue)
          prefetchNewRows(source + asked * runs.pixelStride, runs)
          asked += 1
          count = min(left, productsPerPixel)
        }
        left -= count
        for _ in 0..<count {
          for m in 0..<rows {
            let value = Lane(repeating: values[m * runs.pixelStride])
            for n in 0..<columns { F.addProduct(&sums[m][n], value, Lane(weights + n * Lane.width)) }
          }
          values += 1
          weights += columns * Lane.width
        }
      }
    }
  }
  if !F.leavesRegisters {
    let room = epilogue.pointee.sums
    for m in 0..<rows { for n in 0..<columns { sums[m][n].store(room + (m * columns + n) * Lane.width) } }
    return finishTile(rows, columns, destination, epilogue, bias: epilogue.pointee.bias)
  }
  if let bias = epilogue.pointee.bias {
    for n in 0..<columns {
      let value = Lane(bias + n * Lane.width)
      for m in 0..<rows { sums[m][n] += value }
    }
  }
  storeTile(sums, destination, epilogue)
}

/// The sums of one pixel, each in four parts: with one, each product would wait for the one before. Weights are read once,
/// from far away: they are asked for.
@inline(__always)
private func sumsOfPixel<let columns: Int>(
  _ source: UnsafePointer<Float>, _ runs: TileRuns, _ weights: UnsafePointer<Float>
) -> InlineArray<columns, Lane> {
  var parts = InlineArray<4, InlineArray<columns, Lane>>(repeating: .init(repeating: .zero))
  var weights = weights
  for y in 0..<runs.rows {
    for x in 0..<runs.runs {
      let values = source + y * runs.rowStride + x * runs.runStride
      for index in Swift.stride(from: 0, to: runs.length, by: 4) {
        for part in 0..<4 where index + part < runs.length {
          let value = Lane(repeating: values[index + part])
          for n in 0..<columns { addProduct(&parts[part][n], value, Lane(weights + n * Lane.width)) }
          processor_prefetch(weights + 1024)
          weights += columns * Lane.width
        }
      }
    }
  }
  var sums = parts[0]
  for n in 0..<columns { sums[n] = (parts[0][n] + parts[1][n]) + (parts[2][n] + parts[3][n]) }
  return sums
}

/// Does with a tile's sums, the bias among them, what the epilogue says.
@inline(__always)
func storeTile<let rows: Int, let columns: Int>(
  _ sums: InlineArray<rows, InlineArray<columns, Lane>>, _ destination: UnsafeMutablePointer<Float>,
  _ epilogue: UnsafePointer<TileEpilogue>
) {
  // The sums stay in registers only if little is done with them here.
  if epilogue.pointee.isPlain, !epilogue.pointee.isBFloat16 {
    storePlain(sums, destination, epilogue.pointee.stride, relu: epilogue.pointee.activation == .relu)
  } else {
    let room = epilogue.pointee.sums
    for m in 0..<rows { for n in 0..<columns { sums[m][n].store(room + (m * columns + n) * Lane.width) } }
    finishTile(rows, columns, destination, epilogue)
  }
}

/// Asks for what the epilogue will need of one pixel, so that it is near when the sums are done.
@inline(__always)
private func prefetchPixel(
  _ destination: UnsafePointer<Float>, _ columns: Int, _ epilogue: UnsafePointer<TileEpilogue>
) {
  if !epilogue.pointee.prefetches { return }
  let saved = UnsafeRawPointer(destination) + epilogue.pointee.savedOffset
  let step = Lane.words(epilogue.pointee.isBFloat16)
  for n in stride(from: 0, to: columns, by: Lane.perLine) {
    processor_prefetch_write(destination + n * step)
    if epilogue.pointee.gradient != .identity { processor_prefetch(saved + n * step * 4) }
  }
}

/// Asks for what the pixel below needs and this one does not.
@inline(__always)
private func prefetchNewRows(_ source: UnsafePointer<Float>, _ runs: TileRuns) {
  var (line, rows) = (source + runs.newRowsOffset, runs.newRows)
  while rows > 0 {
    var (word, left) = (line, runs.pixelStride)
    while left > 0 {
      processor_prefetch(word)
      word += Lane.perLine * Lane.width
      left &-= Lane.perLine * Lane.width
    }
    line += runs.newRowStride
    rows &-= 1
  }
}

@inline(__always)
private func storePlain<let rows: Int, let columns: Int>(
  _ sums: InlineArray<rows, InlineArray<columns, Lane>>, _ destination: UnsafeMutablePointer<Float>, _ stride: Int,
  relu: Bool
) {
  if relu {
    for m in 0..<rows {
      for n in 0..<columns {
        let value = sums[m][n]
        value.selecting(Lane.zero, where: value .< Lane.zero).store(destination + m * stride + n * Lane.width)
      }
    }
  } else {
    for m in 0..<rows { for n in 0..<columns { sums[m][n].store(destination + m * stride + n * Lane.width) } }
  }
}

/// The epilogues that are not worth a copy in every tile: takes the sums from `epilogue.sums`, and adds the bias.
@inline(never)
func finishTile(
  _ rows: Int, _ columns: Int, _ destination: UnsafeMutablePointer<Float>, _ epilogue: UnsafePointer<TileEpilogue>,
  bias: UnsafePointer<Float>? = nil
) {
  let e = epilogue.pointee
  if let bias { addBias(bias, rows, columns, e.sums) }
  if e.projection != nil { return projectTile(rows, columns, destination, epilogue) }
  if Lane.hasBFloat16, e.isBFloat16, e.isPlain { return roundTile(rows, columns, destination, e) }
  if e.activation.isCheap { return finish(rows, columns, destination, e) { activateCheaply($0, e) } }
  finish(rows, columns, destination, e) { activate(e.activation, $0, slope: e.slope) }
}

@inline(__always)
private func addBias(_ bias: UnsafePointer<Float>, _ rows: Int, _ columns: Int, _ sums: UnsafeMutablePointer<Float>) {
  for n in 0..<columns {
    let value = Lane(bias + n * Lane.width)
    for m in 0..<rows {
      let place = sums + (m * columns + n) * Lane.width
      (Lane(place) + value).store(place)
    }
  }
}

/// Stores sums as bf16.
@inline(__always)
private func roundTile(_ rows: Int, _ columns: Int, _ destination: UnsafeMutablePointer<Float>, _ e: TileEpilogue) {
  let floor = Lane(repeating: e.activation == .relu ? 0 : -.infinity)
  var sums = UnsafePointer(e.sums)
  for m in 0..<rows {
    for n in 0..<columns {
      let value = Lane(sums)
      value.selecting(floor, where: value .< floor)
        .store(destination + m * e.stride + n * Lane.words(true), isBFloat16: true)
      sums += Lane.width
    }
  }
}

@inline(__always)
private func finish(
  _ rows: Int, _ columns: Int, _ destination: UnsafeMutablePointer<Float>, _ e: TileEpilogue,
  _ activate: (Lane) -> Lane
) {
  var sums = UnsafePointer(e.sums)
  for m in 0..<rows {
    for n in 0..<columns {
      let target = destination + m * e.stride + n * Lane.words(e.isBFloat16)
      var value = activate(Lane(sums))
      if e.gradient != .identity {
        let saved = (UnsafeRawPointer(target) + e.savedOffset).assumingMemoryBound(to: Float.self)
        value *= activationDerivative(e.gradient, Lane(saved, isBFloat16: e.isBFloat16), slope: e.slope)
      }
      if e.accumulate { value += Lane(target, isBFloat16: e.isBFloat16) }
      value.store(target, count: n == columns - 1 ? e.tail : Lane.width, isBFloat16: e.isBFloat16)
      sums += Lane.width
    }
  }
}

@inline(__always)
private func activateCheaply(_ value: Lane, _ e: TileEpilogue) -> Lane {
  switch e.activation {
  case .relu: value.selecting(Lane.zero, where: value .< Lane.zero)
  case .leakyRelu: value.selecting(value * e.slope, where: value .< Lane.zero)
  default: value
  }
}

extension ActivationKind {
  /// Whether it needs no elementary function.
  @inline(__always) fileprivate var isCheap: Bool { self == .identity || self == .relu || self == .leakyRelu }
}
