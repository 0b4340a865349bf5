import NNKernels

/// The part of a weight gradient by Winograd's algorithm that one task computes.
private struct WinogradGradientTask {
  var split: Int
  var part: Int
  var chunks: WinogradGradientChunks
  var rows: Range<Int>
  var blocks: Range<Int>
  /// The channels whose sums this task also computes, of the side that the plan names.
  var biasChannels = 0..<0

  init(_ plan: WeightGradientPlan, _ cut: WinogradGradientCut, _ task: Int) {
    let g = plan.geometry
    let chunk: Int
    (split, part, chunk) = cut.place(ofTask: task)
    chunks = cut.chunks(ofPart: part)
    let firstBlock = chunk % chunks.blockChunks * chunks.blocksPerChunk
    let row = chunk / chunks.blockChunks * chunks.rowsPerChunk
    rows = min(row, g.inputChannels)..<min(g.inputChannels, row + chunks.rowsPerChunk)
    let width = Lane.width * Tile.columns
    blocks = firstBlock..<min((g.outputChannels + width - 1) / width, firstBlock + chunks.blocksPerChunk)
    if part > 0 { return }
    if plan.biasSide == .output, row == 0 {
      biasChannels = blocks.lowerBound * width..<min(g.outputChannels, blocks.upperBound * width)
    } else if plan.biasSide == .input, firstBlock == 0 {
      biasChannels = rows
    }
  }
}

/// Asks for the part of a panel that follows the one that is added to.
private struct PanelAhead: MemoryRequests {
  var place: UnsafeRawPointer
  var tileBytes: Int
  var step: Int

  @inline(__always)
  mutating func next() -> (UnsafeRawPointer, Int) {
    place += tileBytes
    return (place, step)
  }
}

/// `weightGradient` by Winograd's algorithm.
func winogradWeightGradient(
  _ arguments: UnsafePointer<WeightGradientArguments>, _ cut: WinogradGradientCut, _ task: Int,
  _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.pointee
  let g = a.plan.geometry
  let work = WinogradGradientTask(a.plan, cut, task)
  let chunks = work.chunks
  let blockWidth = Lane.width * Tile.columns
  let room = scratch.assumingMemoryBound(to: Float.self)
  let (inputs, gradients) = (room + chunks.inputsStart(blockWidth), room + chunks.gradientsStart(blockWidth))
  let panels = room + chunks.panelStart(blockWidth)
  let (readsInput, readsOutput) = (a.plan.inputElement == .bfloat16, a.plan.outputElement == .bfloat16)
  let input = WinogradSource(
    start: a.input + (readsInput ? work.rows.lowerBound / 2 : work.rows.lowerBound), height: g.inputHeight,
    width: g.inputWidth, words: a.plan.inputWords, count: work.rows.count, isBFloat16: readsInput, room: room)
  let tiles = work.split * cut.tiles / cut.splits..<(work.split + 1) * cut.tiles / cut.splits
  for tile in stride(from: tiles.lowerBound, to: tiles.upperBound, by: cut.tilesPerStrip) {
    let strip = gradientStrip(g, cut, work.part, tile..<min(tiles.upperBound, tile + cut.tilesPerStrip))
    let adds = tile > tiles.lowerBound
    if strip.isSingleTap, !readsInput, !readsOutput {
      for index in work.blocks {
        let panel = panels + (index - work.blocks.lowerBound) * chunks.panelCount(blockWidth)
        addPixels(a, work, WinogradBlock(index, channels: g.outputChannels), strip, panel, adds: adds)
      }
      continue
    }
    transformStrip(input, strip, inputs, plane: chunks.inputPlane, stride: chunks.rowsPerChunk, rounds: false)
    for index in work.blocks {
      let block = WinogradBlock(index, channels: g.outputChannels)
      let output = WinogradSource(
        start: a.output + (readsOutput ? block.first / 2 : block.first), height: g.outputHeight, width: g.outputWidth,
        words: a.plan.outputWords, count: (block.lanes - 1) * Lane.width + block.tail, isBFloat16: readsOutput,
        room: room)
      transformGradientStrip(output, strip, block.lanes, gradients, plane: chunks.gradientPlane(blockWidth))
      let panel = panels + (index - work.blocks.lowerBound) * chunks.panelCount(blockWidth)
      addProducts(work.rows.count, block.lanes, chunks, strip, inputs, gradients, panel, adds: adds)
    }
  }
  let strip = gradientStrip(g, cut, work.part, tiles)
  for index in work.blocks {
    let block = WinogradBlock(index, channels: g.outputChannels)
    let panel = panels + (index - work.blocks.lowerBound) * chunks.panelCount(blockWidth)
    let panelPlane = chunks.panelPlane(work.rows.count, block.lanes * Lane.width)
    switch (strip.y.taps, strip.x.taps) {
    case (1, 1): writePanel(TapSums<1, 1>.self, a, work, block, strip, panel, panelPlane)
    case (1, 2): writePanel(TapSums<1, 2>.self, a, work, block, strip, panel, panelPlane)
    case (1, 3): writePanel(TapSums<1, 3>.self, a, work, block, strip, panel, panelPlane)
    case (2, 1): writePanel(TapSums<2, 1>.self, a, work, block, strip, panel, panelPlane)
    case (2, 2): writePanel(TapSums<2, 2>.self, a, work, block, strip, panel, panelPlane)
    case (2, 3): writePanel(TapSums<2, 3>.self, a, work, block, strip, panel, panelPlane)
    case (3, 1): writePanel(TapSums<3, 1>.self, a, work, block, strip, panel, panelPlane)
    case (3, 2): writePanel(TapSums<3, 2>.self, a, work, block, strip, panel, panelPlane)
    default: writePanel(TapSums<3, 3>.self, a, work, block, strip, panel, panelPlane)
    }
  }
  if !work.biasChannels.isEmpty {
    writeChannelSums(a, work.biasChannels, split: work.split, room + chunks.biasStart(blockWidth))
  }
}

