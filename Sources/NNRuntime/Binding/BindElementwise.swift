import NNKernels
import NNTensor

extension StepBinder {
  mutating func bindBiasAdd(_ activation: Activation) {
    let result = shape(ofOutput: 0)
    let arguments = BiasArguments(
      input: input(0, count: result.elementCount), bias: input(1, count: result.channels),
      output: output(0, count: result.elementCount), rows: result.rows, channels: result.channels,
      kind: kind(activation), slope: activation.slope)
    add(kernels.vector.reduction.addBias, arguments, tasks: arguments.taskCount)
  }

  mutating func bindChannelSum() {
    let channels = shape(ofOutput: 0).elementCount
    let rows = count(ofInput: 0) / channels
    let bytes = ChannelSumArguments.partialsCount(rows: rows, channels: channels) * MemoryLayout<Float>.size
    let arguments = ChannelSumArguments(
      input: input(0, count: rows * channels), output: output(0, count: channels),
      partials: workspace(bytes: bytes).assumingMemoryBound(to: Float.self), rows: rows, channels: channels,
      accumulate: accumulates)
    add(kernels.vector.reduction.channelSumPartials, arguments, tasks: arguments.taskCount(stage: 0))
    add(kernels.vector.reduction.channelSumTotal, arguments, tasks: arguments.taskCount(stage: 1))
  }

  mutating func bindActivation(_ activation: Activation) {
    let result = shape(ofOutput: 0)
    if activation == .softmax {
      let (x, y) = (input(0, count: result.elementCount), output(0, count: result.elementCount))
      let arguments = SoftmaxArguments(input: x, output: y, rows: result.rows, channels: result.channels)
      add(kernels.vector.activation.softmax, arguments, tasks: arguments.taskCount)
    } else {
      let (x, y) = (pixels(ofInput: 0, count: result.elementCount), pixels(ofOutput: 0, count: result.elementCount))
      var arguments = ActivationArguments(
        input: x.words, output: y.words, count: result.elementCount, kind: kind(activation), slope: activation.slope)
      arguments.pixels = pixelRows(x.pitch, nil, result: y.pitch)
      arguments.isBFloat16 = storesBFloat16(inputs: [0])
      add(kernels.vector.activation.forward, arguments, tasks: arguments.taskCount)
    }
  }

  mutating func bindActivationGradient(_ activation: Activation) {
    let result = shape(ofOutput: 0)
    let count = result.elementCount
    if activation == .softmax {
      let (dy, saved, dx) = (input(0, count: count), input(1, count: count), output(0, count: count))
      let arguments = SoftmaxGradientArguments(
        output: saved, outputGradient: dy, inputGradient: dx, rows: result.rows, channels: result.channels)
      add(kernels.vector.activation.softmaxGradient, arguments, tasks: arguments.taskCount)
    } else {
      let (saved, dy, dx) = (
        pixels(ofInput: 1, count: count), pixels(ofInput: 0, count: count), pixels(ofOutput: 0, count: count)
      )
      var arguments = ActivationGradientArguments(
        saved: saved.words, outputGradient: dy.words, inputGradient: dx.words, count: count, kind: kind(activation),
        slope: activation.slope)
      arguments.pixels = pixelRows(saved.pitch, dy.pitch, result: dx.pitch)
      arguments.isBFloat16 = storesBFloat16(inputs: [0, 1])
      add(kernels.vector.activation.gradient, arguments, tasks: arguments.taskCount)
    }
  }

  mutating func bindBinary(_ kernel: @escaping KernelFunction) {
    let count = shape(ofOutput: 0).elementCount
    let (left, right) = (pixels(ofInput: 0, count: count), pixels(ofInput: 1, count: count))
    let result = pixels(ofOutput: 0, count: count)
    var arguments = BinaryArguments(left: left.words, right: right.words, output: result.words, count: count)
    arguments.pixels = pixelRows(left.pitch, right.pitch, result: result.pitch)
    arguments.isBFloat16 = storesBFloat16(inputs: [0, 1])
    add(kernel, arguments, tasks: arguments.taskCount)
  }

  mutating func bindPerturbation(_ kernel: @escaping KernelFunction, _ level: Float, stream: Int, isScheduled: Bool) {
    let count = shape(ofOutput: 0).elementCount
    let numbers = scalars.perturbation(level, slot: isScheduled ? scalarSlot(ofInput: 1) : nil)
    let (x, y) = (words(ofInput: 0, count: count), words(ofOutput: 0, count: count))
    var arguments = PerturbationArguments(
      input: x, output: y, count: count, scalars: numbers, stream: UInt32(truncatingIfNeeded: stream),
      firstElement: firstElement(count))
    arguments.isBFloat16 = storesBFloat16(inputs: [0])
    add(kernel, arguments, tasks: arguments.taskCount)
  }

  /// The slot of a number that the host sets.
  func scalarSlot(ofInput index: Int) -> Int {
    guard case .scalar(let slot) = plan[step.inputs[index]].place else {
      preconditionFailure("`\(plan[step.inputs[index]].name)` is no scalar")
    }
    return slot
  }

  /// The kernels' name of an activation of each value.
  func kind(_ activation: Activation) -> ActivationKind {
    switch activation {
    case .none: return .identity
    case .relu: return .relu
    case .leakyRelu: return .leakyRelu
    case .elu: return .elu
    case .gelu: return .gelu
    case .silu: return .silu
    case .sigmoid: return .sigmoid
    case .tanh: return .tanh
    case .softmax:
      require(false, "softmax is not a function of each value")
      return .identity
    }
  }
}

extension Activation {
  /// The factor below zero of a leaky relu.
  var slope: Float { if case .leakyRelu(let slope) = self { slope } else { 0 } }
}
