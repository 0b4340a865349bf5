import NNTensor

/// How a weight gradient is cut into tasks, for one instruction set: a function of the geometry only.
///
/// Every tap's gradient is the matrix product `inputᵀ · output` over all pixels. A task owns a block of columns (lanes)
/// and a chunk of rows of that matrix, for some kernel rows, over one split of the pixels' lines.
public struct WeightGradientPlan: Sendable, Equatable {
  /// The canonical geometry (see `ConvolutionGeometry.canonical`).
  public let geometry: ConvolutionGeometry
  public let shape: TileShape
  /// How the convolution's input and output gradient are stored, `float32` or `bfloat16`.
  public let inputElement: ElementType
  public let outputElement: ElementType
  /// Words from a pixel of the input to the next, and of the output gradient: floats, or pairs of bf16 numbers. More than
  /// those of its channels where other values lie between them.
  public var inputWords: Int
  public var outputWords: Int
  /// Whether the factors of products are pairs of bf16 numbers, of neighbouring pixels.
  public let multipliesBFloat16: Bool
  public let biasSide: BiasSide
  /// Lanes run over input channels and rows over output channels, instead of the other way round.
  public let swapped: Bool
  /// The taps of a kernel row count as one tap of `kernelWidth · inputChannels` channels.
  public let merged: Bool
  /// Whether the input is gathered for each tap, zeros for what lies outside, and a tile sums the pixels of all images one
  /// after the other: a small image has too few, where sums are so many that they are not near. A row of few pixels, as of a
  /// dense layer, is gathered too, since its sums then go where they belong without a detour.
  public let gathers: Bool
  /// Matrix rows of a tap and taps of a kernel row, `merged` counted in.
  public let rows: Int
  public let rowTaps: Int
  public let lanes: Int
  public let blocks: Int
  /// Blocks that a task takes in turn, while a chunk of the other operand is near.
  public let blocksPerChunk: Int
  public let blockChunks: Int
  public internal(set) var rowsPerChunk: Int
  public internal(set) var rowChunks: Int
  public let kernelRowsPerChunk: Int
  public let kernelRowChunks: Int
  /// Lines of output pixels and their length; only a canonical row's last line may be shorter.
  public let lineCount: Int
  public let lineLength: Int
  /// Parts of the lines that are summed apart.
  public let splits: Int
  /// How the work is cut into tasks, by the algorithm.
  public internal(set) var cut: WeightGradientCut