private func gradientStrip(
  _ g: ConvolutionGeometry, _ cut: WinogradGradientCut, _ part: Int, _ tiles: Range<Int>
) -> WinogradStrip {
  WinogradStrip(
    y: g.verticalWinograd(part / cut.horizontalParts, .forward),
    x: g.horizontalWinograd(part % cut.horizontalParts, .forward), tiles: tiles)
}

/// Adds the products of a strip, summed over its tiles, to a block's panel.
private func addProducts(
  _ rows: Int, _ lanes: Int, _ chunks: WinogradGradientChunks, _ strip: WinogradStrip, _ inputs: UnsafePointer<Float>,
  _ gradients: UnsafePointer<Float>, _ panel: UnsafeMutablePointer<Float>, adds: Bool
) {
  let (y, x, tiles) = (strip.y, strip.x, strip.tiles.count)
  let width = lanes * Lane.width
  let gradientPlane = chunks.gradientPlane(Lane.width * Tile.columns)
  let tileBytes = Tile.rows(lanes) * width * MemoryLayout<Float>.size
  var target = panel
  // Where an axis has one tap, all its planes are added up, those of one axis in the registers.
  let (rowLines, columnLines) = (x.taps == 1 ? 1 : y.points / y.weightPoints, x.points / x.weightPoints)
  let lines = rowLines * columnLines
  let step = x.taps == 1 ? 1 : x.points
  let pixels = tiles * lines
  var ahead = PanelAhead(place: UnsafeRawPointer(panel), tileBytes: tileBytes, step: (tileBytes + pixels - 1) / pixels)
  for py in 0..<y.weightPoints {
    for px in 0..<x.weightPoints {
      for row in stride(from: py, to: y.points, by: y.weightPoints * rowLines) {
        let plane = row * x.points + px
        var product = OuterProduct(
          lines: lines, pixels: tiles,
          rows: Operand(
            start: inputs + plane * chunks.inputPlane, line: step * chunks.inputPlane, pixel: chunks.rowsPerChunk),
          lanes: Operand(start: gradients + plane * gradientPlane, line: step * gradientPlane, pixel: width),
          laneCount: lanes)
        ahead.place = UnsafeRawPointer(target)
        product.run(rows, PanelSums(place: target, adds: adds || row > py), &ahead)
      }
      target += chunks.panelPlane(rows, width)
    }
  }
}

