import NNKernels
import NNPlan
import NNTensor

/// Binds one step to stages; a file of extensions for each family of kernels. What a kernel's arguments say is checked
/// against the lengths of the step's buffers.
struct StepBinder {
  let plan: Plan
  let index: Int
  /// The samples of the batch that this run of the step is at.
  let samples: Range<Int>
  let memory: PlanMemory
  let scalars: ScalarTable
  let kernels: KernelTable
  let arguments: ArgumentMemory

  private(set) var stages: [Stage] = []
  /// Scratch memory that the stages need of each thread.
  private(set) var scratchBytes = 0

  init(
    plan: Plan, index: Int, samples: Range<Int>, memory: PlanMemory, scalars: ScalarTable, kernels: KernelTable,
    arguments: ArgumentMemory
  ) {
    self.plan = plan
    self.index = index
    self.samples = samples
    self.memory = memory
    self.scalars = scalars
    self.kernels = kernels
    self.arguments = arguments
  }

  var step: Step { plan.steps[index] }

  /// Makes the step's stages.
  mutating func bind() {
    switch step.kernel {
    case .packWeights(let problem, let direction, let algorithm): bindPackWeights(problem, direction, algorithm)
    case .convolution(let problem, let direction, let epilogue, let algorithm):
      bindConvolution(problem, direction, epilogue, algorithm)
    case .weightGradient(let problem, let side, let algorithm): bindWeightGradient(problem, side, algorithm)
    case .biasAdd(let activation): bindBiasAdd(activation)
    case .channelSum: bindChannelSum()
    case .activation(let activation): bindActivation(activation)
    case .activationGradient(let activation): bindActivationGradient(activation)
    case .maxPool(let window, let size): bindMaxPool(window, size)
    case .maxPoolGradient(let window, let activation): bindMaxPoolGradient(window, activation)
    case .averagePool(let window, let size): bindAveragePool(window, size)
    case .averagePoolGradient(let window): bindAveragePoolGradient(window)
    case .spatialMean: bindSpatialMean()
    case .spatialMeanGradient: bindSpatialMeanGradient()
    case .upsample(let upsampling): bindUpsample(upsampling)
    case .upsampleGradient(let upsampling): bindUpsampleGradient(upsampling)
    case .permute(let channelsFirst): bindPermute(channelsFirst: channelsFirst)
    case .dropout(let rate, let stream, let isScheduled):
      bindPerturbation(kernels.vector.perturbation.dropout, rate, stream: stream, isScheduled: isScheduled)
    case .normalize(let extent, let epsilon, let isAffine, let activation):
      bindNormalize(extent, epsilon, isAffine, activation)
    case .normalizeGradient(let extent, let epsilon, let isAffine, let activation):
      bindNormalizeGradient(extent, epsilon, isAffine, activation)
    case .trackStatistics(let momentum, let count): bindTrackStatistics(momentum, count)
    case .channelScale(let epsilon, let isAffine): bindChannelScale(epsilon, isAffine)
    case .channelAffine(let hasShift, let activation): bindChannelAffine(hasShift, activation)
    case .scaleWeights(let shape, let direction, let groups): bindScaleWeights(shape, direction, groups)
    case .powerIteration(let matrix): bindPowerIteration(matrix)
    case .spectralNormalize(let matrix): bindSpectralNormalize(matrix)
    case .spectralNormalizeGradient(let matrix): bindSpectralNormalizeGradient(matrix)
    case .noise(let deviation, let stream, let isScheduled):
      bindPerturbation(kernels.vector.perturbation.noise, deviation, stream: stream, isScheduled: isScheduled)
    case .depthToSpace(let factor): bindDepthToSpace(factor)
    case .spaceToDepth(let factor): bindSpaceToDepth(factor)
    case .pad(let margins, let value): bindPad(margins, value)
    case .crop(let margins): bindCrop(margins)
    case .add: bindBinary(kernels.vector.elementwise.add)
    case .multiply: bindBinary(kernels.vector.elementwise.multiply)
    case .concatenate: bindConcatenate()
    case .slice(let start, let count): bindSlice(start, count)
    case .loss(let kind): bindLoss(kind)
    case .imageLoss(let kind, let shape): bindImageLoss(kind, shape)
    case .lossGradient(let kind): bindLossGradient(kind)
    case .mapChannels(let scale, let shift): bindMapChannels(scale, shift)
    case .update(let optimizer, let norm): bindUpdate(optimizer, norm)
    case .sumGradient: bindSumGradient()
    case .sumOfSquares: bindSumOfSquares()
    case .shareAbove(let threshold): bindShareAbove(threshold)
    case .clipFactor: bindClipFactor()
    case .clampParameter(let bound): bindClamp(bound)
    case .clampGradient: bindClampGradient()
    case .movingAverage: bindMovingAverage()
    }
  }

