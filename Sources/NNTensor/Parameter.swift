/// How a parameter's first values are drawn.
public enum Initializer: Hashable, Sendable {
  case zeros
  case ones
  /// Normal with this standard deviation.
  case normal(deviation: Double)
  /// Uniform in `-bound ... bound`.
  case uniform(bound: Double)
  /// Near the first left singular vector of the weight of this name, whose matrix has a row for each index of the file's
  /// `dimension`.
  case leftSingularVector(of: String, dimension: Int)
  /// The right singular vector that belongs to `left`.
  case rightSingularVector(of: String, left: String, dimension: Int)
}

/// How a parameter changes in training.
public enum ParameterRole: Hashable, Sendable {
  /// By its gradient.
  case learnt
  /// It follows a statistic of the batches, such as a batch normalisation's running mean.
  case statistic
}

/// A tensor that is learnt, or loaded: its storage in memory and in files. Copies share what they hold, since parameters are
/// handed on more often than they are changed.
@dynamicMemberLookup
public struct Parameter: Hashable, Sendable {
  /// What a parameter holds; read and changed as the parameter's own.
  public struct Contents: Hashable, Sendable {
    /// The tensor's name in weight files, such as `model.conv_1.weight`.
    public var name: String
    /// The layer it belongs to, such as `model.conv_1`.
    public let layer: String
    /// Its shape in memory, such as `[kh, kw, in, out]`.
    public var shape: Shape
    /// Its shape in files, such as `[out, in, kh, kw]`.
    public let fileShape: Shape
    /// The file's tensor is viewed with the dimensions `fileView`; memory dimension `i` is dimension `order[i]` of the view.
    public let fileView: Shape
    /// See `fileView`.
    public let order: [Int]
    /// Its first values.
    public let initializer: Initializer
    /// False for biases and normalisations, which weight decay spares.
    public var decays: Bool
    /// False where the network is frozen, and of statistics.
    public var isTrainable = true
    /// How it changes in training.
    public var role = ParameterRole.learnt
  }

  @usableFromInline var shared: Shared<Contents>

  /// A parameter that is stored in files as it is in memory.
  public init(name: String, layer: String, shape: Shape, initializer: Initializer, decays: Bool) {
    shared = Shared(
      Contents(
        name: name, layer: layer, shape: shape, fileShape: shape, fileView: shape, order: Array(0..<shape.rank),
        initializer: initializer, decays: decays))
  }

  /// A parameter whose file tensor has other dimensions, viewed as `fileView` and permuted by `order`.
  public init(
    name: String, layer: String, fileShape: Shape, fileView: Shape, order: [Int], initializer: Initializer, decays: Bool
  ) {
    shared = Shared(
      Contents(
        name: name, layer: layer, shape: Shape(order.map { fileView[$0] }), fileShape: fileShape, fileView: fileView,
        order: order, initializer: initializer, decays: decays))
  }

  /// A part of what it holds.
  @inlinable public subscript<Value>(dynamicMember part: KeyPath<Contents, Value>) -> Value {
    _read { yield shared.contents[keyPath: part] }
  }

  /// A part of what it holds, which may change.
  @inlinable public subscript<Value>(dynamicMember part: WritableKeyPath<Contents, Value>) -> Value {
    _read { yield shared.contents[keyPath: part] }
    set { shared.change { $0[keyPath: part] = newValue } }
  }

  /// Whether it is one of a network's; no network's name begins with another's and a point.
  public func belongs(to network: String) -> Bool { self.name.hasPrefix("\(network).") }
}
