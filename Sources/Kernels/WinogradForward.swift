import NNKernels

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
  let first = task / cut.blockChunks * cut.tilesPerStrip
  let firstBlock = task % cut.blockChunks * cut.blocksPerChunk
  let blocks = firstBlock..<min(plan.blocks, firstBlock + cut.blocksPerChunk)
  let blockWidth = Lane.width * Tile.columns
  let room = scratch.assumingMemoryBound(to: Float.self)
  let source = WinogradSource(
    start: a.source, height: plan.sourceHeight, width: plan.sourceWidth, words: plan.sourceWords,
    count: plan.sourceChannels, isBFloat16: plan.sourceElement == .bfloat16, room: room + cut.windowStart(blockWidth))
  let sources = room + cut.sourcesStart(blockWidth)
  var requests = nextSources(plan, cut, source, first)
  for turn in 0..<cut.parts {
    let part = cut.addsParts ? turn : cut.parts - 1 - turn
    let (y, x) = winogradPart(plan, cut.horizontalParts, part)
    let all = plan.geometry.batch * y.tiles * x.tiles
    if first >= all { continue }
    let strip = WinogradStrip(y: y, x: x, tiles: first..<min(all, first + cut.tilesPerStrip))
    let isPlain = strip.isSingleTap && plan.direction == .adjoint
    if !isPlain {
      transformStrip(
        source, strip, sources, plane: cut.sourcePlane, stride: cut.sourceStride, rounds: plan.multipliesBFloat16)
    }
    let blockWeights = y.weightPoints * x.weightPoints * winogradWeightPlane(plan.weightWords, blockWidth)
    for index in blocks {
      let block = WinogradBlock(index, channels: plan.destinationChannels)
      let weights = a.packed + winogradWeights(plan, cut, part) + index * blockWeights
      if isPlain {
        convolveSingleTap(arguments, strip, block, weights, room)
        continue
      }
      let products = room + cut.productsStart(blockWidth)
      multiplyPlanes(
        strip, sources, cut, weights, words: plan.weightWords, pairs: plan.multipliesBFloat16, block.lanes, products,
        &requests)
      let sums = cut.addsParts ? room + cut.sumsStart(blockWidth, block: index - firstBlock) : nil
      let results = WinogradResults(
        strip: strip, block: block, room: room, sums: sums, isFirst: !cut.addsParts || part == 0,
        isLast: !cut.addsParts || part == cut.parts - 1)
      results.finish(
        arguments,
        WinogradProducts(start: products, plane: cut.productPlane(blockWidth), stride: block.lanes * Lane.width))
    }
  }
}

/// Requests for the sources of the strip after the one that begins with tile `first`, if they are far.
private func nextSources(
  _ plan: ConvolutionPlan, _ cut: WinogradCut, _ source: WinogradSource, _ first: Int
) -> WinogradRequests? {
  if !cut.hasFarSources { return nil }
  let (y, x) = winogradPart(plan, cut.horizontalParts, cut.addsParts ? 0 : cut.parts - 1)
  let next = first + cut.tilesPerStrip
  let all = plan.geometry.batch * y.tiles * x.tiles
  if next >= all { return nil }
  return WinogradRequests(source, WinogradStrip(y: y, x: x, tiles: next..<min(all, next + cut.tilesPerStrip)))
}

/// Multiplies each plane of sources with its weights, a block of destination channels.
private func multiplyPlanes(
  _ strip: WinogradStrip, _ sources: UnsafePointer<Float>, _ cut: WinogradCut, _ weights: UnsafePointer<Float>,
  words: Int, pairs: Bool, _ lanes: Int, _ products: UnsafeMutablePointer<Float>,
  _ requests: inout WinogradRequests?
) {
  let (y, x) = (strip.y, strip.x)
  let width = lanes * Lane.width
  let productPlane = cut.productPlane(Lane.width * Tile.columns)
  let tiles = ProductTiles(strip.tiles.count, lanes: lanes)
  let asked = tiles.count * words * MatrixProduct.askedFloats
  for py in 0..<y.weightPoints {
    for px in 0..<x.weightPoints {
      let matrix = weights + (py * x.weightPoints + px) * winogradWeightPlane(words, width)
      // Where an axis has one tap, all its planes have these weights.
      for row in stride(from: py, to: y.points, by: y.weightPoints) {
        for column in stride(from: px, to: x.points, by: x.weightPoints) {
          let plane = row * x.points + column
          var product = MatrixProduct(
            sources: sources + plane * cut.sourcePlane, stride: cut.sourceStride, length: words, weights: matrix)
          if let start = requests?.take(asked) { product.ask(start) }
          product.run(tiles, pairs: pairs, products + plane * productPlane, adds: false)
        }
      }
    }
  }
}
