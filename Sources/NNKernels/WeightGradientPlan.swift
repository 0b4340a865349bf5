/// Whose channel sums a weight gradient pass also computes.
public enum BiasGradientSide: UInt8, Sendable {
  case none
  /// The output gradient's: the bias of a convolution.
  case output
  /// The input's: the bias of a transposed convolution.
  case input
}

/// How a weight gradient is cut into tasks, for one instruction set: a function of the geometry only.
///
/// Every tap's gradient is the matrix product `inputᵀ · output` over all pixels. A task owns a block of columns (lanes)
/// and a chunk of rows of that matrix, for some kernel rows, over one split of the pixels' lines.
public struct WeightGradientPlan: Sendable, Equatable {
  /// The canonical geometry (see `ConvolutionGeometry.canonical`).
  public let geometry: ConvolutionGeometry
  public let shape: TileShape
  public let biasSide: BiasGradientSide
  /// Lanes run over input channels and rows over output channels, instead of the other way round.
  public let swapped: Bool
  /// The taps of a kernel row count as one tap of `kernelWidth · inputChannels` channels.
  public let merged: Bool
  /// Matrix rows of a tap and taps of a kernel row, `merged` counted in.
  public let rows: Int
  public let rowTaps: Int
  public let lanes: Int
  public let blocks: Int
  public let rowsPerChunk: Int
  public let rowChunks: Int
  public let kernelRowsPerChunk: Int
  public let kernelRowChunks: Int
  /// Lines of output pixels and their length; only a canonical row's last line may be shorter.
  public let lineCount: Int
  public let lineLength: Int
  /// Parts of the lines that are summed apart.
  public let splits: Int

  /// Cuts the work; `biasSide` asks for channel sums in the same pass.
  public init(_ geometry: ConvolutionGeometry, biasSide: BiasGradientSide = .none, shape: TileShape) {
    let g = geometry.canonical
    self.geometry = g
    self.shape = shape
    self.biasSide = biasSide
    let waste = Double(shape.padded(g.groupOutputs)) / Double(g.groupOutputs)
    swapped = Double(shape.padded(g.groupInputs)) / Double(g.groupInputs) * 1.2 < waste
    merged =
      !swapped && g.groups == 1 && g.dilationWidth == 1 && g.kernelWidth > 1 && g.inputChannels < 2 * maximumTileRows
    rows = swapped ? g.groupOutputs : merged ? g.kernelWidth * g.inputChannels : g.groupInputs
    rowTaps = merged ? 1 : g.kernelWidth
    lanes = swapped ? g.groupInputs : g.groupOutputs
    blocks = ceilingQuotient(lanes, shape.blockWidth)

    let panelRows = max(maximumTileRows, 36 * 1024 / shape.blockWidth)
    rowChunks = ceilingQuotient(rows * rowTaps, panelRows)
    rowsPerChunk = ceilingQuotient(rows, min(rows, rowChunks))
    let perKernelRow = rowsPerChunk * rowTaps
    kernelRowsPerChunk =
      perKernelRow * shape.blockWidth >= 12 * 1024 ? 1 : max(1, min(g.kernelHeight, panelRows / perKernelRow))
    kernelRowChunks = ceilingQuotient(g.kernelHeight, kernelRowsPerChunk)

    let row = g.outputHeight == 1 && g.kernelHeight == 1 && g.kernelWidth == 1 && g.batch == 1
    lineLength = row ? min(g.outputWidth, 128) : g.outputWidth
    lineCount = row ? ceilingQuotient(g.outputWidth, lineLength) : g.batch * g.outputHeight
    let others = g.groups * blocks * rowChunks * kernelRowChunks
    let wanted = min(ceilingQuotient(16, others), Int(min(g.operations / 2e6, 1e6)))
    splits = max(1, min(wanted, lineCount))
  }

  /// Channels whose sums are computed.
  public var biasCount: Int {
    switch biasSide {
    case .none: 0
    case .output: geometry.outputChannels
    case .input: geometry.inputChannels
    }
  }
  /// Floats between the partial sums of one split and the next: weights, then bias.
  public var partialStride: Int { (geometry.weightCount + biasCount + 15) / 16 * 16 }
  /// Floats of the buffer of partial sums: 0 if there is only one split.
  public var partialCount: Int { splits > 1 ? splits * partialStride : 0 }
  /// Tasks of the `weightGradient` kernel.
  public var taskCount: Int { splits * geometry.groups * rowChunks * kernelRowChunks * blocks }
  /// Floats that one task of the reduction adds up.
  public static let reduceChunk = 8192
  /// Tasks of the `reduceWeightGradient` kernel: 0 if there is nothing to add.
  public var reduceTaskCount: Int {
    splits > 1 ? ceilingQuotient(geometry.weightCount + biasCount, Self.reduceChunk) : 0
  }
  /// Rows of a task's panel of sums.
  public var panelRows: Int { kernelRowsPerChunk * rowTaps * rowsPerChunk }
  /// Floats of a zero-padded line of the input (0 unless `merged`).
  public var paddedLine: Int {
    merged ? ((lineLength - 1) * geometry.strideWidth + geometry.kernelWidth) * geometry.inputChannels : 0
  }
  /// Lines taken at once, so that about 128 pixels stay in the nearest cache.
  public var linesPerChunk: Int { max(1, 128 / lineLength) }
  /// Scratch bytes of `weightGradient`; `reduceWeightGradient` needs none.
  public var scratchBytes: Int {
    4 * (panelRows * shape.blockWidth + max(paddedLine * linesPerChunk, biasCount) + 64)
  }
}