/// Adds the products of a strip of a part of one tap, whose operands are multiplied where they lie.
private func addPixels(
  _ a: WeightGradientArguments, _ work: WinogradGradientTask, _ block: WinogradBlock, _ strip: WinogradStrip,
  _ panel: UnsafeMutablePointer<Float>, adds: Bool
) {
  let (plan, g, y, x) = (a.plan, a.plan.geometry, strip.y, strip.x)
  var ahead = NoRequests(here: panel)
  var adds = adds
  var tile = strip.tiles.lowerBound
  while tile < strip.tiles.upperBound {
    let at = strip.place(tile)
    let tiles = min(strip.tiles.upperBound - tile, x.tiles - at.x / x.tile)
    let (lines, pixels) = (min(y.tile, y.destinationCount - at.y), min(tiles * x.tile, x.destinationCount - at.x))
    let inputRow = at.image * g.inputHeight + at.y * y.sourceStep + y.sourceStart
    let inputPixel = inputRow * g.inputWidth + at.x * x.sourceStep + x.sourceStart
    let outputPixel = (at.image * g.outputHeight + at.y) * g.outputWidth + at.x
    var product = OuterProduct(
      lines: lines, pixels: pixels,
      rows: Operand(
        start: a.input + inputPixel * plan.inputWords + work.rows.lowerBound,
        line: y.sourceStep * g.inputWidth * plan.inputWords, pixel: x.sourceStep * plan.inputWords),
      lanes: Operand(
        start: a.output + outputPixel * plan.outputWords + block.first, line: g.outputWidth * plan.outputWords,
        pixel: plan.outputWords),
      laneCount: block.lanes)
    product.run(work.rows.count, PanelSums(place: panel, adds: adds), &ahead)
    adds = true
    tile += tiles
  }
}

/// As many taps as there are sums of.
private typealias TapSums<let vertical: Int, let horizontal: Int> = InlineArray<vertical, InlineArray<horizontal, Lane>>

/// Transforms a finished panel to the taps and stores them in the gradient, or in the split's partial sums.
@inline(never)
private func writePanel<let vertical: Int, let horizontal: Int>(
  _: TapSums<vertical, horizontal>.Type, _ a: WeightGradientArguments, _ work: WinogradGradientTask,
  _ block: WinogradBlock, _ strip: WinogradStrip, _ panel: UnsafePointer<Float>, _ plane: Int
) {
  let g = a.plan.geometry
  let whole = a.plan.splits == 1
  let target = whole ? a.weightGradient : a.partials + work.split * a.plan.partialStride
  let width = block.lanes * Lane.width
  let (rows, columns) = (vertical == 1 ? 1 : vertical + 3, horizontal == 1 ? 1 : horizontal + 3)
  for row in 0..<work.rows.count {
    for lane in 0..<block.lanes {
      let count = lane == block.lanes - 1 ? block.tail : Lane.width
      let first = (work.rows.lowerBound + row) * g.outputChannels + block.first + lane * Lane.width
      let sums = panel + row * width + lane * Lane.width
      transformBothWays { py, px in
        py < rows && px < columns ? Lane(sums + (py * columns + px) * plane) : .zero
      } down: { (sums: InlineArray<6, Lane>) -> InlineArray<vertical, Lane> in
        transformSums(sums)
      } across: { (sums: InlineArray<6, Lane>) -> InlineArray<horizontal, Lane> in
        transformSums(sums)
      } store: { ky, kx, value in
        let kernelRow = strip.y.kernelStart + ky * strip.y.kernelStep
        let tap = kernelRow * g.kernelWidth + strip.x.kernelStart + kx * strip.x.kernelStep
        let at = target + tap * g.inputChannels * g.outputChannels + first
        (whole && a.accumulate ? Lane(at) + value : value).store(at, count: count)
      }
    }
  }
}
