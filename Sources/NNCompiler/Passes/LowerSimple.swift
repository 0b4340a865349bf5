import NNGraph
import NNKernels
import NNPlan
import NNTensor

/// The steps whose kernel follows from the operation alone.
extension Lowering {
  func matrix(_ weights: ValueID, _ rows: WeightMatrix.Rows) -> WeightMatrix {
    guard let matrix = WeightMatrix(shape(weights), rows: rows) else {
      preconditionFailure("choose: %\(weights.index) is no matrix")
    }
    return matrix
  }

  private mutating func spectralNormalize(_ node: Node, _ operation: SpectralNormalize) {
    let matrix = matrix(node.inputs[0], operation.rows)
    append(
      node, .spectralNormalize(matrix),
      workspace: workspace(floats: SpectralArguments.productWorkspace(matrix), node.layer))
  }

  private mutating func spectralNormalizeGradient(_ node: Node, _ operation: SpectralNormalizeGradient) {
    let matrix = matrix(node.inputs[0], operation.rows)
    append(
      node, .spectralNormalizeGradient(matrix), inPlace: InPlace(input: 0, output: 0),
      workspace: workspace(floats: SpectralArguments.gradientWorkspace(matrix), node.layer))
  }

  private mutating func normalize(_ node: Node, _ operation: Normalize) {
    append(
      node,
      .normalize(
        operation.extent, epsilon: operation.epsilon, isAffine: operation.isAffine, operation.activation),
      inPlace: InPlace(input: 0, output: 0),
      workspace: workspace(floats: operation.extent.workspace(shape(node.inputs[0])), node.layer))
  }

  private mutating func normalizeGradient(_ node: Node, _ operation: NormalizeGradient) {
    let floats = operation.extent.gradientWorkspace(shape(node.inputs[0]), isAffine: operation.isAffine)
    append(
      node,
      .normalizeGradient(
        operation.extent, epsilon: operation.epsilon, isAffine: operation.isAffine, gradientOf: operation.gradientOf),
      inPlace: InPlace(input: 0, output: 0), workspace: workspace(floats: floats, node.layer))
  }

  /// Steps with one result, whose kernel follows from the operation alone.
  mutating func simple(_ node: Node) {
    let x = node.inputs.first.map { shape($0) } ?? []
    let first = InPlace(input: 0, output: 0)
    switch node.operation {
    case is SumOfSquares:
      append(
        node, .sumOfSquares, inPlace: node.inputs.count > 1 ? InPlace(input: 1, output: 0) : nil,
        workspace: workspace(floats: squarePartials(x), node.layer))
    case let operation as BiasAdd: append(node, .biasAdd(operation.activation), inPlace: first)
    case is ChannelSum:
      append(
        node, .channelSum,
        workspace: workspace(floats: ChannelSumArguments.partialsCount(rows: x.rows, channels: x.channels), node.layer))
    case let operation as Activate: append(node, .activation(operation.activation), inPlace: first)
    case let operation as ActivationGradient:
      append(node, .activationGradient(operation.activation), inPlace: first)
    case let operation as MaxPool: append(node, .maxPool(operation.window, inputSize: Size2D(x[1], x[2])))
    case let operation as MaxPoolGradient:
      append(node, .maxPoolGradient(operation.window, gradientOf: operation.gradientOf))
    case let operation as AveragePool:
      append(node, .averagePool(operation.window, inputSize: Size2D(x[1], x[2])))
    case let operation as AveragePoolGradient: append(node, .averagePoolGradient(operation.window))
    case is SpatialMean: append(node, .spatialMean)
    case is SpatialMeanGradient: append(node, .spatialMeanGradient)
    case let operation as Upsample: append(node, .upsample(operation.upsampling))
    case let operation as UpsampleGradient: append(node, .upsampleGradient(operation.upsampling))
    case let operation as Permute: append(node, .permute(channelsFirst: operation.order == .channelsFirst))
    case let operation as Dropout:
      append(
        node, .dropout(rate: operation.rate, stream: operation.stream, isScheduled: operation.isScheduled),
        inPlace: first)
    case let operation as Normalize: normalize(node, operation)
    case let operation as NormalizeGradient: normalizeGradient(node, operation)
    case let operation as ChannelScale:
      append(node, .channelScale(epsilon: operation.epsilon, isAffine: operation.isAffine))
    case let operation as ChannelAffine:
      append(node, .channelAffine(hasShift: operation.hasShift, operation.activation), inPlace: first)
    case let operation as ScaleWeights:
      append(node, .scaleWeights(x, operation.direction, groups: operation.groups))
    case let operation as SpectralNormalize: spectralNormalize(node, operation)
    case let operation as SpectralNormalizeGradient: spectralNormalizeGradient(node, operation)
    case let operation as Noise:
      append(
        node, .noise(deviation: operation.deviation, stream: operation.stream, isScheduled: operation.isScheduled),
        inPlace: first)
    case let operation as DepthToSpace: append(node, .depthToSpace(factor: operation.factor))
    case let operation as SpaceToDepth: append(node, .spaceToDepth(factor: operation.factor))
    case let operation as Pad: append(node, .pad(operation.margins, value: operation.value))
    case let operation as Crop: append(node, .crop(operation.margins))
    case let operation as MapChannels:
      append(node, .mapChannels(scale: operation.scale, shift: operation.shift), inPlace: first)
    case let operation as ShareAbove: append(node, .shareAbove(operation.threshold))
    case is ClampGradient: append(node, .clampGradient, inPlace: first)
    case is ClipFactor: append(node, .clipFactor, workspace: workspace(floats: 2, node.layer))
    case is Add: append(node, .add, inPlace: first)
    case is Multiply: append(node, .multiply, inPlace: first)
    case is Concatenate: append(node, .concatenate)
    case let operation as SliceChannels: append(node, .slice(start: operation.start, count: operation.count))
    case let operation as Loss:
      append(
        node, operation.kind.smallestImage == nil ? .loss(operation.kind) : .imageLoss(operation.kind, x),
        workspace: workspace(floats: lossPartials(operation.kind, x), node.layer),
        scratch: lossScratch(operation.kind, x))
    case let operation as LossGradient:
      append(
        node, .lossGradient(operation.kind),
        workspace: workspace(floats: lossGradientWorkspace(operation.kind, x), node.layer),
        scratch: lossScratch(operation.kind, x))
    default: preconditionFailure("choose: no kernel for `\(node.operation.name)`")
    }
  }
}
