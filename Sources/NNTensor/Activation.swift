/// An activation function, by PyTorch's definitions.
public enum Activation: Hashable, Sendable, CustomStringConvertible {
  case none
  case relu
  /// `x < 0 ? slope * x : x`
  case leakyRelu(slope: Float)
  /// `x < 0 ? exp(x) - 1 : x`
  case elu
  /// `x * Φ(x)` with the exact normal distribution function.
  case gelu
  /// `x * sigmoid(x)`
  case silu
  case sigmoid
  case tanh
  /// Over the last dimension.
  case softmax

  /// True where the gradient is computed from the function's output, false where from its input.
  public var gradientUsesOutput: Bool {
    switch self {
    case .gelu, .silu: false
    // A slope that is not positive loses the input's sign.
    case .leakyRelu(let slope): slope > 0
    default: true
    }
  }

  /// True where each element depends on its own input only.
  public var isElementwise: Bool { self != .softmax }

  /// The name in the spec language.
  public var description: String {
    switch self {
    case .none: "none"
    case .relu: "relu"
    case .leakyRelu: "leaky_relu"
    case .elu: "elu"
    case .gelu: "gelu"
    case .silu: "silu"
    case .sigmoid: "sigmoid"
    case .tanh: "tanh"
    case .softmax: "softmax"
    }
  }
}

/// A convolution with a 1×1 kernel to few channels that another convolution does with its results, before they are
/// rounded to how they would have been stored: only the few channels are.
public struct Projection: Hashable, Sendable {
  /// The most channels that it may have.
  public static let mostChannels = 4
  /// The most channels that it may be of, where the kernels' blocks have no more.
  public static let mostOperands = 64

  /// Its channels.
  public var channels: Int
  /// Adds a bias per channel.
  public var hasBias: Bool
  /// Then applies this.
  public var activation: Activation

  /// A projection to so many channels.
  public init(channels: Int, hasBias: Bool, activation: Activation) {
    self.channels = channels
    self.hasBias = hasBias
    self.activation = activation
  }
}

/// What a convolution does with its sums before they leave the registers, in this order.
public struct Epilogue: Hashable, Sendable {
  /// Adds a bias per output channel.
  public var hasBias = false
  /// Then applies this.
  public var activation = Activation.none
  /// Or multiplies by the gradient of this activation, computed from its saved output.
  public var gradientOf = Activation.none
  /// Then takes the maximum over disjoint windows; only the pooled values are written.
  public var pool: PoolWindow?
  /// Also writes the index of each window's maximum.
  public var keepsArgmax = false
  /// Or then convolves the activated values, which are not written, with a 1×1 kernel; with no pool or gradient.
  public var projection: Projection?

  /// Nothing besides the sums.
  public init() {}

  /// Where the operands of the projection start: behind the sums' two, the bias and the saved output.
  public var projectionPosition: Int { 2 + (hasBias ? 1 : 0) + (gradientOf == .none ? 0 : 1) }
}