  /// Cuts the work; `biasSide` asks for channel sums in the same pass. What is stored as bf16 has an even number of
  /// channels in each group; `direct` takes floats only.
  public init(
    _ geometry: ConvolutionGeometry, biasSide: BiasSide = .none, algorithm: ConvolutionAlgorithm = .direct,
    input: ElementType = .float32, output: ElementType = .float32, shape: TileShape
  ) {
    let sumsPanels = algorithm.isDirect
    let g = sumsPanels ? geometry.canonical : geometry
    (inputElement, outputElement) = (input, output)
    multipliesBFloat16 = algorithm == .directBFloat16
    self.geometry = g
    inputWords = input == .bfloat16 ? g.inputChannels / 2 : g.inputChannels
    outputWords = output == .bfloat16 ? g.outputChannels / 2 : g.outputChannels
    self.shape = shape
    self.biasSide = biasSide
    let waste = Double(shape.padded(g.groupOutputs)) / Double(g.groupOutputs)
    swapped = Double(shape.padded(g.groupInputs)) / Double(g.groupInputs) * 1.2 < waste
    merged =
      !swapped && !multipliesBFloat16 && g.groups == 1 && g.kernelWidth > 1 && g.inputChannels < 2 * maximumTileRows
      && g.dilationHeight == 1
      && g.dilationWidth == 1 && g.strideHeight <= g.kernelHeight
    let pixels = g.batch * g.outputHeight * g.outputWidth
    let hasTaps = g.kernelHeight * g.kernelWidth > 1
    gathers =
      sumsPanels && !multipliesBFloat16 && !swapped && !merged && (hasTaps ? g.batch > 1 : g.batch == 1)
      && pixels <= Self.gatheredPixels && pixels <= g.batch * Self.smallImage && g.weightCount >= Self.gatheredWeights
    rows = swapped ? g.groupOutputs : merged ? g.kernelWidth * g.inputChannels : g.groupInputs
    rowTaps = merged ? 1 : g.kernelWidth
    lanes = swapped ? g.groupInputs : g.groupOutputs
    blocks = ceilingQuotient(lanes, shape.blockWidth)

    let row = g.outputHeight == 1 && g.kernelHeight == 1 && g.kernelWidth == 1 && g.batch == 1
    lineLength = row ? min(g.outputWidth, Self.chunkPixels) : g.outputWidth
    lineCount = gathers ? 1 : row ? ceilingQuotient(g.outputWidth, lineLength) : g.batch * g.outputHeight
    let panels = PanelCut.best(
      g, rows: rows, rowTaps: rowTaps, blocks: blocks, blockWidth: shape.blockWidth, lines: lineCount,
      swapped: swapped, gathers: gathers)
    (rowChunks, kernelRowChunks) = (panels.rowChunks, panels.kernelRowChunks)
    switch algorithm {
    case .winograd, .winograd2x2, .winograd4x1, .winogradUnpacked, .winogradBFloat16:
      let blocks = ceilingQuotient(g.outputChannels, shape.blockWidth)
      let winograd = WinogradGradientCut(g, blocks: blocks, shape: shape)
      (cut, splits) = (.winograd(winograd), winograd.splits)
    case .depthwise, .grouped:
      let grouped = GroupedGradientCut(g)
      (cut, splits) = (.grouped(grouped), grouped.splits)
    case .direct, .directBFloat16, .narrow, .unpacked: (cut, splits) = (.panels, panels.splits)
    }
    blockChunks = panels.blockChunks
    blocksPerChunk = ceilingQuotient(blocks, blockChunks)
    // Two rows may share a word.
    let rowUnit = multipliesBFloat16 ? 2 : 1
    rowsPerChunk = ceilingQuotient(ceilingQuotient(rows, rowChunks), rowUnit) * rowUnit
    kernelRowsPerChunk = ceilingQuotient(g.kernelHeight, kernelRowChunks)
  }

  /// Pixels taken at once: their lanes stay in the nearest cache.
  @inlinable public static var chunkPixels: Int { 128 }
  /// Pixels of a small image, and of all images that are gathered, at most; and weights, at least.
  @inlinable public static var smallImage: Int { 64 }
  @inlinable public static var gatheredPixels: Int { 256 }
  private static var gatheredWeights: Int { 16 * 1024 }
  /// Floats that a task gathers at most.
  fileprivate static var gatheredFloats: Int { 16 * 1024 }

  /// Whether rows of the gradient are written one after the other: of a matrix product of so few pixels that it takes less
  /// time than writing them.
  public var streams: Bool {
    gathers && geometry.kernelHeight * geometry.kernelWidth == 1
      && geometry.outputHeight * geometry.outputWidth <= Self.streamedPixels
  }
  private static var streamedPixels: Int { 16 }

