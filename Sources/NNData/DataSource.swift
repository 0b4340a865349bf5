import NNFormats
import NNRandom

/// An opened source: what fields its samples have, how many there are, and any batch of any epoch on demand.
///
/// It is immutable but for a cache of decoded pictures, and may be used from several threads.
public final class DataSource: Sendable {
  /// The two parts of a source.
  public enum Split: Equatable, Sendable {
    /// What is learnt from.
    case training
    /// What is held out.
    case validation
  }

  /// One way through the samples.
  public enum Pass: Equatable, Sendable {
    /// Augmented samples in a random order (or, without `shuffle`, in their own). Epochs count from 0.
    case training(seed: UInt64, epoch: Int, shuffle: Bool)
    /// Each sample of a part once, in order, not augmented; a degradation depends on the sample only, so it is the same
    /// at every pass.
    case evaluation(Split)
  }

  /// The description it was opened with.
  public let description: SourceDescription
  /// The fields of each sample: `image`, or `input` and `target` (with `degrade` and for `pairs`), and `label`.
  public let fields: [SampleField]
  /// How many classes the labels distinguish; nil without labels.
  public let classCount: Int?
  /// The classes' names, for `classes`; otherwise empty.
  public let classNames: [String]
  let parts: SourceOpener.Found
  private let order: EpochOrder
  private let salt: UInt64

  /// Finds the files and reads the headers of arrays; decodes no picture.
  public static func open(_ description: SourceDescription) throws(DataError) -> DataSource {
    try DescriptionCheck(description).run()
    let found = try SourceOpener(description: description).open()
    return DataSource(description, found, fields: try SampleLayout(description).fields(found))
  }

  private init(_ description: SourceDescription, _ found: SourceOpener.Found, fields: [SampleField]) {
    self.description = description
    self.fields = fields
    classCount = found.classCount
    classNames = found.classNames
    parts = found
    order = EpochOrder(count: found.training.count)
    salt = stableHash(description.name)
  }

  /// Samples that training draws from.
  public var trainingCount: Int { parts.training.count }
  /// Samples held out.
  public var validationCount: Int { parts.validation.count }
  /// Draws in an epoch of training.
  public var samplesPerEpoch: Int { description.samplesPerEpoch ?? trainingCount }

  /// The field that a spec's `source.name` means. Without a name, and for `input`, `target` and `image` of a source
  /// whose samples are their own target, that is the picture; with a degraded input, no name means the input.
  public func field(_ name: String?) -> SampleField? {
    if let name, let exact = fields.first(where: { $0.name == name }) { return exact }
    let aliases: Set<String?> = fields.first?.name == "image" ? [nil, "input", "target"] : [nil]
    return aliases.contains(name) ? fields.first : nil
  }

  /// How many samples a pass gives.
  public func sampleCount(_ pass: Pass) -> Int {
    switch pass {
    case .training: samplesPerEpoch
    case .evaluation(.training): trainingCount
    case .evaluation(.validation): validationCount
    }
  }

  /// How many batches a pass gives; the last may be partial.
  public func batchCount(_ pass: Pass, batchSize: Int) -> Int {
    let samples = sampleCount(pass)
    return samples == 0 ? 0 : (samples - 1) / max(1, batchSize) + 1
  }

  /// What a person calls a sample of a part: its file's path, or its number.
  public func sampleTitle(_ split: Split, _ index: Int) -> String {
    split == .training ? parts.training.title(index) : parts.validation.title(index)
  }

  /// Fills `batch` with batch number `index` of a pass. Needs nothing of the batches before it; the same bits on any
  /// thread. An `index` beyond the pass gives an empty batch.
  public func fill(_ batch: Batch, pass: Pass, index: Int) throws(DataError) {
    let total = sampleCount(pass)
    let first = min(total, index * batch.capacity)
    batch.count = min(batch.capacity, total - first)
    batch.index = index
    batch.isLastOfEpoch = first + batch.count >= total
    batch.epoch = 0
    if case .training(_, let epoch, _) = pass { batch.epoch = epoch }
    for slot in 0..<batch.count {
      let request = request(pass, draw: first + slot)
      do throws(FileError) {
        try SampleMaker(source: self, request: request).make(into: batch, slot: slot)
      } catch {
        throw DataError(source: description.name, error)
      }
    }
  }

  private func request(_ pass: Pass, draw: Int) -> SampleRequest {
    switch pass {
    case .training(let seed, let epoch, let shuffle):
      let seed = seed ^ salt
      let index = shuffle ? order.sample(seed: seed, epoch: epoch, draw: draw) : draw % trainingCount
      let place = UInt64(bitPattern: Int64(epoch))
      return SampleRequest(
        set: parts.training, index: index,
        augmentation: RandomStream(seed: seed, purpose: .augmentation, index: place, second: UInt64(draw)),
        degradation: RandomStream(seed: seed, purpose: .degradation, index: place, second: UInt64(draw)))
    case .evaluation(let split):
      let set = split == .training ? parts.training : parts.validation
      return SampleRequest(
        set: set, index: draw, augmentation: nil,
        degradation: RandomStream(seed: 0, purpose: .degradation, index: stableHash(set.key(draw))))
    }
  }
}
