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
public struct Parameter: Hashable, Sendable {
  @usableFromInline struct Contents: Hashable, Sendable {
    @usableFromInline var name: String
    @usableFromInline var layer: String
    @usableFromInline var shape: Shape
    @usableFromInline var fileShape: Shape
    @usableFromInline var fileView: Shape
    @usableFromInline var order: [Int]
    @usableFromInline var initializer: Initializer
    @usableFromInline var decays: Bool
    @usableFromInline var isTrainable = true
    @usableFromInline var role = ParameterRole.learnt
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
}

// MARK: What it holds

extension Parameter {
  /// The tensor's name in weight files, such as `model.conv_1.weight`.
  public var name: String {
    @inlinable _read { yield shared.contents.name }
    set { shared.change { $0.name = newValue } }
  }

  /// The layer it belongs to, such as `model.conv_1`.
  public var layer: String { @inlinable _read { yield shared.contents.layer } }

  /// Its shape in memory, such as `[kh, kw, in, out]`.
  public var shape: Shape {
    @inlinable _read { yield shared.contents.shape }
    set { shared.change { $0.shape = newValue } }
  }

  /// Its shape in files, such as `[out, in, kh, kw]`.
  public var fileShape: Shape { @inlinable _read { yield shared.contents.fileShape } }

  /// The file's tensor is viewed with the dimensions `fileView`; memory dimension `i` is dimension `order[i]` of the view.
  public var fileView: Shape { @inlinable _read { yield shared.contents.fileView } }

  /// See `fileView`.
  public var order: [Int] { @inlinable _read { yield shared.contents.order } }

  /// Its first values.
  public var initializer: Initializer { @inlinable _read { yield shared.contents.initializer } }

  /// False for biases and normalisations, which weight decay spares.
  public var decays: Bool {
    @inlinable _read { yield shared.contents.decays }
    set { shared.change { $0.decays = newValue } }
  }

  /// False where the network is frozen, and of statistics.
  public var isTrainable: Bool {
    @inlinable _read { yield shared.contents.isTrainable }
    set { shared.change { $0.isTrainable = newValue } }
  }

  /// How it changes in training.
  public var role: ParameterRole {
    @inlinable _read { yield shared.contents.role }
    set { shared.change { $0.role = newValue } }
  }

  /// Whether it is one of a network's; no network's name begins with another's and a point.
  public func belongs(to network: String) -> Bool { name.hasPrefix("\(network).") }
}
