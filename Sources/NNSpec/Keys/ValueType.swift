/// Limits of a real number; a bound that is `nil` does not exist. Values are always finite.
public struct RealBounds: Sendable, Hashable {
  /// The lower bound.
  public let lower: Double?
  /// Whether the lower bound itself is allowed.
  public let includesLower: Bool
  /// The upper bound.
  public let upper: Double?
  /// Whether the upper bound itself is allowed.
  public let includesUpper: Bool

  /// Limits from `lower` to `upper`.
  public init(lower: Double? = nil, includesLower: Bool = true, upper: Double? = nil, includesUpper: Bool = true) {
    self.lower = lower
    self.includesLower = includesLower
    self.upper = upper
    self.includesUpper = includesUpper
  }

  /// Any finite number.
  public static let any = RealBounds()
  /// Numbers greater than `bound`.
  public static func above(_ bound: Double) -> RealBounds { RealBounds(lower: bound, includesLower: false) }
  /// Numbers not smaller than `bound`.
  public static func atLeast(_ bound: Double) -> RealBounds { RealBounds(lower: bound) }
  /// Numbers from `lower` to `upper`, both allowed.
  public static func from(_ lower: Double, to upper: Double) -> RealBounds { RealBounds(lower: lower, upper: upper) }
  /// Numbers from `lower`, allowed, to below `upper`.
  public static func from(_ lower: Double, below upper: Double) -> RealBounds {
    RealBounds(lower: lower, upper: upper, includesUpper: false)
  }
}

/// What a key takes. It directs how a YAML node is read, and describes the key to the schema and the reference.
public indirect enum ValueType: Sendable {
  /// An integer; gives `.integer`.
  case integer(ClosedRange<Int>)
  /// A real number, which may be written as an integer; gives `.real`.
  case real(RealBounds)
  /// A real number that may be a schedule; gives `.real` or `.schedule`.
  case scheduled(RealBounds)
  /// `true` or `false`; gives `.boolean`.
  case boolean
  /// Text, in which `$` starts an expression; gives `.string`.
  case string
  /// Text as it stands, `$` included; gives `.string`.
  case text
  /// A path relative to the spec's folder; gives `.string`.
  case path
  /// A checksum by SHA-256, 64 hexadecimal digits; gives `.string`, in small letters.
  case digest
  /// One of some words; gives `.word`.
  case word([String])
  /// A name of something in the spec such as `frames` or `frames.target`; gives `.name`.
  case name
  /// The name of a lint, which whoever knows the lints looks up; gives `.name`.
  case lint
  /// A number for both directions, or `[height, width]`; gives `.pair`.
  case pair(ClosedRange<Int>)
  /// `[height, width, channels]` or `[features]`, each at least 1; gives `.shape`.
  case shape
  /// A list of elements; gives `.list`. `count` limits how many.
  case list(ValueType, count: ClosedRange<Int>)
  /// Names with a number each, such as `{relu1: 1, relu2: 0.5}`; gives `.weights`.
  case weights(RealBounds)
  /// A percentage such as `10%`, with bounds in percent; gives `.real`, as a share of 1.
  case percentage(RealBounds)
  /// A size such as `2 GiB`; gives `.integer`, in bytes.
  case bytes
  /// A duration such as `90 s`; gives `.real`, in seconds.
  case duration
  /// A count such as `500 steps` or `2 epochs`; gives `.count`.
  case count
  /// A comparison with a number such as `<= 1.5e6`; gives `.comparison`.
  case comparison
  /// The same with a size such as `<= 2 GiB`; gives `.comparison`, in bytes.
  case sizeComparison
  /// A kind with its own keys: a word, or `{kind: {…}}`; gives `.kind`.
  case kind(KindFamily)
  /// A mapping with keys of its own, called by a noun; gives `.kind`, whose `kind` is the noun.
  case keys(String, KeyTable)
  /// One of several, chosen by what is written; the first that fits the node's form is taken.
  case oneOf([ValueType])
  /// Anything, left to the caller; gives `.node`.
  case node

  /// An integer from a bound on.
  public static func integer(_ bounds: PartialRangeFrom<Int>) -> ValueType { .integer(bounds.lowerBound...Int.max) }
  /// A pair of integers from a bound on.
  public static func pair(_ bounds: PartialRangeFrom<Int>) -> ValueType { .pair(bounds.lowerBound...Int.max) }
  /// A list of any length but 0.
  public static func list(_ element: ValueType) -> ValueType { .list(element, count: 1...Int.max) }
}
