import NNFormats
import Synchronization

/// Keeps pictures as they come in, up to a budget; nothing is evicted, since every picture is equally likely to be
/// drawn next.
final class PictureCache: Sendable {
  private struct State {
    var pictures: [Int: Image] = [:]
    var bytes = 0
  }

  private let budget: Int
  private let state = Mutex(State())

  init(budget: Int) { self.budget = budget }

  /// The picture under `key`, made by `make` unless it is kept.
  func picture(_ key: Int, make: () throws(FileError) -> Image) throws(FileError) -> Image {
    if let kept = state.withLock({ $0.pictures[key] }) { return kept }
    let image = try make()
    state.withLock { state in
      guard state.pictures[key] == nil, state.bytes + image.byteCount <= budget else { return }
      state.pictures[key] = image
      state.bytes += image.byteCount
    }
    return image
  }
}
