/// What a data source gives, as far as shapes go; found out by whoever opens it, since this module reads no files.
public struct DataFacts: Sendable {
  /// A tensor that each sample has.
  public struct Field: Sendable, Hashable {
    /// `image`, `input`, `target` or `label`.
    public var name: String
    /// Its shape without the batch; `[]` for a label.
    public var shape: [Int]

    /// A field.
    public init(name: String, shape: [Int]) {
      self.name = name
      self.shape = shape
    }
  }

  /// All fields.
  public var fields: [Field]
  /// How many classes there are, where there are labels and it is known.
  public var classCount: Int?
  /// How many samples an epoch of training has; nil where the source could not be opened.
  public var samplesPerEpoch: Int?
  /// How many samples are held out; nil where the source could not be opened.
  public var validationSamples: Int?
  /// The numbers, among all of its samples, of those to learn from and of those held out; nil where the source could not be
  /// opened. Sources of the same numbers are drawn in the same order.
  public var numbering: [[Int]]?
  /// About how many bytes of decoded pictures stay in memory.
  public var keptPictureBytes = 0
  /// The same of those that are held out.
  public var heldOutPictureBytes = 0
  /// The most bytes that decoding a picture takes meanwhile.
  public var decodedPictureBytes = 0

  /// Fields, and what else is known.
  public init(
    fields: [Field], classCount: Int? = nil, samplesPerEpoch: Int? = nil, validationSamples: Int? = nil
  ) {
    self.fields = fields
    self.classCount = classCount
    self.samplesPerEpoch = samplesPerEpoch
    self.validationSamples = validationSamples
  }

  /// What the source's name alone means as a network's input.
  var input: Field? { field("input") ?? field("image") }

  /// What the source's name alone means as a loss's target.
  var target: Field? { field("target") ?? field("label") ?? field("image") }

  /// The field of this name. A plain image is its own input and target.
  func field(_ name: String) -> Field? {
    if let field = fields.first(where: { $0.name == name }) { return field }
    return name == "input" || name == "target" ? fields.first { $0.name == "image" && fields.count == 1 } : nil
  }
}
