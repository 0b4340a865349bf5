import NNKernels

/// The largest register tiles of this instruction set: no more accumulators than registers.
enum Tile {
  /// Lanes of a full block of channels.
  @inline(__always) static var columns: Int { 4 }
  /// Rows of a tile `columns` lanes wide.
  @inline(__always) static func rows(_ columns: Int) -> Int { columns == 4 ? 6 : columns == 1 ? 12 : 8 }
  /// Whether products ask for the rows of the tile after theirs: the second-level cache is far enough for these processors.
  @inline(__always) static var asksNextRows: Bool { false }
  /// Rows of a tile whose pixels have a lane of sums for each of so many channels.
  @inline(__always) static func narrowRows(_ outputs: Int) -> Int { min(8, 24 / outputs) }
  /// Rows of a tile whose pixels are each four destinations of a lane.
  @inline(__always) static var quadRows: Int { 4 }
}

/// The kernels of this instruction set.
public enum AVX512Kernels {
  /// Convolutions, transposed convolutions and dense layers.
  public static let convolution = makeConvolutionKernels()
}
