import NNKernels

/// `convolve` and `convolvePool` by Winograd's algorithm from weights as they are.
func winogradUnpackedConvolve(
  _ arguments: UnsafePointer<ConvolutionArguments>, _ cut: WinogradUnpackedCut, _ task: Int,
  _ scratch: UnsafeMutableRawPointer
) {
  let plan = arguments.pointee.plan
  let firstBlock = task % cut.blockChunks * cut.blocksPerChunk
  let blocks = firstBlock..<min(plan.blocks, firstBlock + cut.blocksPerChunk)
  var rest = task / cut.blockChunks
  var parts = 0..<cut.parts
  if !cut.addsParts {
    parts = rest % cut.parts..<rest % cut.parts + 1
    rest /= cut.parts
  }
  let (y, x) = winogradPart(plan, cut.horizontalParts, parts.lowerBound)
  let tiles = rest * cut.tilesPerStrip..<min(plan.geometry.batch * y.tiles * x.tiles, (rest + 1) * cut.tilesPerStrip)
  if tiles.lowerBound >= tiles.upperBound { return }
  let room = scratch.assumingMemoryBound(to: Float.self)
  for part in parts {
    let (y, x) = winogradPart(plan, cut.horizontalParts, part)
    addPart(arguments, cut, WinogradStrip(y: y, x: x, tiles: tiles), blocks, isFirst: part == parts.lowerBound, room)
  }
  let blockWidth = Lane.width * Tile.columns
  for index in blocks {
    let block = WinogradBlock(index, channels: plan.destinationChannels)
    let results = WinogradResults(
      strip: WinogradStrip(y: y, x: x, tiles: tiles), block: block, room: room, sums: nil, isFirst: true, isLast: true)
    let products = room + cut.productsStart(blockWidth) + (index - firstBlock) * cut.productsCount(blockWidth)
    results.finish(
      arguments,
      WinogradProducts(
        start: products, plane: cut.productPlane(blockWidth), columns: x.points, stride: block.lanes * Lane.width))
  }
}

/// Adds the products of a part, all source channels, to the blocks'; the first ones are stored.
private func addPart(
  _ arguments: UnsafePointer<ConvolutionArguments>, _ cut: WinogradUnpackedCut, _ strip: WinogradStrip,
  _ blocks: Range<Int>, isFirst: Bool, _ room: UnsafeMutablePointer<Float>
) {
  let a = arguments.pointee
  let plan = a.plan
  let blockWidth = Lane.width * Tile.columns
  let (sources, weights) = (room + cut.sourcesStart(blockWidth), room + cut.weightsStart(blockWidth))
  for first in stride(from: 0, to: plan.sourceChannels, by: cut.sourcesPerChunk) {
    let chunk = first..<min(plan.sourceChannels, first + cut.sourcesPerChunk)
    let source = WinogradSource(
      start: a.source + first, height: plan.sourceHeight, width: plan.sourceWidth, words: plan.sourceWords,
      count: chunk.count, isBFloat16: false, room: room + cut.windowStart(blockWidth))
    transformStrip(source, strip, sources, plane: cut.sourcePlane, stride: cut.sourcesPerChunk, rounds: false)
    for index in blocks {
      let block = WinogradBlock(index, channels: plan.destinationChannels)
      let taps = WinogradWeights(
        plan, a.packed, strip.y, strip.x, block, plane: cut.weightPlane(blockWidth),
        room: room + cut.tapsStart(blockWidth))
      taps.transform(chunk, weights)
      let products = cut.productsStart(blockWidth) + (index - blocks.lowerBound) * cut.productsCount(blockWidth)
      addPlanes(
        strip, cut, sources, weights, channels: chunk.count, block.lanes, room + products, adds: !isFirst || first > 0)
    }
  }
}

/// Multiplies each plane of sources with its weights.
private func addPlanes(
  _ strip: WinogradStrip, _ cut: WinogradUnpackedCut, _ sources: UnsafePointer<Float>,
  _ weights: UnsafePointer<Float>, channels: Int, _ lanes: Int, _ products: UnsafeMutablePointer<Float>, adds: Bool
) {
  let (y, x) = (strip.y, strip.x)
  let blockWidth = Lane.width * Tile.columns
  let tiles = ProductTiles(strip.tiles.count, lanes: lanes)
  for row in 0..<y.points {
    for column in 0..<x.points {
      // Where an axis has one tap, all its planes have the same weights.
      let matrix = (y.taps == 1 ? 0 : row) * x.weightPoints + (x.taps == 1 ? 0 : column)
      let plane = row * x.points + column
      let product = MatrixProduct(
        sources: sources + plane * cut.sourcePlane, stride: cut.sourcesPerChunk, length: channels,
        weights: weights + matrix * cut.weightPlane(blockWidth))
      product.run(tiles, pairs: false, products + plane * cut.productPlane(blockWidth), adds: adds)
    }
  }
}
