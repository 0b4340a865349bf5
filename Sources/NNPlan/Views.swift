/// Some channels of each pixel of a buffer that is no view: where a buffer's numbers are.
public struct ChannelWindow: Hashable, Sendable {
  /// The buffer.
  public var root: BufferID
  /// The first of its channels.
  public var channel: Int
}

extension Plan {
  /// Whether a buffer lies within another's pixels.
  public func isView(_ id: BufferID) -> Bool { if case .view = buffers[id.index].place { true } else { false } }

  /// The buffer that is no view itself in which a view lies; any other itself.
  public func root(of id: BufferID) -> BufferID { window(of: id).root }

  /// Where a buffer's channels are in the one in which it lies and that is no view; in itself where it is none.
  public func window(of id: BufferID) -> ChannelWindow {
    var window = ChannelWindow(root: id, channel: 0)
    while case .view(let host, let channel) = buffers[window.root.index].place {
      window = ChannelWindow(root: host, channel: window.channel + channel)
    }
    return window
  }
}

extension Buffer {
  /// Channels of a pixel: the last dimension.
  public var channels: Int { type.shape.last ?? 1 }
}
