import NNKernels

/// `convolve` of a 3×3 adjoint of stride 2 to one lane of channels (`DirectCut.quadCount`): the four
/// destinations that follow from a source pixel, its right, lower and lower right neighbour are summed together, so that
/// each source value is read once for up to four products.
func convolveQuads(
  _ a: UnsafePointer<ConvolutionArguments>, _ cut: DirectCut, _ work: ConvolutionTask,
  _ scratch: UnsafeMutableRawPointer
) {
  let plan = a.pointee.plan
  let rows = work.rows.clamped(to: 0..<plan.sourceHeight)
  let columns = work.columns.clamped(to: 0..<plan.sourceWidth)
  if rows.isEmpty || columns.isEmpty { return }
  let sums = scratch.assumingMemoryBound(to: Float.self)
  let source = PaddedSource(a, image: work.image, columns: columns.lowerBound..<columns.upperBound + 1)
  var (above, below) = (sums + cut.windowStart, sums + cut.windowStart + source.rowCount)
  source.copyRow(rows.lowerBound, above)
  var quads = Quads(a.pointee, work, sums)
  for y in rows {
    source.copyRow(y + 1, below)
    let pixel = (work.image * plan.destinationHeight + 2 * y) * plan.destinationWidth + 2 * columns.lowerBound
    quads.run(columns.count, above, below, a.pointee.destination + pixel * plan.destinationWords)
    swap(&above, &below)
  }
}

/// What the tiles of a task have in common.
private struct Quads {
  /// Source channels.
  var channels: Int
  /// `[tap][source channel][lane]`: of the upper left destination one tap, of the upper right and lower left two each, of
  /// the lower right four.
  var weights: UnsafePointer<Float>
  /// Floats from a row of destinations to the next.
  var line: Int
  var epilogue: TileEpilogue

  init(_ a: ConvolutionArguments, _ work: ConvolutionTask, _ sums: UnsafeMutablePointer<Float>) {
    channels = a.plan.sourceChannels
    weights = work.weights
    line = a.plan.destinationWidth * a.plan.destinationWords
    epilogue = TileEpilogue(a, first: 0, tail: work.tail, stride: 2 * a.plan.destinationWords, sums: sums)
  }

  /// Computes a row of `count` source pixels.
  mutating func run(
    _ count: Int, _ above: UnsafePointer<Float>, _ below: UnsafePointer<Float>,
    _ destination: UnsafeMutablePointer<Float>
  ) {
    let most = Tile.quadRows
    var (x, tilesLeft) = (0, (count + most - 1) / most)
    while x < count {
      let rows = (count - x + tilesLeft - 1) / tilesLeft
      quads(rows, &self, above + x * channels, below + x * channels, destination + x * epilogue.stride)
      x += rows
      tilesLeft -= 1
    }
  }

  /// `rows` source pixels to four times as many destinations.
  @inline(__always)
  func tile<let rows: Int>(
    _: InlineArray<rows, Lane>.Type, _ above: UnsafePointer<Float>,
    _ below: UnsafePointer<Float>, _ destination: UnsafeMutablePointer<Float>
  ) {
    var upperLeft = InlineArray<rows, Lane>(repeating: .zero)
    var (upperRight, lowerLeft, lowerRight) = (upperLeft, upperLeft, upperLeft)
    var (above, below, weights) = (above, below, weights)
    let tap = channels * Lane.width
    for _ in 0..<channels {
      for m in 0..<rows {
        let v00 = Lane(repeating: above[m * channels])
        let v01 = Lane(repeating: above[(m + 1) * channels])
        let v10 = Lane(repeating: below[m * channels])
        let v11 = Lane(repeating: below[(m + 1) * channels])
        addProduct(&lowerRight[m], v00, Lane(weights + 5 * tap))
        addProduct(&upperLeft[m], v00, Lane(weights))
        addProduct(&upperRight[m], v00, Lane(weights + tap))
        addProduct(&lowerLeft[m], v00, Lane(weights + 3 * tap))
        addProduct(&lowerRight[m], v01, Lane(weights + 6 * tap))
        addProduct(&upperRight[m], v01, Lane(weights + 2 * tap))
        addProduct(&lowerRight[m], v10, Lane(weights + 7 * tap))
        addProduct(&lowerLeft[m], v10, Lane(weights + 4 * tap))
        addProduct(&lowerRight[m], v11, Lane(weights + 8 * tap))
      }
      above += 1
      below += 1
      weights += Lane.width
    }
    let right = epilogue.stride / 2
    store(upperLeft, destination)
    store(upperRight, destination + right)
    store(lowerLeft, destination + line)
    store(lowerRight, destination + line + right)
  }

  @inline(__always)
  private func store<let rows: Int>(
    _ sums: InlineArray<rows, Lane>, _ destination: UnsafeMutablePointer<Float>
  ) {
    let bias = epilogue.bias.map { Lane($0) } ?? Lane.zero
    if epilogue.isPlain {
      let floor = Lane(repeating: epilogue.activation == .relu ? 0 : -.infinity)
      for m in 0..<rows {
        let value = sums[m] + bias
        value.selecting(floor, where: value .< floor).store(destination + m * epilogue.stride)
      }
    } else {
      for m in 0..<rows { (sums[m] + bias).store(epilogue.sums + m * Lane.width) }
      var epilogue = epilogue
      finishTile(rows, 1, destination, &epilogue)
    }
  }
}

@inline(never)
private func quads(
  _ rows: Int, _ quads: UnsafePointer<Quads>, _ above: UnsafePointer<Float>, _ below: UnsafePointer<Float>,
  _ destination: UnsafeMutablePointer<Float>
) {
  let quads = quads.pointee
  switch rows {
  case 1: quads.tile(InlineArray<1, Lane>.self, above, below, destination)
  case 2: quads.tile(InlineArray<2, Lane>.self, above, below, destination)
  case 3 where Tile.quadRows > 2: quads.tile(InlineArray<3, Lane>.self, above, below, destination)
  case 4 where Tile.quadRows > 2: quads.tile(InlineArray<4, Lane>.self, above, below, destination)
  default: break
  }
}
