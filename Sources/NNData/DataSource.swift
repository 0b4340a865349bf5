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
  /// Sources whose samples come along with this one's, one for each: see `accompanied(by:)`.
  public let companions: [DataSource]
  let parts: SourceOpener.Found
  /// Sources whose samples have the same numbers, together: 0 is this one, and its first companion 1.
  private let groups: [[Int]]
  private let order: EpochOrder
  private let salt: UInt64

  /// Finds the files and reads the headers of arrays; decodes no picture.
  public static func open(_ description: SourceDescription) throws(DataError) -> DataSource {
    try DescriptionCheck(description).run()
    let found = try SourceOpener(description).open()
    try DescriptionCheck(description).checkChannels(found.shape)
    return DataSource(description, found, fields: try SampleLayout(description).fields(found), companions: [])
  }

  private init(
    _ description: SourceDescription, _ found: SourceOpener.Found, fields: [SampleField], companions: [DataSource]
  ) {
    self.description = description
    self.companions = companions
    groups = Self.groups([[found.training.members, found.validation.members]] + companions.map(\.numbering))
    self.fields =
      fields
      + companions.flatMap { other in
        other.fields.map { SampleField(name: "\(other.description.name).\($0.name)", shape: $0.shape) }
      }
    classCount = found.classCount
    classNames = found.classNames
    parts = found
    order = EpochOrder(count: found.training.count)
    salt = StableHash.mixed(description.name)
  }

  /// This source, with samples of others along: each batch has their fields too, as `<source>.<field>`. This source says
  /// how long an epoch is and which samples a validation looks at; the others are drawn as often. Of sources of the same
  /// `numbering`, samples of the same number come along; each other one is drawn in an order of its own, beginning anew
  /// where its samples are fewer, and where it holds nothing out, its training samples take part in validation.
  public func accompanied(by others: [DataSource]) -> DataSource {
    DataSource(description, parts, fields: ownFields, companions: others)
  }

  /// The indices of equal numberings, in order.
  private static func groups(_ numberings: [[[Int]]]) -> [[Int]] {
    var groups: [[Int]] = []
    for index in numberings.indices {
      if let group = groups.firstIndex(where: { numberings[$0[0]] == numberings[index] }) {
        groups[group].append(index)
      } else {
        groups.append([index])
      }
    }
    return groups
  }

  /// The fields without those of companions.
  private var ownFields: [SampleField] {
    Array(fields.prefix(fields.count - companions.reduce(0) { $0 + $1.fields.count }))
  }

  /// What was wrong with the pictures that have been skipped so far, companions' included.
  public var brokenPictures: [FileError] {
    parts.training.broken.errors + parts.validation.broken.errors + companions.flatMap(\.brokenPictures)
  }

  /// The numbers, among all of the source's samples, of those to learn from and of those held out.
  public var numbering: [[Int]] { [parts.training.members, parts.validation.members] }

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
    let fields = ownFields
    let aliases: Set<String?> = fields.first?.name == "image" ? [nil, "input", "target"] : [nil]
    return aliases.contains(name) ? fields.first : nil
  }

  /// The field that a plan's input `<source>.<field>` means, of this source or of a companion.
  public func field(ofPort port: String) -> SampleField? {
    let end = port.lastIndex(of: ".")
    let source = end.map { String(port[..<$0]) }
    let name = end.map { String(port[port.index(after: $0)...]) }
    guard let other = companions.first(where: { $0.description.name == source }) else { return field(name) }
    return other.field(name).flatMap { field("\(other.description.name).\($0.name)") }
  }

  /// The source that a plan's input comes from: a companion, or this one.
  public func source(ofPort port: String) -> DataSource {
    let name = port.lastIndex(of: ".").map { String(port[..<$0]) }
    return companions.first { $0.description.name == name } ?? self
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
  /// thread. An `index` beyond the pass gives an empty batch. Where broken pictures are skipped, training draws the next
  /// whole sample instead, and a batch of an evaluation holds fewer, maybe none.
  public func fill(_ batch: Batch, pass: Pass, index: Int) throws(DataError) {
    let total = sampleCount(pass)
    let first = min(total, index * batch.capacity)
    let asked = min(batch.capacity, total - first)
    batch.index = index
    batch.isLastOfEpoch = first + asked >= total
    batch.epoch = 0
    if case .training(_, let epoch, _) = pass { batch.epoch = epoch }
    batch.count = 0
    batch.draws.removeAll(keepingCapacity: true)
    for draw in first..<first + asked {
      var isWhole = true
      for group in groups where isWhole { isWhole = try put(group, pass, draw, into: batch) }
      if !isWhole { continue }
      batch.count += 1
      batch.draws.append(draw)
    }
  }

  /// Makes the samples of a draw that belong together, in the next free place of `batch`. Where one is broken and is to be
  /// skipped, the next whole ones take their place, but for this source's in an evaluation: false then.
  private func put(_ group: [Int], _ pass: Pass, _ draw: Int, into batch: Batch) throws(DataError) -> Bool {
    var replaces = group[0] > 0
    if case .training = pass { replaces = true }
    let leader = member(group[0])
    let count = leader.set(pass).count
    var start: Int?
    for _ in 0..<max(1, count) {
      let found = try leader.put(pass, draw, at: start, into: batch, field: firstField(group[0]), replaces: replaces)
      guard let index = found else { return false }
      var isWhole = true
      for other in group.dropFirst() where isWhole {
        let made = try member(other).put(
          pass, draw, at: index, into: batch, field: firstField(other), replaces: false)
        isWhole = made != nil
      }
      if isWhole { return true }
      if !replaces { return false }
      start = (index + 1) % count
    }
    throw leader.everyPictureIsBroken
  }

  /// This source, for 0, or a companion.
  private func member(_ index: Int) -> DataSource { index == 0 ? self : companions[index - 1] }

  /// Where the fields of this source, for 0, or of a companion begin.
  private func firstField(_ index: Int) -> Int {
    index == 0 ? 0 : companions[..<(index - 1)].reduce(ownFields.count) { $0 + $1.fields.count }
  }

  /// Makes the sample at `index`, else that of a draw, in the next free place of `batch`, in the fields from `field` on. Gives
  /// the index of the sample; nil where it is broken, is to be skipped, and nothing may replace it.
  private func put(
    _ pass: Pass, _ draw: Int, at index: Int?, into batch: Batch, field: Int, replaces: Bool
  ) throws(DataError) -> Int? {
    var request = request(pass, draw: draw, at: index)
    let set = request.set
    do throws(FileError) {
      for _ in 0..<max(1, set.count) {
        do throws(FileError) {
          if let known = set.broken[request.index] { throw known }
          try SampleMaker(source: self, request: request, firstField: field).make(into: batch, slot: batch.count)
          return request.index
        } catch {
          guard set.skipsBroken, error.fault == .data else { throw error }
          set.broken.note(request.index, error)
          if !replaces { return nil }
          request.index = (request.index + 1) % set.count
        }
      }
    } catch {
      throw DataError(
        source: description.name, error, isOptional: description.kind.hasFilePerPicture && !set.skipsBroken)
    }
    throw everyPictureIsBroken
  }

  private var everyPictureIsBroken: DataError {
    DataError(
      source: description.name, part: .broken, "every picture of `\(description.name)` is broken",
      help: ["`broken: error` says what is wrong with the first of them"])
  }

  /// The samples that a pass goes through.
  private func set(_ pass: Pass) -> SampleSet {
    pass == .evaluation(.validation) && parts.validation.count > 0 ? parts.validation : parts.training
  }

  private func request(_ pass: Pass, draw: Int, at place: Int?) -> SampleRequest {
    switch pass {
    case .training(let seed, let epoch, let shuffle):
      let seed = seed ^ salt
      let index = place ?? (shuffle ? order.sample(seed: seed, epoch: epoch, draw: draw) : draw % trainingCount)
      let number = UInt64(bitPattern: Int64(epoch))
      return SampleRequest(
        set: parts.training, index: index,
        augmentation: RandomStream(seed: seed, purpose: .augmentation, index: number, second: UInt64(draw)),
        degradation: RandomStream(seed: seed, purpose: .degradation, index: number, second: UInt64(draw)))
    case .evaluation:
      let set = set(pass)
      let index = place ?? draw % set.count
      return SampleRequest(
        set: set, index: index, augmentation: nil,
        degradation: RandomStream(seed: 0, purpose: .degradation, index: StableHash.mixed(set.key(index))))
    }
  }
}
