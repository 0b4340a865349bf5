import NNKernels

/// The part of a plan that one task computes.
struct ConvolutionTask {
  var image: Int { images.lowerBound }
  /// One image, unless the cut `goesByTaps`.
  var images: Range<Int>
  /// Rows and columns of a phase (clip to its counts).
  var rows: Range<Int>
  var columns: Range<Int>
  /// First word of the source's group, and first channel of the destination's block.
  var sourceWord: Int
  var destinationChannel: Int
  /// Lanes of the block, and channels in its last lane.
  var lanes: Int
  var tail: Int
  /// The block's first packed weight, and weights to a word of the source.
  var weights: UnsafePointer<Float>
  var weightsPerWord: Int

  /// The part of a task that is the `index`-th of its blocks.
  init(_ arguments: UnsafePointer<ConvolutionArguments>, _ cut: DirectCut, _ task: Int, block index: Int = 0) {
    let plan = arguments.pointee.plan
    let groups = plan.geometry.groups
    let blockTasks = plan.blocks / plan.blocksPerTask
    let chunks = cut.imageChunks * cut.rowChunks * cut.columnChunks
    // What has to come from far away stays the same for several tasks: the sources, or weights that are more than these.
    let place = cut.goesByTaps ? task % chunks : task / (blockTasks * groups)
    let turn = cut.goesByTaps ? task / chunks : task % (blockTasks * groups)
    let block = turn % blockTasks * plan.blocksPerTask + index
    let group = turn / blockTasks
    let column = place % cut.columnChunks * cut.columnsPerChunk
    let row = place / cut.columnChunks % cut.rowChunks * cut.rowsPerChunk
    let image = place / cut.columnChunks / cut.rowChunks * cut.imagesPerTask
    images = image..<min(plan.geometry.batch, image + cut.imagesPerTask)
    rows = row..<row + cut.rowsPerChunk
    columns = column..<column + cut.columnsPerChunk
    let groupSources = plan.sourceChannelWords / groups
    let groupChannels = plan.destinationChannels / groups
    let blockWidth = Lane.width * Tile.columns
    let channels = min(blockWidth, groupChannels - block * blockWidth)
    lanes = (channels + Lane.width - 1) / Lane.width
    tail = channels - (lanes - 1) * Lane.width
    weightsPerWord = cut.narrowChannels > 0 ? cut.narrowChannels : lanes * Lane.width
    sourceWord = group * groupSources
    destinationChannel = group * groupChannels + block * blockWidth
    let padded = (groupChannels + Lane.width - 1) / Lane.width * Lane.width
    let taps = plan.geometry.kernelHeight * plan.geometry.kernelWidth
    weights = arguments.pointee.packed + (group * padded + block * blockWidth) * taps * groupSources
  }
}

/// A row of a phase, ready to be cut into tiles.
struct ConvolutionRow {
  /// The source's first kernel row inside the image, at the group's first channel; column 0.
  var source: UnsafePointer<Float>
  var sourceWidth: Int
  /// Words from pixel to pixel, and of the group's part of one.
  var sourceWords: Int
  var groupSources: Int
  /// Whether the factors are pairs of bf16 numbers.
  var pairs: Bool
  /// Kernel rows inside the image.
  var taps: Int
  /// Floats between the kernel rows' source rows.
  var tapRowStride: Int
  var horizontal: ConvolutionPhase
  var interior: Range<Int>
  var weights: UnsafePointer<Float>
  var lanes: Int
  /// Channels of the destination where lanes run over those of the source, or 0.
  var narrow: Int
  /// Source rows that the next row of destinations adds, and where they start, in words from a pixel's first value.
  var newRows: Int
  var newRowsOffset: Int
  var patch: UnsafeMutablePointer<Float>
  /// Whether the row's only pixel is all that there is.
  var isAlone: Bool

  /// How a tile reads the source in place.
  @inline(__always) var direct: TileRuns {
    let merges = horizontal.tapStep == 1 && groupSources == sourceWords
    return TileRuns(
      rows: taps, rowStride: tapRowStride, runs: merges ? 1 : horizontal.tapCount,
      runStride: horizontal.tapStep * sourceWords,
      length: merges ? horizontal.tapCount * groupSources : groupSources,
      pixelStride: horizontal.sourceStep * sourceWords, newRows: newRows, newRowsOffset: newRowsOffset,
      newRowStride: sourceWidth * sourceWords, isAlone: isAlone)
  }

