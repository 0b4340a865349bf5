import NNKernels
import NNTensor

extension StepBinder {
  mutating func bindNormalize(
    _ extent: NormalizationExtent, _ epsilon: Float, _ isAffine: Bool, _ activation: Activation
  ) {
    let result = shape(ofOutput: 0)
    let (channels, count) = (result.channels, result.elementCount)
    let weight = isAffine ? input(1, count: channels) : nil
    let bias = isAffine ? input(2, count: channels) : nil
    guard let shape = sizes(extent, result) else {
      var arguments = NormalizeRowsArguments(
        input: input(0, count: count), output: output(0, count: count), weight: weight, bias: bias, rows: result.rows,
        channels: channels, epsilon: epsilon)
      (arguments.kind, arguments.slope) = (kind(activation), activation.slope)
      return add(kernels.vector.normalization.rows, arguments, tasks: arguments.taskCount)
    }
    let (x, y) = (pixels(ofInput: 0, count: count), pixels(ofOutput: 0, count: count))
    var arguments = NormalizeArguments(
      input: x.words, output: y.words, weight: weight, bias: bias,
      mean: output(1, count: shape.segments * channels), variance: output(2, count: shape.segments * channels),
      workspace: floats(shape.workspaceCount), shape: shape, epsilon: epsilon, kind: kind(activation),
      slope: activation.slope)
    if let pitch = x.pitch { arguments.inputPitch = pitch }
    if let pitch = y.pitch { arguments.outputPitch = pitch }
    arguments.isBFloat16 = storesBFloat16(inputs: [0])
    let kernel = kernels.vector.normalization
    add(kernel.partials, arguments, tasks: shape.rowTasks)
    add(kernel.statistics, arguments, tasks: shape.groupTasks)
    add(arguments.isApart ? kernel.applyApart : kernel.apply, arguments, tasks: shape.rowTasks)
  }

  mutating func bindNormalizeGradient(
    _ extent: NormalizationExtent, _ epsilon: Float, _ isAffine: Bool, _ activation: Activation
  ) {
    let result = shape(ofOutput: 0)
    guard let shape = sizes(extent, result) else {
      require(activation == .none, "a layer_norm cannot apply the gradient of \(activation)")
      return bindRowsGradient(result, epsilon, isAffine)
    }
    let (channels, count) = (result.channels, result.elementCount)
    let (dy, x) = (pixels(ofInput: 0, count: count), pixels(ofInput: 1, count: count))
    var arguments = NormalizeGradientArguments(
      outputGradient: dy.words, input: x.words,
      mean: input(2, count: shape.segments * channels), variance: input(3, count: shape.segments * channels),
      weight: isAffine ? input(4, count: channels) : nil, inputGradient: words(ofOutput: 0, count: count),
      weightGradient: isAffine ? output(1, count: channels) : nil,
      biasGradient: isAffine ? output(2, count: channels) : nil, workspace: floats(shape.workspaceCount), shape: shape,
      epsilon: epsilon)
    if let pitch = dy.pitch { arguments.gradientPitch = pitch }
    if let pitch = x.pitch { arguments.inputPitch = pitch }
    arguments.accumulate = accumulates
    arguments.isBFloat16 = storesBFloat16(inputs: [0, 1])
    if activation != .none {
      require([.relu, .leakyRelu].contains(kind(activation)), "cannot apply the gradient of \(activation)")
      let saved = isAffine ? 5 : 4
      arguments.isBFloat16 = storesBFloat16(inputs: [0, 1, saved])
      let y = pixels(ofInput: saved, count: count)
      arguments.saved = y.words
      if let pitch = y.pitch { arguments.savedPitch = pitch }
      (arguments.kind, arguments.slope) = (kind(activation), activation.slope)
    }
    let kernel = kernels.vector.normalization
    let isApart = arguments.isApart
    add(isApart ? kernel.gradientPartialsApart : kernel.gradientPartials, arguments, tasks: shape.rowTasks)
    add(kernel.gradientTotals, arguments, tasks: shape.groupTasks)
    if isAffine { add(kernel.gradientParameters, arguments, tasks: arguments.parameterTasks) }
    add(isApart ? kernel.gradientApplyApart : kernel.gradientApply, arguments, tasks: shape.rowTasks)
  }

