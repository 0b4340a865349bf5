import NNTensor

/// Which kernels can have their operands and results among the channels of others' pixels, as a pixel's channels need not
/// follow the last one's.
extension Kernel {
  /// Whether input `index` may be a view.
  public func readsViews(at index: Int) -> Bool {
    switch self {
    case .convolution(let problem, let direction, _, _):
      index == 0 && !(direction == .forward && problem.readsAllAsOnePixel)
    case .weightGradient(let problem, _, _): index == 1 || !problem.readsAllAsOnePixel
    case .activation(let activation), .activationGradient(let activation): activation != .softmax
    case .normalize(let extent, _, _, _): index == 0 && extent != .channels
    case .normalizeGradient(let extent, _, let isAffine, _):
      extent != .channels && [0, 1, isAffine ? 5 : 4].contains(index)
    case .maxPool, .upsample, .upsampleGradient, .channelAffine: index == 0
    case .add, .multiply, .concatenate, .slice: true
    default: false
    }
  }

  /// Whether output `index` may be a view.
  public func writesViews(at index: Int) -> Bool {
    switch self {
    case .convolution(let problem, let direction, let epilogue, _):
      index == 0 && epilogue.isAPixelsOwn && problem.channels(direction) >= Self.fewestChannels
        && !(direction == .adjoint && problem.readsAllAsOnePixel)
    case .activation(let activation), .activationGradient(let activation): activation != .softmax
    case .normalize(let extent, _, _, _): index == 0 && extent != .channels
    case .upsample, .channelAffine, .add, .multiply, .concatenate, .slice: index == 0
    default: false
    }
  }

  /// Convolutions store fewer channels pixel over pixel, each lane over what the last one wrote behind its pixel.
  private static let fewestChannels = 16
}

extension Epilogue {
  /// Whether a pixel is stored as it was summed: not pooled, not projected, and not multiplied by a saved one, which would
  /// have to lie as the result does.
  fileprivate var isAPixelsOwn: Bool { pool == nil && projection == nil && gradientOf == .none }
}

extension ConvolutionProblem {
  /// Whether the kernel covers the whole input, whose pixels then count as one.
  fileprivate var readsAllAsOnePixel: Bool {
    window.kernel.area > 1 && window.kernel == inputSize && window.padding == Size2D(0, 0)
  }

  fileprivate func channels(_ direction: ConvolutionDirection) -> Int {
    direction == .forward ? outputChannels : inputChannels
  }
}
