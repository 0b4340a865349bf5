import NNKernels

/// An activation that the compiler knows. It is a type, since calls that differ in a constant only are made one again, which
/// then finds out for every lane which function to compute.
protocol KnownActivation {
  /// Which it is.
  static var kind: ActivationKind { get }
}

/// The types of all activations.
private enum Known {
  enum Identity: KnownActivation { @inline(__always) static var kind: ActivationKind { .identity } }
  enum Relu: KnownActivation { @inline(__always) static var kind: ActivationKind { .relu } }
  enum LeakyRelu: KnownActivation { @inline(__always) static var kind: ActivationKind { .leakyRelu } }
  enum Elu: KnownActivation { @inline(__always) static var kind: ActivationKind { .elu } }
  enum Gelu: KnownActivation { @inline(__always) static var kind: ActivationKind { .gelu } }
  enum Silu: KnownActivation { @inline(__always) static var kind: ActivationKind { .silu } }
  enum Sigmoid: KnownActivation { @inline(__always) static var kind: ActivationKind { .sigmoid } }
  enum Tanh: KnownActivation { @inline(__always) static var kind: ActivationKind { .tanh } }
}

/// What is compiled once for each activation.
protocol ActivationWork {
  /// Works with one of them. To be inlined always.
  func work<A: KnownActivation>(_: A.Type)
}

extension ActivationWork {
  /// Works with any activation.
  @inline(__always)
  func work(_ kind: ActivationKind) {
    switch kind {
    case .identity: work(Known.Identity.self)
    case .relu: work(Known.Relu.self)
    case .leakyRelu: work(Known.LeakyRelu.self)
    case .elu: work(Known.Elu.self)
    case .gelu: work(Known.Gelu.self)
    case .silu: work(Known.Silu.self)
    case .sigmoid: work(Known.Sigmoid.self)
    case .tanh: work(Known.Tanh.self)
    }
  }

  /// Works with no activation, or one of those whose derivative follows from the sign of what they gave.
  @inline(__always)
  func workBySign(_ kind: ActivationKind) {
    switch kind {
    case .relu: work(Known.Relu.self)
    case .leakyRelu: work(Known.LeakyRelu.self)
    default: work(Known.Identity.self)
    }
  }
}
