import NNKernels
import NNTensor

extension StepBinder {
  mutating func bindPackWeights(
    _ problem: ConvolutionProblem, _ direction: ConvolutionDirection, _ algorithm: ConvolutionAlgorithm
  ) {
    let plan = ConvolutionPlan(problem.geometry, direction, algorithm: algorithm, shape: kernels.tiles)
    let arguments = ConvolutionPackArguments(
      plan: plan, weights: input(0, count: problem.weightShape.elementCount),
      packed: output(0, count: plan.packedCount))
    add(kernels.convolution.packWeights, arguments, tasks: plan.packTaskCount, scratch: plan.packScratchBytes)
  }

  mutating func bindConvolution(
    _ problem: ConvolutionProblem, _ direction: ConvolutionDirection, _ epilogue: Epilogue,
    _ algorithm: ConvolutionAlgorithm
  ) {
    let pool = epilogue.pool.map { ($0.size.height, $0.size.width) } ?? (1, 1)
    let pools = pool.0 * pool.1 > 1
    require(!pools || direction == .forward, "an adjoint cannot pool")
    require(pools || !epilogue.keepsArgmax, "nothing is pooled")
    require(algorithm != .unpacked || epilogue.projection == nil, "a projection of what is not packed")
    var plan = ConvolutionPlan(
      problem.geometry, direction, pool: pool, projection: epilogue.projection?.channels ?? 0,
      algorithm: algorithm, source: element(ofInput: 0), destination: element(ofOutput: 0), shape: kernels.tiles
    ).cut(by: step.tuned?.blocking)
    require(
      algorithm.isWinograd || algorithm.multipliesBFloat16 == (plan.sourceElement == .bfloat16),
      "\(algorithm) of \(plan.sourceElement)")
    let channels = direction == .forward ? problem.outputChannels : problem.inputChannels
    let count = problem.batch * plan.pooledArea(problem, direction) * (epilogue.projection?.channels ?? channels)
    let source = pixels(ofInput: 0, count: direction == .forward ? problem.inputCount : problem.outputCount)
    let destination = pixels(ofOutput: 0, count: count)
    if let pitch = source.pitch { plan.sourceWords = pitch / plan.sourceElement.perWord }
    if let pitch = destination.pitch { plan.destinationWords = pitch / plan.destinationElement.perWord }
    var arguments = ConvolutionArguments(
      plan: plan, source: source.words, packed: input(1, count: plan.packedCount), destination: destination.words)
    if epilogue.hasBias { arguments.bias = input(2, count: channels) }
    set(&arguments, epilogue, count)
    if let projection = epilogue.projection {
      require(plan.canProject && epilogue.gradientOf == .none, "a projection of \(plan.blocks) blocks")
      arguments.projection = self.projection(projection, of: channels, at: epilogue.projectionPosition)
    }
    if epilogue.keepsArgmax {
      require(pool.0 * pool.1 <= 256, "a pool of \(pool) positions")
      arguments.argmax = bytes(ofOutput: 1, count).assumingMemoryBound(to: UInt8.self)
    }
    let kernel = pools ? kernels.convolution.convolvePool : kernels.convolution.convolve
    add(kernel, arguments, tasks: plan.taskCount, scratch: plan.scratchBytes)
  }

  /// The projection of so many channels whose operands start at `position`.
  private func projection(_ projection: Projection, of channels: Int, at position: Int) -> ProjectionArguments {
    var arguments = ProjectionArguments(weights: input(position, count: channels * projection.channels))
    if projection.hasBias { arguments.bias = input(position + 1, count: projection.channels) }
    if projection.activation != .none {
      (arguments.activation, arguments.slope) = (kind(projection.activation), projection.activation.slope)
    }
    return arguments
  }

  /// Activation, or an activation's gradient with the saved output behind the other operands.
  private func set(_ arguments: inout ConvolutionArguments, _ epilogue: Epilogue, _ count: Int) {
    if epilogue.activation != .none {
      (arguments.activation, arguments.slope) = (kind(epilogue.activation), epilogue.activation.slope)
    }
    guard epilogue.gradientOf != .none else { return }
    require(!plan.isView(step.outputs[0]), "the saved output lies otherwise than the result")
    require(epilogue.gradientOf.gradientUsesOutput, "the gradient of \(epilogue.gradientOf) needs its operand")
    (arguments.gradient, arguments.slope) = (kind(epilogue.gradientOf), epilogue.gradientOf.slope)
    let position = epilogue.hasBias ? 3 : 2
    require(element(ofInput: position) == arguments.plan.destinationElement, "saved as \(element(ofInput: position))")
    arguments.saved = words(ofInput: position, count: count)
  }

  mutating func bindWeightGradient(
    _ problem: ConvolutionProblem, _ side: BiasSide, _ algorithm: ConvolutionAlgorithm
  ) {
    var plan = WeightGradientPlan(
      problem.geometry, biasSide: side, algorithm: algorithm, input: element(ofInput: 0),
      output: element(ofInput: 1), shape: kernels.tiles
    ).cut(by: step.tuned?.blocking)
    let isFloat = plan.inputElement == .float32 && plan.outputElement == .float32
    require(isFloat || algorithm != .direct, "\(algorithm) of \(plan.inputElement) and \(plan.outputElement)")
    let partials = workspace(bytes: plan.partialCount * MemoryLayout<Float>.size)
    let input = pixels(ofInput: 0, count: problem.inputCount)
    let output = pixels(ofInput: 1, count: problem.outputCount)
    if let pitch = input.pitch { plan.inputWords = pitch / plan.inputElement.perWord }
    if let pitch = output.pitch { plan.outputWords = pitch / plan.outputElement.perWord }
    var arguments = WeightGradientArguments(
      plan: plan, input: input.words, output: output.words,
      weightGradient: self.output(0, count: problem.weightShape.elementCount),
      biasGradient: side == .none ? nil : self.output(1, count: plan.biasCount),
      partials: partials.assumingMemoryBound(to: Float.self))
    arguments.accumulate = accumulates
    add(kernels.convolution.weightGradient, arguments, tasks: plan.taskCount, scratch: plan.scratchBytes)
    if plan.reduceTaskCount > 0 {
      add(kernels.convolution.reduceWeightGradient, arguments, tasks: plan.reduceTaskCount)
    }
  }
}

extension ConvolutionPlan {
  /// Pixels of the destination after pooling. (The plan's own geometry may have been made one long row.)
  fileprivate func pooledArea(_ problem: ConvolutionProblem, _ direction: ConvolutionDirection) -> Int {
    let size = direction == .forward ? problem.outputSize : problem.inputSize
    return (size.height / poolHeight) * (size.width / poolWidth)
  }
}

extension ConvolutionProblem {
  /// Values of the input and of the output.
  fileprivate var inputCount: Int { batch * inputSize.area * inputChannels }
  fileprivate var outputCount: Int { batch * outputSize.area * outputChannels }
}

extension ElementType {
  /// Numbers that share a word.
  var perWord: Int { self == .bfloat16 ? 2 : 1 }
}
