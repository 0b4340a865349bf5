/// A batch of samples: for each field, float32 values `[count, …shape]`, NHWC, contiguous.
///
/// The loader fills a batch again after the next call of `next()`, unless somebody still holds it.
public final class Batch {
  /// One field of the samples.
  public struct Field {
    /// `input`, `target`, `image` or `label`.
    public let name: String
    /// The shape of one sample, without the batch dimension.
    public let shape: [Int]
    /// Values of one sample.
    public let sampleCount: Int
    /// Room for a full batch; the first `count · sampleCount` values are this batch's.
    public internal(set) var values: [Float]
  }

  /// How many samples the fields have room for.
  public let capacity: Int
  /// How many samples this batch holds; fewer than `capacity` only for an epoch's last.
  public internal(set) var count = 0
  /// The epoch, from 0; 0 for evaluation.
  public internal(set) var epoch = 0
  /// The batch's place in the epoch, from 0.
  public internal(set) var index = 0
  /// Whether it is the last of its epoch.
  public internal(set) var isLastOfEpoch = false
  /// The draw of the pass that each sample is, in an evaluation its number in the part; where broken pictures are skipped,
  /// draws are missing.
  public internal(set) var draws: [Int] = []
  /// The fields, in the source's order.
  public internal(set) var fields: [Field]

  /// An empty batch with room for `capacity` samples of these fields.
  public init(fields: [SampleField], capacity: Int) {
    self.capacity = capacity
    draws.reserveCapacity(capacity)
    self.fields = fields.map { field in
      Field(
        name: field.name, shape: field.shape, sampleCount: field.count,
        values: [Float](repeating: 0, count: field.count * capacity))
    }
  }

  /// This batch's values of a field, `count · sampleCount` of them; nil when there is no such field.
  public func values(_ name: String) -> ArraySlice<Float>? {
    guard let field = fields.first(where: { $0.name == name }) else { return nil }
    return field.values[..<(count * field.sampleCount)]
  }
}

/// A field that every sample of a source has.
public struct SampleField: Equatable, Sendable {
  /// `input`, `target`, `image` or `label`.
  public let name: String
  /// The shape of one sample.
  public let shape: [Int]
  /// Values of one sample.
  public let count: Int

  /// A field; its size must have been checked not to overflow.
  public init(name: String, shape: [Int]) {
    self.name = name
    self.shape = shape
    self.count = shape.reduce(1, *)
  }
}
