import NNGraph
import NNTensor

/// Computes every value of a graph in double precision with plain loops: slow, obvious, and independent of the
/// kernels, which are tested against it.
public struct Evaluator: Sendable {
  /// Whether a dropout lets the element at this index through.
  public typealias DropoutMask = @Sendable (_ operation: Dropout, _ element: Int) -> Bool

  /// The mask of every dropout.
  public var keeps: DropoutMask

  /// An evaluator; without an argument, dropout's mask is a hash of stream and element.
  public init(keeps: @escaping DropoutMask = Evaluator.hashedMask) { self.keeps = keeps }

  /// A mask that is a function of stream and element alone.
  public static let hashedMask: DropoutMask = { operation, element in
    Double(SharedHash.bits(seed: UInt64(operation.stream), element)) / Double(1 << 24) >= Double(operation.rate)
  }

  /// All values of `graph`, by their index, from those of its leaves. Traps where a leaf is missing or has another
  /// shape, and where an operation is unknown.
  public func evaluate(_ graph: Graph, leaves: [Origin: ReferenceTensor]) -> [ReferenceTensor] {
    var values = [ReferenceTensor?](repeating: nil, count: graph.values.count)
    for (index, value) in graph.values.enumerated() {
      if case .node = value.origin { continue }
      guard let leaf = leaves[value.origin] else { preconditionFailure("no value for \(value.origin)") }
      precondition(leaf.shape == value.type.shape, "\(value.origin) is \(leaf.shape), not \(value.type.shape)")
      values[index] = leaf
    }
    for node in graph.nodes {
      let results = results(of: node.operation, node.inputs.compactMap { values[$0.index] })
      precondition(results.count == node.outputs.count, "\(node.operation.name): \(results.count) results")
      for (output, result) in zip(node.outputs, results) {
        precondition(result.shape == graph.shape(output), "\(node.operation.name): \(result.shape)")
        values[output.index] = result
      }
    }
    return values.compactMap { $0 }
  }

  /// The results of one operation.
  public func results(of operation: any Operation, _ x: [ReferenceTensor]) -> [ReferenceTensor] {
    if let results = linear(operation, x) ?? spatial(operation, x) ?? pointwise(operation, x)
      ?? normalizing(operation, x)
    {
      return results
    }
    preconditionFailure("the reference evaluator does not know \(operation.name)")
  }

  private func linear(_ operation: any Operation, _ x: [ReferenceTensor]) -> [ReferenceTensor]? {
    switch operation {
    case let operation as Convolution:
      let sums = operation.problem(x[0].shape, x[1].shape).referenceForward(x[0], x[1])
      return operation.epilogue.reference(sums, Array(x.dropFirst(2)))
    case let operation as TransposedConvolution:
      let sums = operation.problem(x[0].shape, x[1].shape).referenceAdjoint(x[0], x[1])
      return operation.epilogue.reference(sums, Array(x.dropFirst(2)))
    case let operation as ConvolutionWeightGradient:
      let problem = ConvolutionProblem(input: x[0].shape, output: x[1].shape, window: operation.window)
      let gradient = problem.referenceWeightGradient(x[0], x[1])
      switch operation.biasGradient {
      case .none: return [gradient]
      case .output: return [gradient, channelSum(x[1])]
      case .input: return [gradient, channelSum(x[0])]
      }
    case let operation as BiasAdd: return [operation.activation.reference(addBias(x[0], x[1]))]
    case is ChannelSum: return [channelSum(x[0])]
    case is Add: return [x[0].combined(x[1], +)]
    case is Multiply: return [x[0].combined(x[1], *)]
    case is Concatenate: return [concatenated(x)]
    case let operation as SliceChannels: return [channels(x[0], operation.start, operation.count)]
    default: return nil
    }
  }

  private func concatenated(_ x: [ReferenceTensor]) -> ReferenceTensor {
    let leading = Array(x[0].shape.dimensions.dropLast())
    let counts = x.map { $0.shape.dimensions.last ?? 1 }
    let rows = leading.reduce(1, *)
    let values = (0..<rows).flatMap { row in
      zip(x, counts).flatMap { tensor, count in tensor.values[row * count..<(row + 1) * count] }
    }
    return ReferenceTensor(Shape(leading + [counts.reduce(0, +)]), values)
  }