  /// Channels whose sums are computed.
  @inlinable public var biasCount: Int {
    switch biasSide {
    case .none: 0
    case .output: geometry.outputChannels
    case .input: geometry.inputChannels
    }
  }
  /// Floats between the partial sums of one split and the next: weights, then bias.
  @inlinable public var partialStride: Int { (geometry.weightCount + biasCount + 15) / 16 * 16 }
  /// Floats of the buffer of partial sums: 0 if there is only one split.
  @inlinable public var partialCount: Int { splits > 1 ? splits * partialStride : 0 }
  /// Tasks of the `weightGradient` kernel.
  @inlinable public var taskCount: Int {
    switch cut {
    case .panels: splits * geometry.groups * rowChunks * kernelRowChunks * blockChunks
    case .winograd(let cut): cut.taskCount
    case .grouped(let cut): cut.taskCount
    }
  }
  /// Floats that one task of the reduction adds up.
  @inlinable public static var reduceChunk: Int { 8192 }
  /// Tasks of the `reduceWeightGradient` kernel: 0 if there is nothing to add.
  @inlinable public var reduceTaskCount: Int {
    splits > 1 ? ceilingQuotient(geometry.weightCount + biasCount, Self.reduceChunk) : 0
  }
  /// Rows of one block's panel of sums.
  @inlinable public var panelRows: Int { kernelRowsPerChunk * rowTaps * rowsPerChunk }
  /// Whether the channel sums are those of the operand that is read in lanes.
  @inlinable public var sumsLanes: Bool { (biasSide == .output) != swapped }
  /// Pixels of a zero-padded line of the input under `pixels` output pixels (see `merged`).
  @inlinable public func paddedPixels(_ pixels: Int) -> Int {
    (pixels - 1) * geometry.strideWidth + geometry.kernelWidth
  }
  /// Such lines for some output lines and kernel rows.
  @inlinable public func paddedLines(_ lines: Int, _ kernelRows: Int) -> Int {
    (lines - 1) * geometry.strideHeight + kernelRows
  }
  /// Floats of the padded lines of a chunk.
  @inlinable public var paddedCount: Int {
    guard merged else { return 0 }
    let pixels = paddedPixels(min(lineLength, Self.chunkPixels))
    return paddedLines(linesPerChunk, kernelRowsPerChunk) * pixels * geometry.inputChannels
  }
  /// Floats of the gathered input, `[tap][pixel][row]`.
  @inlinable public var gatheredCount: Int {
    gathers ? panelRows * geometry.batch * geometry.outputHeight * geometry.outputWidth : 0
  }
  /// Lines taken at once.
  @inlinable public var linesPerChunk: Int { max(1, Self.chunkPixels / lineLength) }
  /// Whether a chunk's lanes are copied together first, because a pixel has more channels than a block.
  @inlinable public var packsLanes: Bool {
    !swapped && !multipliesBFloat16 && geometry.outputChannels > shape.blockWidth
  }
  /// Lines of the input under a chunk of lines, for the task's kernel rows.
  @inlinable public func pairedLines(_ lines: Int) -> Int {
    (lines - 1) * geometry.strideHeight + (kernelRowsPerChunk - 1) * geometry.dilationHeight + 1
  }
  /// Words of the chunk's pairs of input pixels: `[line][pair][kernel column][channel]`, the channels being the task's
  /// rows or, if `swapped`, a block of lanes.
  @inlinable public var pairedInputCount: Int {
    multipliesBFloat16
      ? pairedLines(linesPerChunk) * pairsPerLine * geometry.kernelWidth * (swapped ? shape.blockWidth : rowsPerChunk)
      : 0
  }
  /// Words of its pairs of output pixels: `[line][pair][channel]`, a block of lanes or, if `swapped`, the rows.
  @inlinable public var pairedOutputCount: Int {
    multipliesBFloat16 ? linesPerChunk * pairsPerLine * (swapped ? rowsPerChunk : shape.blockWidth) : 0
  }
  @inlinable var pairsPerLine: Int { (min(lineLength, Self.chunkPixels) + 1) / 2 }
  /// Scratch memory, in words: the panel of sums, then packed lanes, then channel sums, then padded lines, gathered
  /// rows, or pairs of input and output pixels, with a lane behind them.
  @inlinable public var lanesStart: Int { (gathers ? 1 : blocksPerChunk) * panelRows * shape.blockWidth }
  @inlinable public var biasStart: Int {
    lanesStart + (packsLanes ? (gathers ? Self.gatheredPixels : Self.chunkPixels) * shape.blockWidth : 0)
  }
  @inlinable public var linesStart: Int { biasStart + (biasCount + shape.blockWidth + 15) / 16 * 16 }
  @inlinable public var pairedOutputStart: Int { linesStart + paddedCount + gatheredCount + pairedInputCount + 16 }
  /// Scratch bytes of `weightGradient`; `reduceWeightGradient` needs none.
  @inlinable public var scratchBytes: Int {
    let count =
      switch cut {
      case .panels: pairedOutputStart + pairedOutputCount + 64
      case .winograd(let cut): cut.scratchCount(shape.blockWidth)
      case .grouped(let cut): cut.scratchCount
      }
    return 4 * count
  }
}

