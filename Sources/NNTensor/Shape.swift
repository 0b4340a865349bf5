/// The lengths of a tensor's dimensions, outermost first: `[N, H, W, C]` for images, `[N, F]` for features,
/// `[kernel height, kernel width, in, out]` for convolution weights, `[]` for a scalar.
///
/// Up to four lengths stand in the value itself, so that the shapes of nearly all tensors need no memory of their own.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// How many dimensions there are; 0 for a scalar.
  public let rank: Int
  /// The first four lengths; 1 where there is no such dimension.
  @usableFromInline var near = Near()
  /// The others.
  @usableFromInline var far: [Int]?

  @usableFromInline struct Near: Hashable, Sendable {
    @usableFromInline var (a, b, c, d) = (1, 1, 1, 1)
    @usableFromInline init() {}
  }

  /// A shape with these dimensions, all at least 1.
  @inlinable public init(_ dimensions: some Collection<Int>) {
    rank = dimensions.count
    for (index, length) in dimensions.prefix(4).enumerated() { self[index] = length }
    if rank > 4 { far = Array(dimensions.dropFirst(4)) }
  }

  @inlinable public init(arrayLiteral elements: Int...) { self.init(elements) }

  /// The length of each dimension.
  public var dimensions: [Int] { (0..<rank).map { self[$0] } }

  /// The length of dimension `index`.
  @inlinable public subscript(index: Int) -> Int {
    get {
      precondition(index >= 0 && index < rank, "no dimension \(index)")
      return switch index {
      case 0: near.a
      case 1: near.b
      case 2: near.c
      case 3: near.d
      default: far?[index - 4] ?? 1
      }
    }
    set {
      precondition(index >= 0 && index < rank, "no dimension \(index)")
      switch index {
      case 0: near.a = newValue
      case 1: near.b = newValue
      case 2: near.c = newValue
      case 3: near.d = newValue
      default: far?[index - 4] = newValue
      }
    }
  }

  /// The first dimension's length; nil for a scalar.
  public var first: Int? { rank == 0 ? nil : self[0] }

  /// The last dimension's length; nil for a scalar.
  public var last: Int? { rank == 0 ? nil : self[rank - 1] }

  /// The number of elements. Shapes that a spec gave have been bounded by `checkedElementCount` before.
  public var elementCount: Int { far.map { $0.reduce(nearCount, *) } ?? nearCount }

  private var nearCount: Int { near.a * near.b * near.c * near.d }

  /// The number of elements, or nil where it does not fit into an `Int` or a dimension is negative.
  public var checkedElementCount: Int? {
    var count = 1
    for index in 0..<rank {
      guard self[index] >= 0 else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: self[index])
      if overflow { return nil }
      count = product
    }
    return count
  }

  public var description: String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }
}

/// How one element of a tensor is stored.
public enum ElementType: String, Hashable, Sendable {
  case float32
  /// The upper half of a float: eight bits of its significand.
  case bfloat16
  /// A sum that single precision is too coarse for.
  case float64
  /// The index of a pooling window's maximum.
  case uint8
  /// The same of a window of more than 256 positions.
  case uint16

  /// Bytes of one element.
  public var size: Int {
    switch self {
    case .float32: 4
    case .float64: 8
    case .uint8: 1
    case .uint16, .bfloat16: 2
    }
  }
}

/// Shape and element type of a tensor.
public struct TensorType: Hashable, Sendable, CustomStringConvertible {
  /// The dimensions.
  public var shape: Shape
  /// The element's storage.
  public var element: ElementType

  /// A tensor type; `float32` unless told.
  public init(_ shape: Shape, _ element: ElementType = .float32) {
    self.shape = shape
    self.element = element
  }

  /// Bytes of the dense tensor.
  public var byteCount: Int { shape.elementCount * element.size }

  public var description: String { element == .float32 ? "\(shape)" : "\(shape) \(element.rawValue)" }
}

/// A pair of sizes along height and width: a kernel, a stride, an image's extent.
public struct Size2D: Hashable, Sendable, CustomStringConvertible {
  /// Along the rows.
  public var height: Int
  /// Along the columns.
  public var width: Int

  /// A pair of sizes.
  public init(_ height: Int, _ width: Int) {
    self.height = height
    self.width = width
  }

  /// The product of both.
  public var area: Int { height * width }

  public var description: String { height == width ? "\(height)" : "[\(height), \(width)]" }
}
