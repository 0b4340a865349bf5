import NNTensor

/// A dense tensor of doubles in row-major order; class labels and argmax indices are whole doubles.
public struct ReferenceTensor: Hashable, Sendable {
  /// The dimensions.
  public let shape: Shape
  /// The values, the last dimension fastest.
  public var values: [Double]

  /// A tensor of these values; traps unless there are as many as the shape has elements.
  public init(_ shape: Shape, _ values: [Double]) {
    precondition(values.count == shape.elementCount, "\(values.count) values for shape \(shape)")
    self.shape = shape
    self.values = values
  }

  /// A tensor that is `value` everywhere.
  public init(_ shape: Shape, repeating value: Double = 0) {
    self.init(shape, [Double](repeating: value, count: shape.elementCount))
  }

  /// A tensor of shape `[]`.
  public init(scalar: Double) { self.init([], [scalar]) }

  /// The values rounded to float32.
  public var floats: [Float] { values.map(Float.init) }

  /// The same values in the same order under another shape.
  public func reshaped(_ shape: Shape) -> ReferenceTensor { ReferenceTensor(shape, values) }

  /// The tensor whose dimension `i` is dimension `order[i]` of this one.
  public func permuted(_ order: [Int]) -> ReferenceTensor {
    let strides = self.shape.strides
    let shape = Shape(order.map { self.shape[$0] })
    let steps = order.map { strides[$0] }
    var values: [Double] = []
    values.reserveCapacity(self.values.count)
    var index = [Int](repeating: 0, count: order.count)
    for _ in 0..<self.values.count {
      values.append(self.values[zip(index, steps).reduce(0) { $0 + $1.0 * $1.1 }])
      for dimension in index.indices.reversed() {
        index[dimension] += 1
        if index[dimension] < shape[dimension] { break }
        index[dimension] = 0
      }
    }
    return ReferenceTensor(shape, values)
  }

  /// Each value replaced.
  public func mapped(_ f: (Double) -> Double) -> ReferenceTensor { ReferenceTensor(shape, values.map(f)) }

  /// Both tensors combined value by value; traps where the shapes differ.
  public func combined(_ other: ReferenceTensor, _ f: (Double, Double) -> Double) -> ReferenceTensor {
    precondition(shape == other.shape, "shapes \(shape) and \(other.shape)")
    return ReferenceTensor(shape, zip(values, other.values).map(f))
  }

  /// The largest absolute difference, divided by both tensors' largest absolute value; infinite where the shapes or a
  /// value that is not finite differ.
  public func relativeDifference(to other: ReferenceTensor) -> Double {
    guard shape == other.shape else { return .infinity }
    var difference = 0.0
    var scale = Double.leastNormalMagnitude
    for (a, b) in zip(values, other.values) {
      guard a.isFinite, b.isFinite else {
        if a == b { continue }
        return .infinity
      }
      difference = max(difference, abs(a - b))
      scale = max(scale, abs(a), abs(b))
    }
    return difference / scale
  }

  /// The same, but where the other is zero up to double precision's rounding, as the gradient of a bias before a batch
  /// normalisation is, this tensor's largest absolute value.
  public func gradientDifference(to other: ReferenceTensor) -> Double {
    guard shape == other.shape, other.values.allSatisfy({ abs($0) < 1e-12 }) else {
      return relativeDifference(to: other)
    }
    return values.reduce(0) { $1.isFinite ? max($0, abs($1)) : .infinity }
  }

  /// The sum of products of both tensors' values.
  public func dot(_ other: ReferenceTensor) -> Double { zip(values, other.values).reduce(0) { $0 + $1.0 * $1.1 } }
}

extension Shape {
  /// How far apart in memory neighbours along each dimension are.
  var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for dimension in stride(from: rank - 2, through: 0, by: -1) {
      strides[dimension] = strides[dimension + 1] * self[dimension + 1]
    }
    return strides
  }

  /// The last dimension's length; 1 for a scalar.
  var channels: Int { dimensions.last ?? 1 }
}

/// Where `[n, y, x, c]` stands in a tensor of shape `[N, H, W, C]`.
struct ImageIndex {
  let height, width, channels: Int

  init(_ shape: Shape) { (height, width, channels) = (shape[1], shape[2], shape[3]) }

  func callAsFunction(_ n: Int, _ y: Int, _ x: Int, _ c: Int) -> Int { ((n * height + y) * width + x) * channels + c }
}
