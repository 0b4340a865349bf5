import NNGraph
import NNKernels
import NNPlan
import NNTensor

/// Turns a graph into a plan's steps and buffers, in the graph's order and without places: the pass `choose`.
struct Lowering {
  private let graph: Graph
  private let options: CompilerOptions
  /// How the samples of the batch go through; nil where they depend on each other.
  private let split: BatchSplit?
  /// The loop that is being lowered.
  private var loop: Loop?
  private var plan: Plan
  private var buffers = IDMap<ValueID, BufferID>()
  private var packed: [PackKey: BufferID] = [:]

  /// Packed weights that several steps can read, whatever the number of samples.
  private struct PackKey: Hashable {
    var weight: ValueID
    var problem: ConvolutionProblem
    var direction: NNTensor.ConvolutionDirection
    var algorithm: ConvolutionAlgorithm
  }

  /// The steps of `plan`, which has none yet; with `chunk`, so many samples at a time.
  static func lower(
    _ graph: Graph, to plan: Plan, _ options: CompilerOptions, split: BatchSplit? = nil, chunk: Int? = nil
  ) -> Plan {
    var lowering = Lowering(graph: graph, options: options, split: split, plan: plan)
    lowering.bindLeaves()
    if let split, let chunk {
      for segment in split.segments { lowering.lower(segment, chunk) }
    } else {
      for node in graph.nodes { lowering.lower(node) }
    }
    lowering.plan.outputs = graph.outputs.compactMap { output -> Port? in
      if output.name.hasPrefix(updatePrefix) { return nil }
      return Port(
        name: output.name, buffer: lowering.buffer(output.value), type: graph.type(output.value), gauge: output.gauge)
    }
    return lowering.plan
  }

  private init(graph: Graph, options: CompilerOptions, split: BatchSplit?, plan: Plan) {
    self.graph = graph
    self.options = options
    self.split = split
    self.plan = plan
    self.plan.parameters = graph.parameters
  }

  // MARK: Buffers

  /// Buffers for the leaves that are read.
  private mutating func bindLeaves() {
    var used = IDSet<ValueID>(graph.outputs.map(\.value))
    for node in graph.nodes { used.formUnion(node.inputs) }
    for index in graph.values.indices {
      let id = ValueID(graph, index)
      guard used.contains(id) else { continue }
      let value = graph.values[index]
      switch value.origin {
      case .node: continue
      case .input(let name):
        let buffer = add(name, value.type)
        if split != nil { plan[buffer].samples = .batch }
        buffers[id] = buffer
        plan.inputs.append(Port(name: name, buffer: buffer, type: value.type))
      case .parameter(let parameter):
        buffers[id] = add(graph.parameters[parameter].name, value.type, .parameter(parameter))
      case .state(let parameter, let slot):
        buffers[id] = add(graph.parameters[parameter].name, value.type, .state(parameter: parameter, slot: slot))
      case .scalar(let name):
        buffers[id] = add(name, value.type, .scalar(slot: plan.scalars.count))
        plan.scalars.append(name)
      }
    }
  }

  private mutating func add(_ name: String, _ type: TensorType, _ place: Place = .unplaced) -> BufferID {
    plan.buffers.append(Buffer(name: name, type: type, byteCount: Plan.aligned(type.byteCount), place: place))
    return BufferID(plan.buffers.count - 1)
  }

  private func buffer(_ value: ValueID) -> BufferID {
    guard let buffer = buffers[value] else { preconditionFailure("choose: %\(value.index) has no buffer") }
    return buffer
  }

  /// The buffer that a step writes a value to. A loop's second part adds to what the first made, and has only what it
  /// does not keep anew.
  private mutating func result(_ value: ValueID, _ name: String) -> BufferID {
    let room = room(value)
    if loop != nil, room != .chunk, let present = buffers[value] { return present }
    let buffer = add(name, room == .chunk ? type(value) : graph.type(value))
    plan[buffer].samples = room
    buffers[value] = buffer
    return buffer
  }

  private func room(_ value: ValueID) -> SampleRoom {
    guard let split, split.isPerSample[value.index] else { return .none }
    return loop == nil || split.isKept[value.index] ? .batch : .chunk
  }

  /// A value's type as the step that is being made sees it: within a loop, that of a run's samples.
  private func type(_ value: ValueID) -> TensorType {
    var type = graph.type(value)
    if let loop, split?.isPerSample[value.index] == true { type.shape[0] = loop.samples }
    return type
  }

  private func shape(_ value: ValueID) -> Shape { type(value).shape }

  private func flops(_ node: Node) -> Int {
    node.operation.flops(node.inputs.map { type($0) }, node.outputs.map { type($0) })
  }

  private mutating func workspace(floats: Int, _ layer: String) -> BufferID? {
    floats == 0 ? nil : add("\(layer) partial sums", TensorType([floats]))
  }

  // MARK: Loops

