import NNKernels

/// `convolve` and `convolvePool` by Winograd's algorithm down the columns only.
func winograd4x1Convolve(
  _ arguments: UnsafePointer<ConvolutionArguments>, _ cut: Winograd4x1Cut, _ task: Int,
  _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.pointee
  let plan = a.plan
  let blockWidth = Lane.width * Tile.columns
  let room = scratch.assumingMemoryBound(to: Float.self)
  let (sources, products) = (room + cut.sourcesStart(blockWidth), room + cut.productsStart(blockWidth))
  let (y, x) = winogradPart(plan, 1, 0)
  let (line, chunk) = (task / cut.blockChunks / cut.rowChunks, task / cut.blockChunks % cut.rowChunks)
  let firstTile = chunk * cut.tilesPerTask
  let tiles = firstTile..<min(cut.tilesPerRow, firstTile + cut.tilesPerTask)
  if tiles.isEmpty { return }
  transformRows(
    arguments, image: line / cut.tileRows, top: line % cut.tileRows * y.tile + y.sourceStart,
    left: firstTile * x.tile + x.sourceStart, columns: tiles.count * x.tile + 2, sources, row: cut.sourceRow)
  // What is left is a convolution of one tap across, whose products are 1×3 taps each.
  var across = x
  across.taps = 1
  let firstBlock = task % cut.blockChunks * cut.blocksPerChunk
  for index in firstBlock..<min(plan.blocks, firstBlock + cut.blocksPerChunk) {
    let block = WinogradBlock(index, channels: plan.destinationChannels)
    let width = block.lanes * Lane.width
    let weights = a.packed + index * Winograd4x1Cut.points * cut.weightPlane(blockWidth)
    for first in stride(from: tiles.lowerBound, to: tiles.upperBound, by: cut.tilesPerStrip) {
      let strip = first..<min(tiles.upperBound, first + cut.tilesPerStrip)
      let pixels = strip.count * x.tile
      let rows = ProductTiles(pixels, lanes: block.lanes)
      for point in 0..<Winograd4x1Cut.points {
        MatrixProduct(
          sources: sources + point * cut.sourceRow + (first - firstTile) * x.tile * cut.sources, stride: cut.sources,
          length: x.taps * cut.sources, weights: weights + point * cut.weightPlane(width)
        ).run(rows, pairs: false, products + point * pixels * width, adds: false)
      }
      let numbers = strip.lowerBound + line * x.tiles..<strip.upperBound + line * x.tiles
      WinogradResults(
        strip: WinogradStrip(y: y, x: across, tiles: numbers), block: block, room: room, sums: nil, isFirst: true,
        isLast: true
      ).finish(
        arguments, WinogradProducts(start: products, row: pixels * width, column: width, stride: x.tile * width))
    }
  }
}

/// Transforms six rows of sources down their columns, from row `top` and column `left` on, with zeros around the image.
private func transformRows(
  _ arguments: UnsafePointer<ConvolutionArguments>, image: Int, top: Int, left: Int, columns: Int,
  _ target: UnsafeMutablePointer<Float>, row: Int
) {
  let source = PaddedSource(arguments, image: image, columns: left..<left + columns)
  for index in 0..<Winograd4x1Cut.points { source.copyRow(top + index, target + index * row) }
  for offset in stride(from: 0, to: source.rowCount, by: Lane.width) {
    let target = target + offset
    let column: InlineArray<6, Lane> = gathered { Lane(target + $0 * row) }
    let transformed = transformSources(column)
    unrolled(Winograd4x1Cut.points) { transformed[$0].store(target + $0 * row) }
  }
}

/// `packWeights` of one block: to `[block][point][column of taps][source channel][block's lanes]`, 16 words of nothing behind
/// each point.
func packWinograd4x1Weights(
  _ a: UnsafePointer<ConvolutionPackArguments>, _ cut: Winograd4x1Cut, _ index: Int, _ scratch: UnsafeMutableRawPointer
) {
  let plan = a.pointee.plan
  let (y, x) = winogradPart(plan, 1, 0)
  let block = WinogradBlock(index, channels: plan.destinationChannels)
  let width = block.lanes * Lane.width
  let packed = a.pointee.packed + index * Winograd4x1Cut.points * cut.weightPlane(Lane.width * Tile.columns)
  var tap = x
  tap.taps = 1
  for column in 0..<x.taps {
    tap.kernelStart = x.kernelStart + column * x.kernelStep
    WinogradWeights(
      plan, a.pointee.weights, y, tap, block, plane: cut.weightPlane(width),
      room: scratch.assumingMemoryBound(to: Float.self)
    ).transform(0..<cut.sources, packed + column * cut.sources * width)
  }
}
