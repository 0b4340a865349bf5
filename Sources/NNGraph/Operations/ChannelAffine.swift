import NNTensor

/// `y = activation(x · scale + shift)` for every `[…, C]` with scale and shift `[C]`: a batch normalisation by statistics
/// that are known.
public struct ChannelAffine: Operation {
  /// Whether there is a shift.
  public var hasShift: Bool
  /// What is applied to y.
  public var activation = Activation.none

  /// A bare scaling, with a shift or without.
  public init(hasShift: Bool) { self.hasShift = hasShift }

  public var name: String { "channel_affine" }
  public var detail: String { activation == .none ? "" : "+ \(activation)" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    let channels = Shape([inputs[0].shape.last ?? 1])
    require(
      inputs.count == (hasShift ? 3 : 2) && inputs.dropFirst().allSatisfy { $0.shape == channels }, self, "\(inputs)")
    return [inputs[0]]
  }

  public func storage(_ inputs: [TensorType], _ outputs: [TensorType]) -> [StorageGroup] {
    inputs[0].hasPairs() ? [StorageGroup(.input(0), .output(0))] : []
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { 2 * inputs[0].shape.elementCount }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    require(activation == .none, self, "differentiated after fusion")
    let (dy, layer) = (request.gradient, request.node.layer)
    var gradients: [ValueID?] = [
      request.wanted[0] ? graph.apply(ChannelAffine(hasShift: false), to: dy, request.input(1), layer: layer) : nil
    ]
    if request.wanted[1] {
      let products = graph.apply(Multiply(), to: dy, request.input(0), layer: layer)
      gradients.append(graph.apply(ChannelSum(), to: products, layer: layer))
    } else {
      gradients.append(nil)
    }
    if hasShift { gradients.append(request.wanted[2] ? graph.apply(ChannelSum(), to: dy, layer: layer) : nil) }
    return gradients
  }
}

/// Mean, variance and, if affine, weight and bias, all `[C]`, to the scale `weight / sqrt(variance + epsilon)` and the shift
/// `bias - mean · scale` with which `ChannelAffine` normalises.
public struct ChannelScale: Operation {
  /// Added to the variance.
  public var epsilon: Float
  /// Whether there are weight and bias.
  public var isAffine: Bool

  /// The scale of a normalisation.
  public init(epsilon: Float, isAffine: Bool) {
    self.epsilon = epsilon
    self.isAffine = isAffine
  }

  public var name: String { "channel_scale" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    require(inputs.count == (isAffine ? 4 : 2) && inputs.allSatisfy { $0 == inputs[0] }, self, "\(inputs)")
    return [inputs[0], inputs[0]]
  }
}

/// A convolution's weights `[kh, kw, Cin / groups, Cout]` times a factor for each channel of its result; for the adjoint
/// the result has the convolution's input channels.
public struct ScaleWeights: Operation {
  /// Whose result's channels the factors belong to.
  public var direction: ConvolutionDirection
  /// The convolution's groups.
  public var groups: Int

  /// A scaling of weights.
  public init(direction: ConvolutionDirection, groups: Int) {
    self.direction = direction
    self.groups = groups
  }

  public var name: String { "scale_weights" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    let weight = inputs[0].shape
    let channels = direction == .forward ? weight[3] : weight[2] * groups
    require(inputs[1].shape == [channels], self, "\(inputs)")
    return [inputs[0]]
  }
}

/// A batch normalisation's running mean and variance `[C]` after a batch of mean and biased variance `[C]`: `(1 -
/// momentum) · running + momentum · batch`, the variance made unbiased first. The results take the place of the running
/// values. Where the batch has one value per channel, the variance stays.
public struct TrackStatistics: Operation {
  /// How much the batch counts.
  public var momentum: Float
  /// Values per channel in the batch.
  public var count: Int

  /// Running values after a batch of `count` values per channel.
  public init(momentum: Float, count: Int) {
    self.momentum = momentum
    self.count = count
  }

  public var name: String { "track_statistics" }
  public var detail: String { "momentum \(momentum)" }
  public var overwrites: [Int] { [0, 1] }
  public var passesGradients: Bool { false }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    require(inputs.count == 4 && inputs.allSatisfy { $0 == inputs[0] }, self, "\(inputs)")
    return [inputs[0], inputs[0]]
  }
}