  // MARK: Stages

  /// Adds a stage.
  mutating func add<Arguments>(
    _ function: @escaping KernelFunction, _ arguments: Arguments, tasks: Int, scratch: Int = 0
  ) {
    require(tasks >= 0 && tasks <= Int(UInt32.max), "\(tasks) tasks")
    stages.append(Stage(function: function, arguments: self.arguments.place(arguments), taskCount: tasks))
    scratchBytes = max(scratchBytes, scratch)
  }

  /// Numbers that kernels read, padded so that whole vectors can be read, for as long as the program lives.
  func constants(_ values: [Float]) -> UnsafePointer<Float> { arguments.place(values) }

  // MARK: Samples

  /// Whether the stages of another run of the step, not the batch's first, are others than these.
  var dependsOnSamples: Bool {
    switch step.kernel {
    case .dropout, .noise: true
    default: (step.inputs + step.writes).contains { plan[$0].samples == .batch }
    }
  }

  /// Whether sums over samples are added to what is there.
  var accumulates: Bool { samples.lowerBound > 0 }

  /// What a mean over this many values of this run is divided by: the values of the whole batch.
  func countInBatch(_ count: Int) -> Int {
    if samples.count == plan.batch { return count }
    require(count % samples.count == 0, "\(count) values of \(samples.count) samples")
    return count / samples.count * plan.batch
  }

  /// The index in the whole batch of the first of this many values.
  func firstElement(_ count: Int) -> UInt64 { UInt64(count / samples.count * samples.lowerBound) }

  /// A buffer's type as this run sees it.
  private func type(_ id: BufferID) -> TensorType { plan.type(id, samples) }

  // MARK: Operands

  /// Input `position`, which must hold at least `count` floats.
  func input(_ position: Int, count: Int) -> UnsafePointer<Float> {
    require(position < step.inputs.count, "no input \(position)")
    return UnsafePointer(floats(step.inputs[position], count))
  }

  /// Output `position`, which must hold at least `count` floats.
  func output(_ position: Int, count: Int) -> UnsafeMutablePointer<Float> {
    require(position < step.outputs.count, "no output \(position)")
    return floats(step.outputs[position], count)
  }

  /// How input `position` is stored.
  func element(ofInput position: Int) -> ElementType {
    require(position < step.inputs.count, "no input \(position)")
    return plan[step.inputs[position]].type.element
  }

  /// How output `position` is stored.
  func element(ofOutput position: Int) -> ElementType {
    require(position < step.outputs.count, "no output \(position)")
    return plan[step.outputs[position]].type.element
  }

  /// Input `position`, which must hold at least `count` floats or, in words of two, bf16 numbers.
  func words(ofInput position: Int, count: Int) -> UnsafePointer<Float> {
    require(position < step.inputs.count, "no input \(position)")
    return UnsafePointer(words(step.inputs[position], count))
  }

  /// Output `position`, which must hold as many.
  func words(ofOutput position: Int, count: Int) -> UnsafeMutablePointer<Float> {
    require(position < step.outputs.count, "no output \(position)")
    return words(step.outputs[position], count)
  }

  /// Whether the operands and results at these places are stored as bf16; all of them are, or none.
  func storesBFloat16(inputs: [Int], outputs: [Int] = [0]) -> Bool {
    let elements = Set(inputs.map { element(ofInput: $0) } + outputs.map { element(ofOutput: $0) })
    require(elements.count == 1, "mixes \(elements)")
    return elements == [.bfloat16]
  }

  /// Input `position`, which must hold as many, and may be a view, whose pixels are so many numbers apart.
  func pixels(ofInput position: Int, count: Int) -> (words: UnsafePointer<Float>, pitch: Int?) {
    require(position < step.inputs.count, "no input \(position)")
    let id = step.inputs[position]
    return (UnsafePointer(words(id, count, mayBeView: true)), plan.isView(id) ? memory.pitch(id) : nil)
  }

  /// Output `position`, which must hold as many, and may be a view, whose pixels are so many numbers apart.
  func pixels(ofOutput position: Int, count: Int) -> (words: UnsafeMutablePointer<Float>, pitch: Int?) {
    require(position < step.outputs.count, "no output \(position)")
    let id = step.outputs[position]
    return (words(id, count, mayBeView: true), plan.isView(id) ? memory.pitch(id) : nil)
  }

