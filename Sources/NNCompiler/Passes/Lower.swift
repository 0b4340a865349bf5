import NNGraph
import NNKernels
import NNPlan
import NNTensor

/// Turns a graph into a plan's steps and buffers, in the graph's order and without places: the pass `choose`.
struct Lowering {
  let graph: Graph
  let options: CompilerOptions
  /// How the samples of the batch go through; nil where they depend on each other.
  private let split: BatchSplit?
  /// The loop that is being lowered.
  private var loop: Loop?
  var plan: Plan
  private var buffers = IDMap<ValueID, BufferID>()
  /// How often the place of a value was overwritten before it was made; nil where it never was.
  private var versions = IDMap<ValueID, Int>()
  var packs = IDMap<ValueID, [Pack]>()

  /// Packed weights that several steps can read, whatever the number of samples.
  struct Pack {
    var problem: ConvolutionProblem
    var direction: ConvolutionDirection
    var algorithm: ConvolutionAlgorithm
    var buffer: BufferID
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
      let gauge: Gauge?
      switch output.role {
      case .result: gauge = nil
      case .gauge(let shown): gauge = shown
      case .update: return nil
      }
      return Port(
        name: output.name, buffer: lowering.buffer(output.value), type: graph.type(output.value), gauge: gauge)
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
    var used = IDSet<ValueID>(capacity: graph.values.count)
    used.formUnion(graph.outputs.map(\.value))
    for node in graph.nodes { used.formUnion(node.inputs) }
    for id in graph.leafValues where used.contains(id) {
      let value = graph.values[id.index]
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

  mutating func add(_ name: String, _ type: TensorType, _ place: Place = .unplaced) -> BufferID {
    plan.buffers.append(Buffer(name: name, type: type, byteCount: Plan.aligned(type.byteCount), place: place))
    return BufferID(plan.buffers.count - 1)
  }

  func buffer(_ value: ValueID) -> BufferID {
    guard let buffer = buffers[value] else { preconditionFailure("choose: %\(value.index) has no buffer") }
    return buffer
  }

  /// The versions of what a step reads.
  func versions(of values: [ValueID]) -> [Int] {
    if versions.isEmpty || !values.contains(where: { versions[$0] != nil }) { return [] }
    return values.map { versions[$0] ?? 0 }
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
  func type(_ value: ValueID) -> TensorType {
    var type = graph.type(value)
    if let loop, split?.isPerSample[value.index] == true { type.shape[0] = loop.samples }
    return type
  }

  func shape(_ value: ValueID) -> Shape { type(value).shape }

  private func flops(_ node: Node) -> Int {
    node.operation.flops(node.inputs.map { type($0) }, node.outputs.map { type($0) })
  }

  mutating func workspace(floats: Int, _ layer: String) -> BufferID? {
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
    case is Reshape:
      let place = buffer(node.inputs[0])
      buffers[node.outputs[0]] = place
      plan[place].isReshaped = true
      if let version = versions[node.inputs[0]] { versions[node.outputs[0]] = version }
    case let operation as Convolution:
      let problem = operation.problem(shape(node.inputs[0]), shape(node.inputs[1]))
      convolve(node, problem, .forward, operation.epilogue)
    case let operation as TransposedConvolution:
      let problem = operation.problem(shape(node.inputs[0]), shape(node.inputs[1]))
      convolve(node, problem, .adjoint, operation.epilogue)
    case let operation as ConvolutionWeightGradient: weightGradient(node, operation)
    case let operation as Update:
      update(node, operation)
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

  private mutating func update(_ node: Node, _ operation: Update) {
    let kernel = Kernel.update(operation.optimizer, operation.norm)
    guard operation.norm == .measured else { return overwrite(node, kernel) }
    let last = node.inputs.count - 1
    overwrite(
      node, kernel, workspace: workspace(floats: squarePartials(shape(node.inputs[1])), node.layer),
      inPlace: operation.addsUp(node.inputs.count) ? InPlace(input: last, output: node.outputs.count - 1) : nil)
  }

  mutating func append(
    _ node: Node, _ kernel: Kernel, inputs: [BufferID]? = nil, inPlace: InPlace? = nil, workspace: BufferID? = nil,
    algorithm: ConvolutionAlgorithm = .direct, tuned: TunedChoice? = nil, scratch: Int = 0
  ) {
    let inputs = inputs ?? node.inputs.map { buffer($0) }
    let outputs = node.outputs.indices.map { result(node.outputs[$0], bufferName(node, output: $0)) }
    let name = name(of: node.operation) + algorithm.suffix
    var sums: [Int] = []
    if loop != nil, case .sums(let all) = node.operation.samples { sums = all.filter(outputs.indices.contains) }
    plan.steps.append(
      Step(
        kernel: kernel, name: name, inputs: inputs, versions: versions(of: node.inputs), outputs: outputs,
        workspace: workspace, inPlace: inPlace, sums: sums, tuned: tuned, layers: node.layers, flops: flops(node),
        scratchBytes: scratch, isGradient: node.isGradient))
  }

  private func name(of operation: any Operation) -> String {
    let detail = operation.detail
    return detail.isEmpty ? operation.name : "\(operation.name) \(detail)"
  }

  /// What a result holds, for people.
  private func bufferName(_ node: Node, output: Int) -> String {
    if let name = BufferNames.names[node.kind]?(node.layer, output) { return name }
    return node.isGradient ? "gradient at \(node.layer)" : node.layer
  }

  /// A step whose results take the place of operands for good: parameters, and what is kept for them.
  /// Results after these are new.
  private mutating func overwrite(
    _ node: Node, _ kernel: Kernel, workspace: BufferID? = nil, inPlace: InPlace? = nil
  ) {
    let old = node.operation.overwrites.map { node.inputs[$0] }
    let new = node.outputs.indices.dropFirst(old.count)
    plan.steps.append(
      Step(
        kernel: kernel, name: name(of: node.operation), inputs: node.inputs.map { buffer($0) },
        versions: versions(of: node.inputs),
        outputs: old.map { buffer($0) } + new.map { result(node.outputs[$0], bufferName(node, output: $0)) },
        workspace: workspace, inPlace: inPlace, layers: [node.layer], flops: flops(node)))
    for (output, value) in zip(node.outputs, old) {
      buffers[output] = buffer(value)
      versions[output] = (versions[value] ?? 0) + 1
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

/// What results hold, for people, where that is not a layer's output or the gradient of one.
private enum BufferNames {
  /// By operation; from the layer's path and the result's index, nil for results that are no exception.
  static let names: [ObjectIdentifier: @Sendable (String, Int) -> String?] = [
    ObjectIdentifier(ConvolutionWeightGradient.self): { "gradient of \($0).\($1 == 0 ? "weight" : "bias")" },
    ObjectIdentifier(ChannelSum.self): { layer, _ in "gradient of \(layer).bias" },
    ObjectIdentifier(Normalize.self): { $1 == 0 ? nil : "\($0) \($1 == 1 ? "mean" : "variance")" },
    ObjectIdentifier(NormalizeGradient.self): { $1 == 0 ? nil : "gradient of \($0) \($1 == 1 ? "scale" : "shift")" },
    ObjectIdentifier(ChannelScale.self): { "\($0) \($1 == 0 ? "scale" : "shift")" },
    ObjectIdentifier(MaxPool.self): { $1 == 1 ? "\($0) argmax" : nil },
    ObjectIdentifier(Convolution.self): { $1 == 1 ? "\($0) argmax" : nil },
    ObjectIdentifier(SpectralNormalize.self): { "\($0) \($1 == 0 ? "normalised weight" : "singular value")" },
    ObjectIdentifier(SpectralNormalizeGradient.self): { layer, _ in "gradient of \(layer).weight" },
    ObjectIdentifier(Update.self): { layer, _ in "\(layer) sum of squares" },
    ObjectIdentifier(SumOfSquares.self): { layer, _ in "\(layer) sum of squares" },
    ObjectIdentifier(ShareAbove.self): { layer, _ in "\(layer) share above threshold" },
    ObjectIdentifier(LossGradient.self): { layer, _ in "gradient of \(layer)" },
  ]
}