  private func channels(_ x: ReferenceTensor, _ start: Int, _ count: Int) -> ReferenceTensor {
    let leading = Array(x.shape.dimensions.dropLast())
    let channels = x.shape.dimensions.last ?? 1
    let values = (0..<leading.reduce(1, *)).flatMap { x.values[$0 * channels + start..<$0 * channels + start + count] }
    return ReferenceTensor(Shape(leading + [count]), values)
  }

  private func spatial(_ operation: any Operation, _ x: [ReferenceTensor]) -> [ReferenceTensor]? {
    switch operation {
    case let operation as MaxPool: return operation.window.referenceMaximum(x[0])
    case let operation as MaxPoolGradient:
      let dy = operation.gradientOf == .none ? x[0] : operation.gradientOf.referenceGradient(x[0], saved: x[2])
      let input = x[0].shape.resized(operation.inputSize)
      return [operation.window.referenceMaximumGradient(dy, argmax: x[1], input: input)]
    case let operation as AveragePool: return [operation.window.referenceMean(x[0])]
    case let operation as AveragePoolGradient:
      return [operation.window.referenceMeanGradient(x[0], input: x[0].shape.resized(operation.inputSize))]
    case is SpatialMean: return [spatialMean(x[0])]
    case let operation as SpatialMeanGradient: return [spatialMeanGradient(x[0], operation.inputSize)]
    case let operation as Upsample: return [operation.upsampling.reference(x[0])]
    case let operation as UpsampleGradient: return [operation.upsampling.referenceGradient(x[0])]
    case let operation as Reshape: return [x[0].reshaped(operation.shape)]
    case let operation as DepthToSpace: return [operation.factor.referenceDepthToSpace(x[0])]
    case let operation as SpaceToDepth: return [operation.factor.referenceSpaceToDepth(x[0])]
    case let operation as Pad: return [operation.margins.referencePad(x[0], value: Double(operation.value))]
    case let operation as Crop: return [operation.margins.referenceCrop(x[0])]
    case let operation as Permute:
      return [x[0].permuted(operation.order == .channelsFirst ? [0, 3, 1, 2] : [0, 2, 3, 1])]
    default: return nil
    }
  }

  private func normalizing(_ operation: any Operation, _ x: [ReferenceTensor]) -> [ReferenceTensor]? {
    switch operation {
    case let operation as Normalize:
      var results = operation.extent.reference(
        x[0], epsilon: Double(operation.epsilon), affine: Array(x.dropFirst()))
      results[0] = operation.activation.reference(results[0])
      return results
    case let operation as NormalizeGradient:
      let dy =
        operation.gradientOf == .none ? x[0] : operation.gradientOf.referenceGradient(x[0], saved: x[x.count - 1])
      let weight = operation.isAffine ? x[operation.extent == .channels ? 2 : 4] : nil
      return operation.extent.referenceGradient(dy, x[1], epsilon: Double(operation.epsilon), weight: weight)
    case let operation as ChannelAffine:
      let scaled = x[0].overChannels(x[1], *)
      return [operation.activation.reference(operation.hasShift ? scaled.overChannels(x[2], +) : scaled)]
    case let operation as ChannelScale: return operation.reference(x)
    case let operation as TrackStatistics: return operation.reference(x)
    case let operation as ScaleWeights: return [operation.reference(x[0], x[1])]
    case let operation as SpectralNormalize: return operation.reference(x)
    case let operation as SpectralNormalizeGradient: return [operation.reference(x)]
    case let operation as PowerIteration: return operation.reference(x)
    default: return nil
    }
  }

