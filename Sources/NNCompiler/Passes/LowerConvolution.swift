import NNGraph
import NNKernels
import NNPlan
import NNTensor

/// The steps of convolutions: the choice of an algorithm, packed weights, and the kernels' sizes.
extension Lowering {
  mutating func convolve(
    _ node: Node, _ problem: ConvolutionProblem, _ direction: ConvolutionDirection, _ epilogue: Epilogue
  ) {
    let (source, destination) = (type(node.inputs[0]).element, type(node.outputs[0]).element)
    let rule = problem.algorithm(
      direction, source, destination, epilogue, plan.purpose, options.tiles, options.algorithms)
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
        direction, epilogue, algorithm, tuned?.blocking, source, destination, options.tiles))
  }

  private mutating func pack(
    _ weight: ValueID, _ problem: ConvolutionProblem, _ direction: ConvolutionDirection,
    _ algorithm: ConvolutionAlgorithm
  ) -> BufferID {
    var single = problem
    single.batch = 1
    for pack in packs[weight] ?? []
    where pack.direction == direction && pack.algorithm == algorithm && pack.problem == single {
      return pack.buffer
    }
    let sizes = problem.packingSizes(direction, algorithm, options.tiles)
    let source = plan[self.buffer(weight)].name
    let buffer = add("\(source) packed", TensorType([sizes.packedCount]))
    packs[weight, default: []].append(
      Pack(problem: single, direction: direction, algorithm: algorithm, buffer: buffer))
    plan.steps.append(
      Step(
        kernel: .packWeights(problem, direction, algorithm), name: "pack_weights" + algorithm.suffix,
        inputs: [self.buffer(weight)], versions: versions(of: [weight]), outputs: [buffer], layers: [layer(of: weight)],
        flops: 0,
        scratchBytes: sizes.scratchBytes))
    return buffer
  }

  private func layer(of value: ValueID) -> String {
    if case .parameter(let index) = graph.values[value.index].origin { return graph.parameters[index].layer }
    return graph.producer(of: value)?.layer ?? ""
  }

  mutating func weightGradient(_ node: Node, _ operation: ConvolutionWeightGradient) {
    let problem = ConvolutionProblem(
      input: shape(node.inputs[0]), output: shape(node.inputs[1]), window: operation.window)
    let (input, output) = (type(node.inputs[0]).element, type(node.inputs[1]).element)
    let rule = problem.geometry.weightGradientAlgorithm(
      input: input, output: output, shape: options.tiles, choice: options.algorithms)
    let (algorithm, tuned) = options.choice(
      ConvolutionTask(weightsOf: problem, input: input, output: output), rule: rule)
    let sizes = problem.weightGradientSizes(
      operation.biasGradient, algorithm, tuned?.blocking, input, output, options.tiles)
    append(
      node, .weightGradient(problem, biasGradient: operation.biasGradient, algorithm),
      workspace: workspace(floats: sizes.partialCount, node.layer), algorithm: algorithm, tuned: tuned,
      scratch: sizes.scratchBytes)
  }
}
