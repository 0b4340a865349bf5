/// How the values of an elementwise kernel lie where other values stand between the channels of two pixels.
public struct PixelRows: BitwiseCopyable, Sendable {
  /// Channels of a pixel.
  public var channels: Int
  /// Numbers from a pixel to the next of the first operand, of the second, and of the result.
  public var first: Int
  public var second: Int
  public var result: Int

  /// Pixels of `channels`, so far apart.
  public init(channels: Int, first: Int, second: Int, result: Int) {
    (self.channels, self.first, self.second, self.result) = (channels, first, second, result)
  }

  /// Pixels that one task handles.
  public var rowsPerTask: Int { TaskGrid.rowsPerTask(channels: channels) }
}

extension TaskGrid {
  /// Tasks of an elementwise kernel on `count` values that lie in `pixels`, or one behind the other.
  static func tasks(_ count: Int, in pixels: PixelRows?) -> Int {
    pixels.map { tasks(count / $0.channels, by: $0.rowsPerTask) } ?? tasks(count)
  }
}
