import NNKernels

/// Rows of one image of a convolution's source, copied together with zeros around the image.
struct PaddedSource {
  private let image: UnsafePointer<Float>
  private let height: Int
  private let width: Int
  private let channels: Int
  /// Floats from pixel to pixel.
  private let pitch: Int
  /// The columns that are copied, some of which may lie outside the image.
  private let columns: Range<Int>

  init(_ a: UnsafePointer<ConvolutionArguments>, image: Int, columns: Range<Int>) {
    let plan = a.pointee.plan
    (height, width, channels) = (plan.sourceHeight, plan.sourceWidth, plan.sourceChannels)
    pitch = plan.sourceWords
    self.image = a.pointee.source + image * height * width * pitch
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
    let source = image + (y * width + inside.lowerBound) * pitch
    if pitch == channels {
      copy(source, target + left, count)
    } else {
      for pixel in 0..<inside.count { copy(source + pixel * pitch, target + left + pixel * channels, channels) }
    }
    clear(target + left + count, rowCount - left - count)
  }
}