  private func pointwise(_ operation: any Operation, _ x: [ReferenceTensor]) -> [ReferenceTensor]? {
    switch operation {
    case let operation as Activate: return [operation.activation.reference(x[0])]
    case let operation as ActivationGradient: return [operation.activation.referenceGradient(x[0], saved: x[1])]
    case let operation as Loss where operation.kind == .totalVariation: return [ReferenceVariation.loss(x[0])]
    case let operation as LossGradient where operation.kind == .totalVariation:
      return [ReferenceVariation.gradient(x[0], upstream: x[1].values[0])]
    case let operation as Loss:
      if case .judgement(let formula) = operation.kind { return [formula.reference(x[0])] }
      return [operation.kind.reference(x[0], x[1])]
    case let operation as LossGradient:
      if case .judgement(let formula) = operation.kind {
        return [formula.referenceGradient(x[0], upstream: x[1].values[0])]
      }
      return [operation.kind.referenceGradient(x[0], x[1], upstream: x[2])]
    case let operation as Dropout:
      let rate = operation.isScheduled ? x[1].values[0] : Double(operation.rate)
      let scale = 1 / (1 - rate)
      return [ReferenceTensor(x[0].shape, x[0].values.enumerated().map { keeps(operation, $0) ? $1 * scale : 0 })]
    case let operation as Noise:
      let deviation = operation.isScheduled ? x[1].values[0] : Double(operation.deviation)
      let noise = SharedHash.symmetric(x[0].shape, seed: "noise \(operation.stream)")
      return [x[0].combined(noise) { $0 + deviation * $1 }]
    case let operation as Update:
      let slots = operation.optimizer.stateCount
      let numbers = x[(2 + slots)...].map { $0.values[0] }
      let factor = operation.norm == .limited ? numbers.last ?? 1 : 1
      let own = operation.optimizer.numbers.count
      let results = operation.optimizer.reference(
        parameter: x[0], gradient: x[1].mapped { $0 * factor }, state: Array(x[2..<(2 + slots)]),
        scalars: Array(numbers.prefix(own)))
      if operation.norm != .measured { return results }
      let squares = x[1].values.reduce(numbers.count > own ? numbers[own] : 0) { $0 + $1 * $1 }
      return results + [ReferenceTensor(scalar: squares)]
    case let operation as MapChannels:
      let (scale, shift) = (operation.scale, operation.shift)
      let values = x[0].values.enumerated().map { index, value in
        Double(scale[index % scale.count]) * value + Double(shift[index % shift.count])
      }
      return [ReferenceTensor(x[0].shape, values)]
    case is SumOfSquares:
      return [ReferenceTensor(scalar: x[0].values.reduce(x.count > 1 ? x[1].values[0] : 0) { $0 + $1 * $1 })]
    case let operation as ShareAbove:
      let above = x[0].values.filter { $0 > Double(operation.threshold) }.count
      return [ReferenceTensor(scalar: Double(above) / Double(x[0].values.count))]
    case is ClipFactor:
      let norm = x.dropFirst().reduce(0) { $0 + $1.values[0] }.squareRoot()
      return [ReferenceTensor(scalar: min(1, x[0].values[0] / (norm + 1e-6)))]
    case let operation as ClampParameter:
      return [x[0].mapped { min(max($0, -Double(operation.bound)), Double(operation.bound)) }]
    case is ClampGradient:
      let limit = x[1].values[0]
      return [x[0].mapped { min(max($0, -limit), limit) }]
    case is SumGradient:
      return [x[2].values[0] == 0 ? x[0] : x[0].combined(x[1]) { $0 + $1 }]
    case is MovingAverage:
      let decay = x[2].values[0]
      return [x[0].combined(x[1]) { decay * $1 + (1 - decay) * $0 }]
    default: return nil
    }
  }
}

extension Shape {
  /// The same batch and channels with another extent.
  func resized(_ size: Size2D) -> Shape { [self[0], size.height, size.width, self[3]] }
}

private func spatialMean(_ x: ReferenceTensor) -> ReferenceTensor {
  var mean = ReferenceTensor([x.shape[0], x.shape[3]])
  let area = x.shape[1] * x.shape[2]
  for i in x.values.indices {
    mean.values[i / (area * x.shape[3]) * x.shape[3] + i % x.shape[3]] += x.values[i] / Double(area)
  }
  return mean
}

private func spatialMeanGradient(_ dy: ReferenceTensor, _ size: Size2D) -> ReferenceTensor {
  let channels = dy.shape[1]
  var dx = ReferenceTensor([dy.shape[0], size.height, size.width, channels])
  for i in dx.values.indices {
    dx.values[i] = dy.values[i / (size.area * channels) * channels + i % channels] / Double(size.area)
  }
  return dx
}