  /// Runs `tiles` tiles of `count` pixels.
  @inline(__always)
  func run(
    _ count: Int, tiles: Int, _ source: UnsafePointer<Float>, _ runs: UnsafePointer<TileRuns>,
    _ destination: UnsafeMutablePointer<Float>, _ epilogue: UnsafePointer<TileEpilogue>
  ) {
    if narrow > 0 {
      runNarrowTile(narrow, count, count: tiles, source, runs, weights, destination, epilogue)
    } else {
      runConvolutionTile(
        count, lanes, pairs: pairs, count: tiles, source, runs, weights, destination, epilogue)
    }
  }
}

/// Convolves the columns `columns` of a row; column `columns.lowerBound` goes to `destination`.
func convolveRow(
  _ row: UnsafePointer<ConvolutionRow>, _ columns: Range<Int>, _ destination: UnsafeMutablePointer<Float>,
  _ epilogue: UnsafePointer<TileEpilogue>
) {
  let interior = row.pointee.interior
  let lanes = row.pointee.lanes
  let narrow = row.pointee.narrow
  let rows = narrow > 0 ? Tile.narrowRows(narrow) : Tile.rows(lanes)
  let horizontal = row.pointee.horizontal
  let columnStride = horizontal.sourceStep * row.pointee.sourceWords
  let start = row.pointee.source + horizontal.sourceStart * row.pointee.sourceWords
  var runs = row.pointee.direct
  var x = columns.lowerBound
  var target = destination
  var tilesLeft = (columns.count + rows - 1) / rows
  while x < columns.upperBound {
    let left = columns.upperBound - x
    let count = (left + tilesLeft - 1) / tilesLeft
    // So many tiles are as large as the first.
    var tiles = min(left - (count - 1) * tilesLeft, (interior.upperBound - x) / count)
    if x >= interior.lowerBound, tiles > 0 {
      row.pointee.run(count, tiles: tiles, start + x * columnStride, &runs, target, epilogue)
    } else {
      tiles = 1
      convolveEdge(row, x, count, target, epilogue)
    }
    x += tiles * count
    tilesLeft -= tiles
    target += tiles * count * epilogue.pointee.stride
  }
}

/// A tile some of whose taps lie outside the image: copies its source, with zeros around it, then runs.
@inline(never)
private func convolveEdge(
  _ row: UnsafePointer<ConvolutionRow>, _ x: Int, _ count: Int, _ destination: UnsafeMutablePointer<Float>,
  _ epilogue: UnsafePointer<TileEpilogue>
) {
  let r = row.pointee
  let h = r.horizontal
  let span = (count - 1) * h.sourceStep + max(0, h.tapCount - 1) * h.tapStep + 1
  let first = x * h.sourceStep + h.sourceStart
  let channels = r.groupSources
  let from = min(span, max(0, -first))
  let to = max(from, min(span, r.sourceWidth - first))
  for y in 0..<(h.tapCount == 0 ? 0 : r.taps) {
    let line = r.patch + y * span * channels
    clear(line, from * channels)
    let source = r.source + y * r.tapRowStride
    if channels == r.sourceWords {
      copy(source + (first + from) * channels, line + from * channels, (to - from) * channels)
    } else {
      for column in from..<to {
        copy(source + (first + column) * r.sourceWords, line + column * channels, channels)
      }
    }
    clear(line + to * channels, (span - to) * channels)
  }
  let merges = h.tapStep == 1
  let newRows = r.source + first * r.sourceWords + r.newRowsOffset
  var runs = TileRuns(
    rows: r.taps, rowStride: span * channels, runs: merges ? 1 : h.tapCount, runStride: h.tapStep * channels,
    length: merges ? h.tapCount * channels : channels, pixelStride: h.sourceStep * channels, newRows: r.newRows,
    newRowsOffset: newRows - UnsafePointer(r.patch),
    newRowStride: r.sourceWidth * r.sourceWords)
  r.run(count, tiles: 1, r.patch, &runs, destination, epilogue)
}