  /// The steps of a part of the nodes: where `chunk` does not divide the batch, a loop's once more for the samples left.
  private mutating func lower(_ segment: BatchSplit.Segment, _ chunk: Int) {
    switch segment {
    case .once(let node): lower(graph.nodes[node])
    case .loop(let nodes):
      let (runs, rest) = plan.batch.quotientAndRemainder(dividingBy: chunk)
      lower(nodes, Loop(steps: 0..<0, count: runs, samples: chunk, first: 0))
      if rest > 0 { lower(nodes, Loop(steps: 0..<0, count: 1, samples: rest, first: runs * chunk)) }
    }
  }

  /// A loop's steps, behind those that pack the weights that it reads.
  private mutating func lower(_ nodes: [Int], _ loop: Loop) {
    let start = plan.steps.count
    self.loop = loop
    for node in nodes { lower(graph.nodes[node]) }
    self.loop = nil
    let steps = plan.steps[start...]
    let packs = steps.filter(\.kernel.packsWeights)
    plan.steps.replaceSubrange(start..., with: packs + steps.filter { !$0.kernel.packsWeights })
    var made = loop
    made.steps = start + packs.count..<plan.steps.count
    plan.loops.append(made)
  }

  // MARK: Steps

  private mutating func lower(_ node: Node) {
    switch node.operation {
    case is Reshape: buffers[node.outputs[0]] = buffer(node.inputs[0])
    case let operation as Convolution:
      let problem = operation.problem(shape(node.inputs[0]), shape(node.inputs[1]))
      convolve(node, problem, .forward, operation.epilogue)
    case let operation as TransposedConvolution:
      let problem = operation.problem(shape(node.inputs[0]), shape(node.inputs[1]))
      convolve(node, problem, .adjoint, operation.epilogue)
    case let operation as ConvolutionWeightGradient: weightGradient(node, operation)
    case let operation as Update:
      overwrite(node, .update(operation.optimizer, isScaled: operation.isScaled))
    case let operation as TrackStatistics:
      overwrite(node, .trackStatistics(momentum: operation.momentum, count: operation.count))
    case let operation as PowerIteration:
      let matrix = matrix(node.inputs[0], operation.rows)
      overwrite(
        node, .powerIteration(matrix),
        workspace: workspace(floats: SpectralArguments.productWorkspace(matrix), node.layer))
    case let operation as ClampParameter: overwrite(node, .clampParameter(bound: operation.bound))
    case is SumGradient: overwrite(node, .sumGradient)
    case is MovingAverage: overwrite(node, .movingAverage)
    default: simple(node)
    }
  }

  private mutating func append(
    _ node: Node, _ kernel: Kernel, inputs: [BufferID]? = nil, inPlace: InPlace? = nil, workspace: BufferID? = nil,
    algorithm: ConvolutionAlgorithm = .direct, tuned: TunedChoice? = nil, scratch: Int = 0
  ) {
    let inputs = inputs ?? node.inputs.map { buffer($0) }
    let outputs = node.outputs.indices.map { result(node.outputs[$0], bufferName(node, output: $0)) }
    let name = name(of: node.operation) + algorithm.suffix
    let flops = flops(node)
    var step = Step(
      kernel: kernel, name: name, inputs: inputs, outputs: outputs, workspace: workspace, inPlace: inPlace,
      layers: node.layers, flops: flops)
    (step.tuned, step.isGradient, step.scratchBytes) = (tuned, node.isGradient, scratch)
    if loop != nil, case .sums(let sums) = node.operation.samples { step.sums = sums.filter(outputs.indices.contains) }
    plan.steps.append(step)
  }

  private func name(of operation: any Operation) -> String {
    let detail = operation.detail
    return detail.isEmpty ? operation.name : "\(operation.name) \(detail)"
  }

  /// What a result holds, for people.
  private func bufferName(_ node: Node, output: Int) -> String {
    switch node.operation {
    case is ConvolutionWeightGradient: "gradient of \(node.layer).\(output == 0 ? "weight" : "bias")"
    case is ChannelSum: "gradient of \(node.layer).bias"
    case is Normalize where output > 0: "\(node.layer) \(output == 1 ? "mean" : "variance")"
    case is NormalizeGradient where output > 0: "gradient of \(node.layer).\(output == 1 ? "weight" : "bias")"
    case is ChannelScale: "\(node.layer) \(output == 0 ? "scale" : "shift")"
    case is MaxPool where output == 1, is Convolution where output == 1: "\(node.layer) argmax"
    case is SpectralNormalize: "\(node.layer) \(output == 0 ? "normalised weight" : "singular value")"
    case is SpectralNormalizeGradient: "gradient of \(node.layer).weight"
    case is SumOfSquares: "\(node.layer) sum of squares"
    case is ShareAbove: "\(node.layer) share above threshold"
    case is LossGradient: "gradient of \(node.layer)"
    default: node.isGradient ? "gradient at \(node.layer)" : node.layer
    }
  }

