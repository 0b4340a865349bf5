import NNKernels

/// The part of a plan by Winograd's algorithm that one task computes.
private struct WinogradTask {
  var strip: Int
  var parts: Range<Int>
  var blocks: Range<Int>

  init(_ plan: ConvolutionPlan, _ cut: WinogradCut, _ task: Int) {
    var rest = task
    let block = rest % cut.blockChunks * cut.blocksPerChunk
    rest /= cut.blockChunks
    blocks = block..<min(plan.blocks, block + cut.blocksPerChunk)
    let groups = cut.verticalParts * cut.horizontalParts / cut.partsPerTask
    let part = rest % groups * cut.partsPerTask
    parts = part..<part + cut.partsPerTask
    strip = rest / groups
  }
}

/// A block of destination channels of a plan.
struct WinogradBlock {
  var first: Int
  /// Lanes, and channels in the last of them.
  var lanes: Int
  var tail: Int

  @inline(__always)
  init(_ block: Int, channels: Int) {
    first = block * Lane.width * Tile.columns
    let count = min(Lane.width * Tile.columns, channels - first)
    lanes = (count + Lane.width - 1) / Lane.width
    tail = count - (lanes - 1) * Lane.width
  }
}

/// `convolve` and `convolvePool` by Winograd's algorithm.
func winogradConvolve(
  _ arguments: UnsafePointer<ConvolutionArguments>, _ cut: WinogradCut, _ task: Int,
  _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.pointee
  let plan = a.plan
  let work = WinogradTask(plan, cut, task)
  let blockWidth = Lane.width * Tile.columns
  let room = scratch.assumingMemoryBound(to: Float.self)
  let source = WinogradSource(
    start: a.source, height: plan.sourceHeight, width: plan.sourceWidth, channels: plan.sourceChannels,
    count: plan.sourceChannels, room: room + cut.windowStart(blockWidth))
  let sources = room + cut.sourcesStart(blockWidth)
  for part in work.parts {
    let (y, x) = winogradPart(plan, cut, part)
    let all = plan.geometry.batch * y.tiles * x.tiles
    let first = work.strip * cut.tilesPerStrip
    if first >= all { continue }
    let strip = WinogradStrip(y: y, x: x, tiles: first..<min(all, first + cut.tilesPerStrip))
    transformStrip(source, strip, sources, plane: cut.sourcePlane, stride: cut.sourceStride)
    let weights = a.packed + winogradWeights(plan, cut, part)
    for index in work.blocks {
      let block = WinogradBlock(index, channels: plan.destinationChannels)
      let products = WinogradProducts(
        start: room + cut.productsStart(blockWidth), plane: cut.productPlane(blockWidth),
        stride: block.lanes * Lane.width)
      multiplyPlanes(
        strip, sources, cut, weights + y.weightPoints * x.weightPoints * plan.sourceChannels * block.first,
        channels: plan.sourceChannels, block.lanes, room + cut.productsStart(blockWidth))
      let sums =
        cut.partsPerTask > 1
        ? room + cut.sumsStart(blockWidth) + (index - work.blocks.lowerBound) * cut.sumsCount(blockWidth) : nil
      let results = WinogradResults(
        strip: strip, block: block, room: room, sums: sums, isFirst: part == work.parts.lowerBound,
        isLast: part == work.parts.upperBound - 1)
      results.finish(arguments, products)
    }
  }
}

/// Multiplies each plane of sources with its weights, a block of destination channels.
private func multiplyPlanes(
  _ strip: WinogradStrip, _ sources: UnsafePointer<Float>, _ cut: WinogradCut, _ weights: UnsafePointer<Float>,
  channels: Int, _ lanes: Int, _ products: UnsafeMutablePointer<Float>
) {
  let (y, x) = (strip.y, strip.x)
  let width = lanes * Lane.width
  let productPlane = cut.productPlane(Lane.width * Tile.columns)
  var epilogue = TileEpilogue(
    stride: width, tail: Lane.width, bias: nil, activation: .identity, gradient: .identity, accumulate: false,
    slope: 0, savedOffset: 0, prefetches: false, sums: products)
  var runs = TileRuns(
    rows: 1, rowStride: 0, runs: 1, runStride: 0, length: channels, pixelStride: cut.sourceStride)
  let most = Tile.rows(lanes)
  for py in 0..<y.weightPoints {
    for px in 0..<x.weightPoints {
      let matrix = weights + (py * x.weightPoints + px) * channels * width
      // Where an axis has one tap, all its planes have these weights.
      for row in stride(from: py, to: y.points, by: y.weightPoints) {
        for column in stride(from: px, to: x.points, by: x.weightPoints) {
          let plane = row * x.points + column
          var source = sources + plane * cut.sourcePlane
          var target = products + plane * productPlane
          var left = strip.tiles.count
          var tilesLeft = (left + most - 1) / most
          while left > 0 {
            let count = (left + tilesLeft - 1) / tilesLeft
            runConvolutionTile(count, lanes, source, &runs, matrix, target, &epilogue)
            source += count * cut.sourceStride
            target += count * width
            left -= count
            tilesLeft -= 1
          }
        }
      }
    }
  }
}