/// The kernel `ConvolutionKernels.convolve`.
func convolve(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.assumingMemoryBound(to: ConvolutionArguments.self)
  if let projection = a.pointee.projection { projection.lay(a.pointee.plan, scratch) }
  guard let cut = convolveOtherwise(a, task, scratch) else { return }
  for block in 0..<a.pointee.plan.blocksPerTask {
    convolve(a, cut, ConvolutionTask(a, cut, task, block: block), scratch)
  }
}

/// Computes a task if the plan is cut for another algorithm than the direct one; gives the cut of a direct convolution,
/// which is still to be computed.
@inline(__always)
func convolveOtherwise(
  _ a: UnsafePointer<ConvolutionArguments>, _ task: Int, _ scratch: UnsafeMutableRawPointer
) -> DirectCut? {
  switch a.pointee.plan.cut {
  case .direct(let cut): return cut
  case .winograd(let cut): winogradConvolve(a, cut, task, scratch)
  case .winogradUnpacked(let cut): winogradUnpackedConvolve(a, cut, task, scratch)
  case .winograd4x1(let cut): winograd4x1Convolve(a, cut, task, scratch)
  case .grouped(let cut): groupedConvolve(a, cut, task, scratch)
  case .unpacked(let cut): unpackedConvolve(a, cut, task, scratch)
  }
  return nil
}

private func convolve(
  _ a: UnsafePointer<ConvolutionArguments>, _ cut: DirectCut, _ work: ConvolutionTask,
  _ scratch: UnsafeMutableRawPointer
) {
  let plan = a.pointee.plan
  if cut.quadCount > 0 { return convolveQuads(a, cut, work, scratch) }
  if cut.goesByTaps { return convolveByTaps(a, cut, work, scratch) }
  let g = plan.geometry
  let perTap = plan.weightWords / g.groups * work.weightsPerWord
  // From the last phase on, which has the most taps: by its products the sources come near.
  var weights = work.weights + g.kernelHeight * g.kernelWidth * perTap
  for py in (0..<g.verticalPhases(plan.direction)).reversed() {
    let vertical = g.verticalPhase(py, plan.direction)
    for px in (0..<g.horizontalPhases(plan.direction)).reversed() {
      let horizontal = g.horizontalPhase(px, plan.direction)
      weights -= vertical.tapCount * horizontal.tapCount * perTap
      convolvePhase(a, cut, work, vertical, horizontal, weights, scratch)
    }
  }
}

private func convolvePhase(
  _ arguments: UnsafePointer<ConvolutionArguments>, _ cut: DirectCut, _ work: ConvolutionTask,
  _ vertical: ConvolutionPhase, _ horizontal: ConvolutionPhase, _ weights: UnsafePointer<Float>,
  _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.pointee
  let columns = work.columns.clamped(to: 0..<horizontal.destinationCount)
  let rows = work.rows.clamped(to: 0..<vertical.destinationCount)
  if columns.isEmpty { return }
  let g = a.plan.geometry
  let channels = a.plan.destinationChannels
  let words = a.plan.destinationWords
  var row = makeRow(arguments, cut, work, horizontal, scratch)
  var epilogue = TileEpilogue(
    a, first: work.destinationChannel, tail: work.tail, stride: horizontal.destinationStep * words,
    sums: scratch.assumingMemoryBound(to: Float.self), prefetches: true)
  let hasFewChannels =
    channels < Lane.width && g.groups == 1 && horizontal.destinationStep == 1 && a.saved == nil && !a.accumulate
    && a.plan.destinationElement == .float32 && a.projection == nil
  for y in rows {
    setRow(&row, arguments, work, vertical, y, weights)
    let line = work.image * a.plan.destinationHeight + vertical.destinationStart + y * vertical.destinationStep
    let column = horizontal.destinationStart + columns.lowerBound * horizontal.destinationStep
    let pixel = line * a.plan.destinationWidth + column
    let offset = pixel * words + a.plan.storedWord(work.destinationChannel)
    if hasFewChannels {
      let done = row.narrow > 0 ? 0 : convolveToFew(&row, columns, a.destination + offset, epilogue)
      convolveRowOfFew(
        &row, columns.lowerBound + done..<columns.upperBound, a.destination + offset + done * channels, epilogue)
    } else {
      convolveRow(&row, columns, a.destination + offset, &epilogue)
    }
  }
}

