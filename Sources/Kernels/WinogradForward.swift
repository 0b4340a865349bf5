import CProcessor
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
  var next = WinogradTurn(plan, cut, 0)
  var requests = nextSources(plan, cut, source, next, first)
  let asksWeights = cut.hasFarWeights(strip: task / cut.blockChunks, asksMuch: processor_streams_slowly())
  for turn in 0..<cut.parts {
    let now = next
    if cut.parts > 1 { next = WinogradTurn(plan, cut, turn + 1 < cut.parts ? turn + 1 : 0) }
    let all = plan.geometry.batch * now.y.tiles * now.x.tiles
    if first >= all { continue }
    let strip = WinogradStrip(y: now.y, x: now.x, tiles: first..<min(all, first + cut.tilesPerStrip))
    let isFirst = !cut.addsParts || turn == 0
    let isLast = !cut.addsParts || turn == cut.parts - 1
    // What is stored by the first parts must be added up: the last one may end in anything.
    let isPlain = strip.isSingleTap && (cut.addsParts ? !isLast && !source.isBFloat16 : plan.direction == .adjoint)
    if !isPlain {
      transformStrip(
        source, strip, sources, plane: cut.sourcePlane, stride: cut.sourceStride, rounds: plan.multipliesBFloat16)
    }
    for index in blocks {
      let block = WinogradBlock(index, channels: plan.destinationChannels)
      let weights = a.packed + now.weights + index * now.blockWeights
      let sums =
        cut.addsParts
        ? WinogradSums(
          room + cut.sumsStart(blockWidth, block: index - firstBlock), tiles: strip.tiles.count, lanes: block.lanes)
        : nil
      if isPlain {
        if let sums {
          addSingleTap(source, strip, block, weights, sums, adds: !isFirst)
        } else {
          convolveSingleTap(arguments, strip, block, weights, room)
        }
        continue
      }
      let products = room + cut.productsStart(blockWidth)
      let after =
        index + 1 < blocks.upperBound
        ? weights + now.blockWeights : a.packed + next.weights + firstBlock * next.blockWeights
      multiplyPlanes(
        strip, sources, cut, weights, after: asksWeights ? after : nil, words: plan.weightWords,
        pairs: plan.multipliesBFloat16, block.lanes, products, &requests)
      let results = WinogradResults(
        strip: strip, block: block, room: room, sums: sums, isFirst: isFirst, isLast: isLast)
      results.finish(
        arguments,
        WinogradProducts(
          start: products, plane: cut.productPlane(blockWidth), columns: strip.x.points,
          stride: block.lanes * Lane.width))
    }
  }
}

/// The part that a task goes through at some turn, from the last one on: those of one tap come before others.
private struct WinogradTurn {
  var y: WinogradAxis
  var x: WinogradAxis
  /// Where its packed weights begin, and their words of a block.
  var weights: Int
  var blockWeights: Int

  @inline(never)
  init(_ plan: ConvolutionPlan, _ cut: WinogradCut, _ turn: Int) {
    let part = cut.parts - 1 - turn
    (y, x) = winogradPart(plan, cut.horizontalParts, part)
    weights = winogradWeights(plan, cut, part)
    blockWeights =
      y.weightPoints * x.weightPoints * winogradWeightPlane(plan.weightWords, Lane.width * Tile.columns)
  }
}

/// Requests for the sources, at the first turn, of the strip after the one that begins with tile `first`, if they are far.
private func nextSources(
  _ plan: ConvolutionPlan, _ cut: WinogradCut, _ source: WinogradSource, _ turn: WinogradTurn, _ first: Int
) -> WinogradRequests? {
  if !cut.hasFarSources { return nil }
  let (y, x) = (turn.y, turn.x)
  let next = first + cut.tilesPerStrip
  let all = plan.geometry.batch * y.tiles * x.tiles
  if next >= all { return nil }
  return WinogradRequests(source, WinogradStrip(y: y, x: x, tiles: next..<min(all, next + cut.tilesPerStrip)))
}

/// Multiplies each plane of sources with its weights, a block of destination channels; asks for those that come next, and
/// `after` the last plane if they are not nil.
private func multiplyPlanes(
  _ strip: WinogradStrip, _ sources: UnsafePointer<Float>, _ cut: WinogradCut, _ weights: UnsafePointer<Float>,
  after: UnsafePointer<Float>?, words: Int, pairs: Bool, _ lanes: Int, _ products: UnsafeMutablePointer<Float>,
  _ requests: inout WinogradRequests?
) {
  let (y, x) = (strip.y, strip.x)
  let matrixWords = winogradWeightPlane(words, lanes * Lane.width)
  let productPlane = cut.productPlane(Lane.width * Tile.columns)
  let tiles = ProductTiles(strip.tiles.count, lanes: lanes)
  let pieces = pairs ? 1 : MatrixProduct.pieces(words, lanes: lanes)
  let asked = tiles.count * words * MatrixProduct.askedFloats
  for py in 0..<y.weightPoints {
    for px in 0..<x.weightPoints {
      let index = py * x.weightPoints + px
      let matrix = weights + index * matrixWords
      var next = after
      if next != nil, index + 1 < y.weightPoints * x.weightPoints { next = matrix + matrixWords }
      // Where an axis has one tap, all its planes have these weights.
      for row in stride(from: py, to: y.points, by: y.weightPoints) {
        for column in stride(from: px, to: x.points, by: x.weightPoints) {
          let plane = row * x.points + column
          for piece in 0..<pieces {
            let first = piece * words / pieces
            let skipped = first * lanes * Lane.width
            var product = MatrixProduct(
              sources: sources + plane * cut.sourcePlane + first, stride: cut.sourceStride,
              length: (piece + 1) * words / pieces - first, weights: matrix + skipped)
            if let start = requests?.take(asked / pieces) { product.ask(start) }
            if let start = next { product.askWeights(start + skipped, lanes: lanes) }
            product.run(tiles, pairs: pairs, products + plane * productPlane, adds: piece > 0)
          }
          next = nil
        }
      }
    }
  }
}
