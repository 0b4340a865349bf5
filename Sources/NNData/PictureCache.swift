import NNFormats
import Synchronization

/// The bytes that a source's pictures may take in memory, those to train on and those held out together.
final class PictureBudget: Sendable {
  private let limit: Int
  private let used = Atomic<Int>(0)

  init(_ limit: Int) { self.limit = limit }

  /// Takes so many bytes, unless they are more than are left.
  func take(_ bytes: Int) -> Bool {
    if used.wrappingAdd(bytes, ordering: .relaxed).newValue <= limit { return true }
    used.wrappingSubtract(bytes, ordering: .relaxed)
    return false
  }
}

/// Keeps pictures as they come in, up to a budget; nothing is evicted, since every picture is equally likely to be
/// drawn next.
final class PictureCache: Sendable {
  private let budget: PictureBudget
  private let pictures = Mutex<[Int: Image]>([:])

  init(_ budget: PictureBudget) { self.budget = budget }

  /// The picture under `key`, made by `make` unless it is kept.
  func picture(_ key: Int, make: () throws(FileError) -> Image) throws(FileError) -> Image {
    if let kept = pictures.withLock({ $0[key] }) { return kept }
    let image = try make()
    pictures.withLock { pictures in
      if pictures[key] == nil, budget.take(image.byteCount) { pictures[key] = image }
    }
    return image
  }
}