/// The same where a pixel has fewer channels than a lane: whole lanes are stored one pixel after the other, each over what
/// the last one wrote behind its pixel, but for the last pixels, whose neighbours may be another task's; and an activation
/// is applied to the values of many pixels together, as it costs more than the products.
private func convolveRowOfFew(
  _ row: UnsafePointer<ConvolutionRow>, _ columns: Range<Int>, _ destination: UnsafeMutablePointer<Float>,
  _ epilogue: TileEpilogue
) {
  let channels = epilogue.stride
  let isLate = epilogue.activation != .identity && epilogue.activation != .relu
  var exact = epilogue
  if isLate { exact.activation = .identity }
  var whole = exact
  whole.tail = Lane.width
  let last = (Lane.width + channels - 1) / channels
  var x = columns.lowerBound
  while x < columns.upperBound {
    let end = min(columns.upperBound, x + 256)
    let split = max(x, end - last)
    let values = destination + (x - columns.lowerBound) * channels
    convolveRow(row, x..<split, values, &whole)
    convolveRow(row, split..<end, values + (split - x) * channels, &exact)
    if isLate { activate(values, (end - x) * channels, epilogue.activation, slope: epilogue.slope) }
    x = end
  }
}

@inline(never)
private func activate(
  _ values: UnsafeMutablePointer<Float>, _ count: Int, _ activation: ActivationKind, slope: Float
) {
  var index = 0
  while index < count {
    let value = activate(activation, Lane(values + index), slope: slope)
    value.store(values + index, count: min(Lane.width, count - index))
    index += Lane.width
  }
}

/// What all rows of a phase have in common.
func makeRow(
  _ arguments: UnsafePointer<ConvolutionArguments>, _ cut: DirectCut, _ work: ConvolutionTask,
  _ horizontal: ConvolutionPhase, _ scratch: UnsafeMutableRawPointer
) -> ConvolutionRow {
  let plan = arguments.pointee.plan
  return ConvolutionRow(
    source: arguments.pointee.source, sourceWidth: plan.sourceWidth, sourceWords: plan.sourceWords,
    groupSources: plan.sourceChannelWords / plan.geometry.groups, pairs: plan.multipliesBFloat16, taps: 0,
    tapRowStride: 0,
    horizontal: horizontal,
    interior: horizontal.interior, weights: work.weights, lanes: work.lanes, narrow: cut.narrowChannels,
    newRows: 0, newRowsOffset: 0, patch: scratch.assumingMemoryBound(to: Float.self) + DirectCut.patchStart,
    isAlone: plan.geometry.batch * plan.destinationHeight * plan.destinationWidth == 1)
}

/// Moves `row` to row `y` of the phase, leaving out the kernel rows outside the image.
func setRow(
  _ row: inout ConvolutionRow, _ arguments: UnsafePointer<ConvolutionArguments>, _ work: ConvolutionTask,
  _ vertical: ConvolutionPhase, _ y: Int, _ weights: UnsafePointer<Float>
) {
  let plan = arguments.pointee.plan
  let taps = vertical.taps(y)
  let line = y * vertical.sourceStep + vertical.sourceStart + taps.lowerBound * vertical.tapStep
  let lineStride = plan.sourceWidth * plan.sourceWords
  row.source =
    arguments.pointee.source + (work.image * plan.sourceHeight + line) * lineStride + work.sourceWord
  row.taps = row.horizontal.tapCount == 0 ? 0 : taps.count
  let last = line + (taps.count - 1) * vertical.tapStep
  row.newRows = max(0, min(vertical.sourceStep, plan.sourceHeight - 1 - last))
  row.newRowsOffset = ((taps.count - 1) * vertical.tapStep + 1) * lineStride
  row.tapRowStride = vertical.tapStep * lineStride
  row.weights = weights + taps.lowerBound * row.horizontal.tapCount * row.groupSources * work.weightsPerWord
}
