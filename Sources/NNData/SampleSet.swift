import NNFormats
import Synchronization

/// One part (training or validation) of a source: where its samples are and which of them belong to it.
struct SampleSet: Sendable {
  /// What a sample is read from.
  enum Content: Sendable {
    /// A picture, with its own clean copy as target.
    case pictures(any PictureStore)
    /// A picture of each store under the same index.
    case pairs(input: any PictureStore, target: any PictureStore)
    /// Numbers that are given on unchanged.
    case array(StoredArray)
  }

  let content: Content
  /// The numbers of this part's samples in `content`.
  let members: [Int]
  /// Labels by the number in `content`.
  let labels: [Int]?
  let cache: PictureCache
  /// Whether samples that cannot be decoded are left out; those that were found so.
  let skipsBroken: Bool
  let broken = BrokenSamples()

  var count: Int { members.count }

  /// What a person calls the sample at `index` of this part.
  func title(_ index: Int) -> String {
    switch content {
    case .pictures(let store), .pairs(_, let store): store.title(members[index])
    case .array(let array): "\(array.path) (sample \(members[index]))"
    }
  }

  /// What keys the sample's own random numbers in evaluation.
  func key(_ index: Int) -> String {
    switch content {
    case .pictures(let store), .pairs(_, let store): store.key(members[index])
    case .array: String(members[index])
    }
  }

  /// The picture at `index`, from the cache where it is kept, after `prepare` (applied once, before keeping).
  func picture(
    _ store: any PictureStore, _ index: Int, part: Int = 0, prepare: (Image) -> Image
  ) throws(FileError) -> Image {
    try cache.picture(members[index] * 2 + part) { () throws(FileError) -> Image in
      prepare(try store.picture(members[index]))
    }
  }
}

/// The samples of a set that were found broken, with what is wrong. Which samples a batch holds does not depend on it:
/// it only saves reading them again, and tells people.
final class BrokenSamples: Sendable {
  private let state = Mutex<[Int: FileError]>([:])

  /// What is wrong with the sample at `index`; nil where nothing is known.
  subscript(index: Int) -> FileError? { state.withLock { $0[index] } }

  /// Notes that the sample at `index` cannot be used.
  func note(_ index: Int, _ error: FileError) { state.withLock { $0[index] = error } }

  /// All that are known, in order.
  var errors: [FileError] { state.withLock { known in known.sorted { $0.key < $1.key }.map(\.value) } }
}
