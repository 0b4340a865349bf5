import NNKernels

/// Rows of one image of a convolution's source, copied together with zeros around the image.
struct PaddedSource {
  private let image: UnsafePointer<Float>
  private let height: Int
  private let width: Int
  private let channels: Int
  /// The columns that are copied, some of which may lie outside the image.
  private let columns: Range<Int>

  init(_ a: UnsafePointer<ConvolutionArguments>, image: Int, columns: Range<Int>) {
    let plan = a.pointee.plan
    (height, width, channels) = (plan.sourceHeight, plan.sourceWidth, plan.sourceChannels)
    self.image = a.pointee.source + image * height * width * channels
    self.columns = columns
  }

  /// Floats of a row.
  @inline(__always) var rowCount: Int { columns.count * channels }

  /// Copies row `y`.
  func copyRow(_ y: Int, _ target: UnsafeMutablePointer<Float>) {
    guard 0..<height ~= y else { return clear(target, rowCount) }
    let inside = columns.clamped(to: 0..<width)
    let left = (inside.lowerBound - columns.lowerBound) * channels
    clear(target, left)
    let count = inside.count * channels
    copy(image + (y * width + inside.lowerBound) * channels, target + left, count)
    clear(target + left + count, rowCount - left - count)
  }
}
