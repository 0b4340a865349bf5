import NNKernels

/// The part of a weight gradient by Winograd's algorithm that one task computes.
private struct WinogradGradientTask {
  var split: Int
  var part: Int
  var rows: Range<Int>
  var blocks: Range<Int>
  /// The channels whose sums this task also computes, of the side that the plan names.
  var biasChannels = 0..<0

  init(_ plan: WeightGradientPlan, _ cut: WinogradGradientCut, _ task: Int) {
    let g = plan.geometry
    var rest = task
    let firstBlock = rest % cut.blockChunks * cut.blocksPerChunk
    rest /= cut.blockChunks
    let row = rest % cut.rowChunks * cut.rowsPerChunk
    rest /= cut.rowChunks
    part = rest % cut.parts
    split = rest / cut.parts
    rows = min(row, g.inputChannels)..<min(g.inputChannels, row + cut.rowsPerChunk)
    let width = Lane.width * Tile.columns
    blocks = firstBlock..<min((g.outputChannels + width - 1) / width, firstBlock + cut.blocksPerChunk)
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
  let blockWidth = Lane.width * Tile.columns
  let room = scratch.assumingMemoryBound(to: Float.self)
  let (inputs, gradients) = (room + cut.inputsStart(blockWidth), room + cut.gradientsStart(blockWidth))
  let panels = room + cut.panelStart(blockWidth)
  let (readsInput, readsOutput) = (a.plan.inputElement == .bfloat16, a.plan.outputElement == .bfloat16)
  let input = WinogradSource(
    start: a.input + (readsInput ? work.rows.lowerBound / 2 : work.rows.lowerBound), height: g.inputHeight,
    width: g.inputWidth, words: a.plan.inputWords, count: work.rows.count, isBFloat16: readsInput, room: room)
  clear(panels, work.blocks.count * cut.panelCount(blockWidth))
  let tiles = work.split * cut.tiles / cut.splits..<(work.split + 1) * cut.tiles / cut.splits
  for tile in stride(from: tiles.lowerBound, to: tiles.upperBound, by: cut.tilesPerStrip) {
    let strip = gradientStrip(g, cut, work.part, tile..<min(tiles.upperBound, tile + cut.tilesPerStrip))
    transformStrip(input, strip, inputs, plane: cut.inputPlane, stride: cut.rowStride, rounds: false)
    for index in work.blocks {
      let block = WinogradBlock(index, channels: g.outputChannels)
      let output = WinogradSource(
        start: a.output + (readsOutput ? block.first / 2 : block.first), height: g.outputHeight, width: g.outputWidth,
        words: a.plan.outputWords, count: (block.lanes - 1) * Lane.width + block.tail, isBFloat16: readsOutput,
        room: room)
      transformGradientStrip(output, strip, block.lanes, gradients, plane: cut.gradientPlane(blockWidth))
      let panel = panels + (index - work.blocks.lowerBound) * cut.panelCount(blockWidth)
      addProducts(work.rows.count, block.lanes, cut, strip, inputs, gradients, panel)
    }
  }
  let strip = gradientStrip(g, cut, work.part, tiles)
  for index in work.blocks {
    let block = WinogradBlock(index, channels: g.outputChannels)
    let panel = panels + (index - work.blocks.lowerBound) * cut.panelCount(blockWidth)
    let panelPlane = cut.panelPlane(work.rows.count, block.lanes * Lane.width)
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
    writeChannelSums(a, work.biasChannels, split: work.split, room + cut.biasStart(blockWidth))
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
  _ rows: Int, _ lanes: Int, _ cut: WinogradGradientCut, _ strip: WinogradStrip, _ inputs: UnsafePointer<Float>,
  _ gradients: UnsafePointer<Float>, _ panel: UnsafeMutablePointer<Float>
) {
  let (y, x, tiles) = (strip.y, strip.x, strip.tiles.count)
  let width = lanes * Lane.width
  let gradientPlane = cut.gradientPlane(Lane.width * Tile.columns)
  let tileBytes = Tile.rows(lanes) * width * MemoryLayout<Float>.size
  var ahead = PanelAhead(place: UnsafeRawPointer(panel), tileBytes: tileBytes, step: (tileBytes + tiles - 1) / tiles)
  var target = panel
  for py in 0..<y.weightPoints {
    for px in 0..<x.weightPoints {
      // Where an axis has one tap, all its planes are added up.
      for row in stride(from: py, to: y.points, by: y.weightPoints) {
        for column in stride(from: px, to: x.points, by: x.weightPoints) {
          let plane = row * x.points + column
          var product = OuterProduct(
            lines: 1, pixels: tiles,
            rows: Operand(start: inputs + plane * cut.inputPlane, line: 0, pixel: cut.rowStride),
            lanes: Operand(start: gradients + plane * gradientPlane, line: 0, pixel: width),
            laneCount: lanes)
          ahead.place = UnsafeRawPointer(target)
          product.run(rows, PanelSums(place: target), &ahead)
        }
      }
      target += cut.panelPlane(rows, width)
    }
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
