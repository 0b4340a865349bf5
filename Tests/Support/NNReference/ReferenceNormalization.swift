import NNGraph
import NNTensor

extension NormalizationExtent {
  /// For each value of a tensor, the number of the mean that it belongs to.
  private func owners(_ shape: Shape) -> [Int] {
    let (channels, sample) = (shape.channels, shape.elementCount / shape[0])
    return (0..<shape.elementCount).map { index in
      switch self {
      case .batch: index % channels
      case .groups(let count): index / sample * count + index % channels / (channels / count)
      case .channels: index / channels
      }
    }
  }

  /// Mean and biased variance that belong to each value.
  private func moments(_ x: ReferenceTensor) -> (mean: ReferenceTensor, variance: ReferenceTensor) {
    let mean = averaged(x)
    let variance = averaged(x.combined(mean) { ($0 - $1) * ($0 - $1) })
    return (mean, variance)
  }

  /// Each value replaced by the mean over all that belong together.
  private func averaged(_ x: ReferenceTensor) -> ReferenceTensor {
    let owners = owners(x.shape)
    var (sums, counts) = ([Int: Double](), [Int: Double]())
    for (owner, value) in zip(owners, x.values) {
      sums[owner, default: 0] += value
      counts[owner, default: 0] += 1
    }
    return ReferenceTensor(x.shape, owners.map { (sums[$0] ?? 0) / (counts[$0] ?? 1) })
  }

  /// y, and each channel's mean and variance where the operation gives them.
  func reference(
    _ x: ReferenceTensor, epsilon: Double, affine: [ReferenceTensor]
  ) -> [ReferenceTensor] {
    let (mean, variance) = moments(x)
    var y = normalized(x, mean, variance, epsilon)
    if affine.count == 2 { y = y.overChannels(affine[0], *).overChannels(affine[1], +) }
    switch self {
    case .channels: return [y]
    case .batch: return [y, mean.firstRows(1, [x.shape.channels]), variance.firstRows(1, [x.shape.channels])]
    case .groups:
      let shape: Shape = [x.shape[0], x.shape.channels]
      return [y, mean.firstRows(x.shape[0], shape), variance.firstRows(x.shape[0], shape)]
    }
  }

  /// The gradients for x and, if affine, for weight and bias.
  func referenceGradient(
    _ dy: ReferenceTensor, _ x: ReferenceTensor, epsilon: Double, weight: ReferenceTensor?
  ) -> [ReferenceTensor] {
    let (mean, variance) = moments(x)
    let xHat = normalized(x, mean, variance, epsilon)
    let g = weight.map { dy.overChannels($0, *) } ?? dy
    let products = averaged(g.combined(xHat, *))
    let centred = g.combined(averaged(g), -).combined(xHat.combined(products, *), -)
    let dx = centred.combined(variance) { $0 / ($1 + epsilon).squareRoot() }
    return weight == nil ? [dx] : [dx, channelSum(dy.combined(xHat, *)), channelSum(dy)]
  }

  private func normalized(
    _ x: ReferenceTensor, _ mean: ReferenceTensor, _ variance: ReferenceTensor, _ epsilon: Double
  ) -> ReferenceTensor {
    x.combined(mean, -).combined(variance) { $0 / ($1 + epsilon).squareRoot() }
  }
}

extension ReferenceTensor {
  /// Each value combined with its channel's.
  func overChannels(_ line: ReferenceTensor, _ f: (Double, Double) -> Double) -> ReferenceTensor {
    ReferenceTensor(shape, values.indices.map { f(values[$0], line.values[$0 % shape.channels]) })
  }

  /// The first channels' values of each of `count` equal parts.
  fileprivate func firstRows(_ count: Int, _ shape: Shape) -> ReferenceTensor {
    let part = values.count / count
    return ReferenceTensor(shape, (0..<count).flatMap { values[$0 * part..<$0 * part + self.shape.channels] })
  }
}

extension ChannelScale {
  /// Scale and shift.
  func reference(_ x: [ReferenceTensor]) -> [ReferenceTensor] {
    let inverse = ReferenceTensor(x[1].shape, x[1].values.map { 1 / ($0 + Double(epsilon)).squareRoot() })
    let scale = isAffine ? inverse.combined(x[2], *) : inverse
    let shift = x[0].combined(scale) { -$0 * $1 }
    return [scale, isAffine ? shift.combined(x[3], +) : shift]
  }
}

extension TrackStatistics {
  /// The new running values.
  func reference(_ x: [ReferenceTensor]) -> [ReferenceTensor] {
    let momentum = Double(momentum)
    let mean = x[0].combined(x[2]) { (1 - momentum) * $0 + momentum * $1 }
    guard count > 1 else { return [mean, x[1]] }
    let correction = Double(count) / Double(count - 1)
    return [mean, x[1].combined(x[3]) { (1 - momentum) * $0 + momentum * $1 * correction }]
  }
}

extension ScaleWeights {
  /// The weights times the factors of the result's channels.
  func reference(_ weight: ReferenceTensor, _ scale: ReferenceTensor) -> ReferenceTensor {
    let (inner, outer) = (weight.shape[2], weight.shape[3])
    return ReferenceTensor(
      weight.shape,
      weight.values.indices.map { index in
        let (from, to) = (index / outer % inner, index % outer)
        let channel = direction == .forward ? to : to / (outer / groups) * inner + from
        return weight.values[index] * scale.values[channel]
      })
  }
}