  private mutating func bindRowsGradient(_ result: Shape, _ epsilon: Float, _ isAffine: Bool) {
    let (channels, count) = (result.channels, result.elementCount)
    var arguments = NormalizeRowsArguments(
      input: input(1, count: count), output: output(0, count: count),
      weight: isAffine ? input(2, count: channels) : nil, rows: result.rows, channels: channels, epsilon: epsilon)
    arguments.outputGradient = input(0, count: count)
    arguments.accumulate = accumulates
    if isAffine {
      arguments.weightGradient = output(1, count: channels)
      arguments.biasGradient = output(2, count: channels)
      arguments.partials = floats(NormalizeRowsArguments.partialsCount(rows: result.rows, channels: channels))
    }
    add(kernels.vector.normalization.rowsGradient, arguments, tasks: arguments.taskCount)
    if isAffine { add(kernels.vector.normalization.rowsParameters, arguments, tasks: arguments.parameterTasks) }
  }

  /// The sizes for the kernels over rows; nil for those over channels.
  private func sizes(_ extent: NormalizationExtent, _ x: Shape) -> NormalizationShape? {
    switch extent {
    case .batch: return NormalizationShape(segments: 1, rows: x.rows, channels: x.channels)
    case .groups(let count):
      require(x.channels % count == 0, "\(count) groups of \(x)")
      return NormalizationShape(
        segments: x[0], rows: x.rows / x[0], channels: x.channels, groupSize: x.channels / count)
    case .channels: return nil
    }
  }

  mutating func bindTrackStatistics(_ momentum: Float, _ count: Int) {
    let channels = shape(ofOutput: 0).elementCount
    var arguments = StatisticsArguments(
      mean: output(0, count: channels), variance: output(1, count: channels), first: input(2, count: channels),
      second: input(3, count: channels), channels: channels)
    (arguments.momentum, arguments.count) = (momentum, count)
    add(kernels.vector.normalization.track, arguments, tasks: arguments.taskCount)
  }

  mutating func bindChannelScale(_ epsilon: Float, _ isAffine: Bool) {
    let channels = shape(ofOutput: 0).elementCount
    // The kernel only reads mean and variance here.
    var arguments = StatisticsArguments(
      mean: UnsafeMutablePointer(mutating: input(0, count: channels)),
      variance: UnsafeMutablePointer(mutating: input(1, count: channels)),
      first: isAffine ? input(2, count: channels) : nil, second: isAffine ? input(3, count: channels) : nil,
      channels: channels)
    (arguments.scale, arguments.shift) = (output(0, count: channels), output(1, count: channels))
    arguments.epsilon = epsilon
    add(kernels.vector.normalization.scale, arguments, tasks: arguments.taskCount)
  }

  mutating func bindChannelAffine(_ hasShift: Bool, _ activation: Activation) {
    let result = shape(ofOutput: 0)
    let (x, y) = (pixels(ofInput: 0, count: result.elementCount), pixels(ofOutput: 0, count: result.elementCount))
    var arguments = ChannelAffineArguments(
      input: x.words, scale: input(1, count: result.channels), shift: hasShift ? input(2, count: result.channels) : nil,
      output: y.words, rows: result.rows, channels: result.channels, kind: kind(activation), slope: activation.slope)
    if let pitch = x.pitch { arguments.inputPitch = pitch }
    if let pitch = y.pitch { arguments.outputPitch = pitch }
    arguments.isBFloat16 = storesBFloat16(inputs: [0])
    let kernel = kernels.vector.normalization
    add(arguments.isApart ? kernel.affineApart : kernel.affine, arguments, tasks: arguments.taskCount)
  }

  mutating func bindMapChannels(_ scale: [Float], _ shift: [Float]) {
    let result = shape(ofOutput: 0)
    require(scale.count == result.channels && shift.count == result.channels, "\(scale.count) channels")
    let arguments = ChannelAffineArguments(
      input: input(0, count: result.elementCount), scale: constants(scale), shift: constants(shift),
      output: output(0, count: result.elementCount), rows: result.rows, channels: result.channels)
    add(kernels.vector.normalization.affine, arguments, tasks: arguments.taskCount)
  }

  mutating func bindScaleWeights(_ weight: Shape, _ direction: ConvolutionDirection, _ groups: Int) {
    require(weight.rank == 4, "weights of shape \(weight)")
    let isAdjoint = direction == .adjoint
    let arguments = ScaleWeightsArguments(
      input: input(0, count: weight.elementCount),
      scale: input(1, count: isAdjoint ? weight[2] * groups : weight[3]),
      output: output(0, count: weight.elementCount), taps: weight[0] * weight[1], inner: weight[2], outer: weight[3],
      groups: groups, isAdjoint: isAdjoint)
    add(kernels.vector.normalization.scaleWeights, arguments, tasks: arguments.taskCount)
  }
}