  private mutating func convolve(
    _ node: Node, _ problem: ConvolutionProblem, _ direction: NNTensor.ConvolutionDirection, _ epilogue: Epilogue
  ) {
    let source = type(node.inputs[0]).element
    let rule = problem.algorithm(direction, source, epilogue, plan.purpose, options.algorithms)
    let (algorithm, tuned) = options.choice(
      ConvolutionTask(problem, direction, epilogue, source, plan.purpose), rule: rule)
    let weights =
      algorithm.packsWeights ? pack(node.inputs[1], problem, direction, algorithm) : buffer(node.inputs[1])
    let inputs = [buffer(node.inputs[0]), weights] + node.inputs.dropFirst(2).map { buffer($0) }
    // What an activation's gradient is computed of is read where the result is written, value by value.
    let inPlace = epilogue.gradientOf == .none ? nil : InPlace(input: inputs.count - 1, output: 0)
    append(
      node, .convolution(problem, direction, epilogue, algorithm), inputs: inputs, inPlace: inPlace,
      algorithm: algorithm, tuned: tuned,
      scratch: problem.scratchBytes(
        direction, epilogue, algorithm, tuned?.blocking, source, type(node.outputs[0]).element, options.tiles))
  }

  private mutating func pack(
    _ weight: ValueID, _ problem: ConvolutionProblem, _ direction: NNTensor.ConvolutionDirection,
    _ algorithm: ConvolutionAlgorithm
  ) -> BufferID {
    var key = PackKey(weight: weight, problem: problem, direction: direction, algorithm: algorithm)
    key.problem.batch = 1
    if let buffer = packed[key] { return buffer }
    let sizes = problem.packingSizes(direction, algorithm, options.tiles)
    let source = plan[self.buffer(weight)].name
    let buffer = add("\(source) packed", TensorType([sizes.packedCount]))
    packed[key] = buffer
    var step = Step(
      kernel: .packWeights(problem, direction, algorithm), name: "pack_weights" + algorithm.suffix,
      inputs: [self.buffer(weight)], outputs: [buffer], layers: [layer(of: weight)], flops: 0)
    step.scratchBytes = sizes.scratchBytes
    plan.steps.append(step)
    return buffer
  }

  private func layer(of value: ValueID) -> String {
    if case .parameter(let index) = graph.values[value.index].origin { return graph.parameters[index].layer }
    return graph.producer(of: value)?.layer ?? ""
  }

  private mutating func weightGradient(_ node: Node, _ operation: ConvolutionWeightGradient) {
    let problem = ConvolutionProblem(
      input: shape(node.inputs[0]), output: shape(node.inputs[1]), window: operation.window)
    let (input, output) = (type(node.inputs[0]).element, type(node.inputs[1]).element)
    let rule = problem.geometry.weightGradientAlgorithm(input: input, output: output, choice: options.algorithms)
    let task = ConvolutionTask(weightsOf: problem, input: input, output: output)
    let (algorithm, tuned) = options.choice(task, rule: rule)
    let sizes = problem.weightGradientSizes(
      operation.biasGradient, algorithm, tuned?.blocking, input, output, options.tiles)
    append(
      node, .weightGradient(problem, biasGradient: operation.biasGradient, algorithm),
      workspace: workspace(floats: sizes.partialCount, node.layer), algorithm: algorithm, tuned: tuned,
      scratch: sizes.scratchBytes)
  }

  /// A step whose results take the place of operands for good: parameters, and what is kept for them.
  private mutating func overwrite(_ node: Node, _ kernel: Kernel, workspace: BufferID? = nil) {
    let places = node.operation.overwrites.map { buffer(node.inputs[$0]) }
    plan.steps.append(
      Step(
        kernel: kernel, name: name(of: node.operation), inputs: node.inputs.map { buffer($0) }, outputs: places,
        workspace: workspace, layers: [node.layer],
        flops: flops(node)))
    for (output, place) in zip(node.outputs, places) { buffers[output] = place }
  }

  private func matrix(_ weights: ValueID, _ rows: WeightMatrix.Rows) -> WeightMatrix {
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
  private mutating func simple(_ node: Node) {
    let x = node.inputs.first.map { shape($0) } ?? []
    let first = InPlace(input: 0, output: 0)
    switch node.operation {
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
    case is SumOfSquares:
      append(
        node, .sumOfSquares, inPlace: node.inputs.count > 1 ? InPlace(input: 1, output: 0) : nil,
        workspace: workspace(floats: squarePartials(x), node.layer))
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

extension Kernel {
  /// Whether it only lays out weights anew.
  var packsWeights: Bool { if case .packWeights = self { true } else { false } }
}

extension Shape {
  /// The last dimension.
  var channels: Int { last ?? 1 }

  /// The product of all other dimensions.
  var rows: Int { (0..<max(0, rank - 1)).reduce(1) { $0 * self[$1] } }
}

/// Graph outputs that stand for a parameter's new value, which no host reads.
let updatePrefix = "update."