/// How a weight gradient's work is cut into tasks by each of the algorithms.
public enum WeightGradientCut: Sendable, Equatable {
  /// Panels of sums, as the plan's other properties say; they are of no meaning, but for `splits`, to the other algorithms.
  case panels
  /// Winograd's algorithm (see `allowsWinograd`); then nothing is made canonical.
  case winograd(WinogradGradientCut)
  /// Of narrow groups (see `groupWidth`), of floats; then nothing is made canonical.
  case grouped(GroupedGradientCut)
}

/// How often the matrix's rows, its blocks of lanes, the kernel's rows and the pixels are cut.
struct PanelCut {
  var rowChunks = 1
  var blockChunks = 1
  var kernelRowChunks = 1
  var splits = 1

  /// The cut that moves the fewest floats: lanes are read once per chunk of rows, rows once per chunk of blocks (where
  /// they are a part of each pixel, which takes as long as three times as many on end), and every split writes partial
  /// sums. A task's sums stay below 320 KB (32 KB if there are few pixels, when writing them is most of the work), and what it
  /// gathers below 64 KB; there are 12 tasks if there is work for them: fewer, down to half, where that moves so much less
  /// that other tasks can wait for a longer last one; sums of few weights are near and cost little.
  static func best(
    _ g: ConvolutionGeometry, rows: Int, rowTaps: Int, blocks: Int, blockWidth: Int, lines: Int, swapped: Bool,
    gathers: Bool
  ) -> PanelCut {
    let tasks = Int(max(1, min(12, g.operations / 2e6)))
    let (rowFloats, laneFloats) = swapped ? (g.outputCount, g.inputCount) : (g.inputCount, g.outputCount)
    let isHeavy = g.weightCount >= 64 * 1024
    let fewer = isHeavy ? [tasks, ceilingQuotient(2 * tasks, 3), ceilingQuotient(tasks, 2)] : [tasks]
    let pixels = g.batch * g.outputHeight * g.outputWidth
    let most = (pixels >= 512 ? 80 : 8) * 1024
    var best = PanelCut(rowChunks: rows, blockChunks: blocks, kernelRowChunks: g.kernelHeight)
    var lowest = Double.infinity
    for kernelRowChunks in chunkCounts(g.kernelHeight) {
      for blockChunks in chunkCounts(blocks) {
        let kernelRows = ceilingQuotient(g.kernelHeight, kernelRowChunks)
        let perRow =
          kernelRows * rowTaps * (gathers ? pixels : blockWidth * ceilingQuotient(blocks, blockChunks))
        let widest = max(1, (gathers ? WeightGradientPlan.gatheredFloats : most) / perRow)
        if widest < min(rows, maximumTileRows) { continue }
        for wanted in 1...max(1, min(64, rows / maximumTileRows)) {
          let rowChunks = ceilingQuotient(rows, min(ceilingQuotient(rows, wanted), widest))
          let owners = g.groups * blockChunks * rowChunks * kernelRowChunks
          let laneReads = Double(rowChunks * kernelRowChunks) * Double(laneFloats)
          let lineShare = swapped ? 1 : min(1, Double(kernelRows) / Double(g.strideHeight))
          let rowReads =
            gathers
            ? Double(blockChunks * g.kernelHeight * rowTaps) * Double(pixels * rows)
            : Double(kernelRowChunks * blockChunks) * Double(rowFloats) * lineShare
          let reads = laneReads + (rowChunks > 1 ? 3 : 1) * rowReads
          for least in fewer {
            let splits = max(1, min(lines, ceilingQuotient(least, owners)))
            let moved = reads + (splits > 1 ? 3 * Double(splits) * Double(g.weightCount) : 0)
            let missing = max(0, Double(tasks) / Double(owners * splits) - 1)
            let cost = moved * (1 + 0.1 * missing)
            if cost < lowest {
              lowest = cost
              best = PanelCut(
                rowChunks: rowChunks, blockChunks: blockChunks, kernelRowChunks: kernelRowChunks, splits: splits)
            }
          }
        }
      }
    }
    return best
  }

  /// Distinct numbers of equal chunks (the last may be shorter) that `count` things can be cut into, up to 64.
  private static func chunkCounts(_ count: Int) -> [Int] {
    (1...min(64, count)).filter { ceilingQuotient(count, ceilingQuotient(count, $0)) == $0 }
      + (count > 64 ? [count] : [])
  }
}