  /// How elementwise operands and their result lie, where some of them are views.
  func pixelRows(_ first: Int?, _ second: Int?, result: Int?) -> PixelRows? {
    if first == nil, second == nil, result == nil { return nil }
    let channels = shape(ofOutput: 0).channels
    return PixelRows(
      channels: channels, first: first ?? channels, second: second ?? channels, result: result ?? channels)
  }

  private func words(_ id: BufferID, _ count: Int, mayBeView: Bool = false) -> UnsafeMutablePointer<Float> {
    let element = plan[id].type.element
    require(element == .float32 || element == .bfloat16, "`\(plan[id].name)` is \(plan[id].type)")
    require(element == .float32 || kernels.multipliesBFloat16, "these kernels have no bf16")
    return raw(id, count * element.size, mayBeView: mayBeView).assumingMemoryBound(to: Float.self)
  }

  /// Input `position`, which must be sums in double precision, one or more.
  func sums(ofInput position: Int) -> UnsafePointer<Double> {
    require(position < step.inputs.count, "no input \(position)")
    return UnsafePointer(sums(step.inputs[position]))
  }

  /// Output `position`, which must be sums in double precision, one or more.
  func sums(ofOutput position: Int) -> UnsafeMutablePointer<Double> {
    require(position < step.outputs.count, "no output \(position)")
    return sums(step.outputs[position])
  }

  private func sums(_ id: BufferID) -> UnsafeMutablePointer<Double> {
    require(plan[id].type.element == .float64, "`\(plan[id].name)` is \(plan[id].type)")
    return raw(id, MemoryLayout<Double>.size).assumingMemoryBound(to: Double.self)
  }

  /// Output `position` as bytes, at least `bytes` of them.
  func bytes(ofOutput position: Int, _ bytes: Int) -> UnsafeMutableRawPointer {
    require(position < step.outputs.count, "no output \(position)")
    return raw(step.outputs[position], bytes)
  }

  /// Input `position` as bytes, at least `bytes` of them.
  func bytes(ofInput position: Int, _ bytes: Int) -> UnsafeRawPointer {
    require(position < step.inputs.count, "no input \(position)")
    return UnsafeRawPointer(raw(step.inputs[position], bytes))
  }

  /// The workspace, at least `bytes` long; some valid address where the kernel needs none.
  func workspace(bytes: Int) -> UnsafeMutableRawPointer {
    guard let id = step.workspace else {
      require(bytes == 0, "no workspace of \(bytes) bytes")
      return memory.address(step.outputs[0])
    }
    return raw(id, bytes)
  }

  /// The workspace as `count` floats.
  func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
    workspace(bytes: count * MemoryLayout<Float>.size).assumingMemoryBound(to: Float.self)
  }

  private func floats(_ id: BufferID, _ count: Int) -> UnsafeMutablePointer<Float> {
    require(plan[id].type.element == .float32, "`\(plan[id].name)` is \(plan[id].type)")
    return raw(id, count * MemoryLayout<Float>.size).assumingMemoryBound(to: Float.self)
  }

  private func raw(_ id: BufferID, _ bytes: Int, mayBeView: Bool = false) -> UnsafeMutableRawPointer {
    require(mayBeView || !plan.isView(id), "`\(plan[id].name)` lies among other channels")
    let holds = type(id).byteCount
    require(bytes <= holds, "`\(plan[id].name)` holds \(holds) bytes, not \(bytes)")
    return memory.address(id, samples)
  }

  /// The shape of output `position`. An input's buffer may have another shape than the step sees, after a reshape.
  func shape(ofOutput position: Int) -> Shape {
    require(position < step.outputs.count, "no output \(position)")
    return type(step.outputs[position]).shape
  }

  /// Values of input `position`.
  func count(ofInput position: Int) -> Int {
    require(position < step.inputs.count, "no input \(position)")
    return type(step.inputs[position]).shape.elementCount
  }

  /// A condition that only a bug of the compiler can break.
  func require(_ condition: Bool, _ what: @autoclosure () -> String) {
    precondition(condition, "step \(index) (\(step.name) of \(step.layers.joined(separator: ", "))): \(what())")
  }
}

extension Shape {
  /// The last dimension.
  var channels: Int { last ?? 1 }

  /// The product of all other dimensions.
  var rows: Int { (0..<max(0, rank - 1)).reduce(1) { $0 * self[$1] } }
}
