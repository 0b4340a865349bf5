/// The lengths of a tensor's dimensions, outermost first: `[N, H, W, C]` for images, `[N, F]` for features,
/// `[kernel height, kernel width, in, out]` for convolution weights, `[]` for a scalar.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// The length of each dimension, all at least 1.
  public var dimensions: [Int]

  /// A shape with these dimensions.
  public init(_ dimensions: [Int]) { self.dimensions = dimensions }

  public init(arrayLiteral elements: Int...) { dimensions = elements }

  /// How many dimensions there are; 0 for a scalar.
  public var rank: Int { dimensions.count }

  /// The length of dimension `index`.
  public subscript(index: Int) -> Int {
    get { dimensions[index] }
    set { dimensions[index] = newValue }
  }

  /// The number of elements. Shapes that a spec gave have been bounded by `checkedElementCount` before.
  public var elementCount: Int { dimensions.reduce(1, *) }

  /// The number of elements, or nil where it does not fit into an `Int` or a dimension is negative.
  public var checkedElementCount: Int? {
    var count = 1
    for length in dimensions {
      guard length >= 0 else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
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
