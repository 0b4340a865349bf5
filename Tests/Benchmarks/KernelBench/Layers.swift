import NNKernels
import NNTensor

/// One layer: a convolution, or the adjoint of one if it is transposed.
struct Layer {
  var name: String
  var geometry: ConvolutionGeometry
  var transposed = false
  var pool = (1, 1)
}

/// The layers of `Specs/fakeapp.yaml` at 256×256.
func fakeappLayers(batch: Int) -> [Layer] { fakeappLayers(batch: batch, size: 256, width: 64) }

/// The layers of `Specs/bench/fakeapp-small.yaml`.
func smallLayers(batch: Int) -> [Layer] { fakeappLayers(batch: batch, size: 64, width: 16) }

private func fakeappLayers(batch: Int, size: Int, width: Int) -> [Layer] {
  func conv(_ name: String, _ inputs: Int, _ outputs: Int, _ size: Int) -> Layer {
    Layer(
      name: "\(name) \(inputs)→\(outputs) @\(size)",
      geometry: ConvolutionGeometry(
        batch: batch, input: (size, size), inputChannels: inputs, output: (size, size), outputChannels: outputs,
        kernel: (3, 3), padding: (1, 1)))
  }
  func up(_ name: String, _ inputs: Int, _ outputs: Int, _ size: Int) -> Layer {
    Layer(
      name: "\(name) \(inputs)→\(outputs) @\(size)→\(2 * size)",
      geometry: ConvolutionGeometry(
        batch: batch, input: (2 * size, 2 * size), inputChannels: outputs, output: (size, size),
        outputChannels: inputs, kernel: (3, 3), stride: (2, 2), padding: (1, 1)), transposed: true)
  }
  let plain = [
    conv("conv1", 3, width, size), conv("conv2", width, 2 * width, size / 2),
    conv("conv3", 2 * width, 4 * width, size / 4),
  ]
  let pooled = plain.map { layer in
    var layer = layer
    layer.pool = (2, 2)
    layer.name += " pool"
    return layer
  }
  let output = Layer(
    name: "output \(width)→3 1×1 @\(size)",
    geometry: ConvolutionGeometry(
      batch: batch, input: (size, size), inputChannels: width, output: (size, size), outputChannels: 3, kernel: (1, 1)))
  return plain + pooled + [
    up("up1", width, 4 * width, size / 8), up("up2", 4 * width, 2 * width, size / 4),
    up("up3", 2 * width, width, size / 2), output,
    Layer(name: "dense 4096→1024", geometry: .dense(batch: 16 * batch, inputs: 4096, outputs: 1024)),
  ]
}

/// The convolutions of `Specs/bench/dcgan-discriminator.yaml`.
func discriminatorLayers(batch: Int) -> [Layer] {
  [(3, 64, 32), (64, 128, 16), (128, 256, 8), (256, 512, 4)].enumerated().map { index, sizes in
    let (inputs, outputs, size) = sizes
    return Layer(
      name: "conv\(index + 1) \(inputs)→\(outputs) @\(size)",
      geometry: ConvolutionGeometry(
        batch: batch, input: (2 * size, 2 * size), inputChannels: inputs, output: (size, size),
        outputChannels: outputs, kernel: (4, 4), stride: (2, 2), padding: (1, 1)))
  }
}

/// Layers around the sizes where one algorithm becomes faster than the other.
func crossoverLayers(batch: Int) -> [Layer] {
  var layers: [Layer] = []
  func add(_ inputs: Int, _ outputs: Int, _ size: Int, kernel: Int, stride: Int) {
    let geometry = ConvolutionGeometry(
      batch: batch, input: (size * stride, size * stride), inputChannels: inputs, output: (size, size),
      outputChannels: outputs, kernel: (kernel, kernel), stride: (stride, stride), padding: (1, 1))
    layers.append(Layer(name: "\(kernel)×\(kernel)/\(stride) \(inputs)→\(outputs) @\(size)", geometry: geometry))
  }
  for (inputs, outputs) in [(8, 16), (16, 16), (32, 32), (64, 64), (16, 64), (64, 16), (256, 256)] {
    for size in [8, 16, 64] { add(inputs, outputs, size, kernel: 3, stride: 1) }
  }
  for channels in [16, 32, 64, 128] {
    for size in [8, 16, 64] {
      add(channels, channels, size, kernel: 3, stride: 2)
      add(channels, channels, size, kernel: 4, stride: 2)
    }
  }
  return layers
}

/// A layer's buffers and plans; each measurement returns GFLOP/s (useful operations only).
final class LayerBench {
  let layer: Layer
  let kernels: ConvolutionKernels
  let forwardPlan: ConvolutionPlan
  let backwardPlan: ConvolutionPlan
  let weightPlan: WeightGradientPlan
  let input: Buffer
  let output: Buffer
  let weights: Buffer
  let packed: Buffer
  let packedBack: Buffer
  let gradient: Buffer
  let bias: Buffer
  let partials: Buffer
  let scratch: Buffer
  let argmax: Buffer

  init(_ layer: Layer, _ kernels: ConvolutionKernels, _ algorithm: ConvolutionAlgorithm) {
    self.layer = layer
    self.kernels = kernels
    let g = layer.geometry
    // In bf16, images of an odd number of channels stay floats.
    func element(_ channels: Int) -> ElementType {
      algorithm.multipliesBFloat16 && channels % 2 == 0 ? .bfloat16 : .float32
    }
    let (input, output) = (element(g.inputChannels), element(g.outputChannels))
    func plan(_ direction: ConvolutionDirection, pool: (Int, Int) = (1, 1)) -> ConvolutionPlan {
      let (source, destination) = direction == .forward ? (input, output) : (output, input)
      let multiplies: ConvolutionAlgorithm =
        algorithm == .directBFloat16 && source == .float32 ? .direct : algorithm
      return ConvolutionPlan(
        g, direction, pool: pool, algorithm: multiplies, source: source, destination: destination,
        shape: kernels.shape)
    }
    forwardPlan = plan(layer.transposed ? .adjoint : .forward, pool: layer.pool)
    backwardPlan = plan(layer.transposed ? .forward : .adjoint)
    weightPlan = WeightGradientPlan(
      g, biasSide: layer.transposed ? .input : .output, algorithm: algorithm, input: input, output: output,
      shape: kernels.shape)
    self.input = Buffer(g.inputCount)
    self.output = Buffer(g.outputCount)
    weights = Buffer(g.weightCount)
    packed = forwardPlan.packTaskCount == 0 ? weights : Buffer(forwardPlan.packedCount)
    packedBack = backwardPlan.packTaskCount == 0 ? weights : Buffer(backwardPlan.packedCount)
    gradient = Buffer(g.weightCount)
    bias = Buffer(max(g.inputChannels, g.outputChannels))
    partials = Buffer(weightPlan.partialCount)
    let bytes = max(
      forwardPlan.scratchBytes, backwardPlan.scratchBytes, weightPlan.scratchBytes, forwardPlan.packScratchBytes)
    scratch = Buffer(bytes / 4)
    argmax = Buffer(g.outputCount / 4)
    _ = pack()
    var arguments = ConvolutionPackArguments(plan: backwardPlan, weights: weights.floats, packed: packedBack.floats)
    run(kernels.packWeights, &arguments, backwardPlan.packTaskCount)
  }

  private func run<Arguments>(_ kernel: KernelFunction, _ arguments: inout Arguments, _ tasks: Int) {
    withUnsafePointer(to: &arguments) { for task in 0..<tasks { kernel(UnsafeRawPointer($0), task, scratch.floats) } }
  }

  /// Packs per second.
  func pack() -> Double {
    var arguments = ConvolutionPackArguments(plan: forwardPlan, weights: weights.floats, packed: packed.floats)
    return 1 / seconds { run(kernels.packWeights, &arguments, forwardPlan.packTaskCount) }
  }

  func forward() -> Double {
    let (source, target) = layer.transposed ? (output, input) : (input, output)
    var arguments = ConvolutionArguments(
      plan: forwardPlan, source: source.floats, packed: packed.floats, destination: target.floats)
    arguments.bias = UnsafePointer(bias.floats)
    arguments.activation = .relu
    // As in training, which needs the places of the maxima.
    if layer.pool.0 > 1 {
      arguments.argmax = UnsafeMutableRawPointer(argmax.floats).assumingMemoryBound(to: UInt8.self)
    }
    let kernel = layer.pool.0 > 1 ? kernels.convolvePool : kernels.convolve
    return layer.geometry.operations * 1e-9 / seconds { run(kernel, &arguments, forwardPlan.taskCount) }
  }

  func inputGradient() -> Double {
    let (source, target) = layer.transposed ? (input, output) : (output, input)
    var arguments = ConvolutionArguments(
      plan: backwardPlan, source: source.floats, packed: packedBack.floats, destination: target.floats)
    arguments.gradient = .relu
    arguments.saved = UnsafePointer(target.floats)
    return layer.geometry.operations * 1e-9 / seconds { run(kernels.convolve, &arguments, backwardPlan.taskCount) }
  }

  func weightGradient() -> Double {
    var arguments = WeightGradientArguments(
      plan: weightPlan, input: input.floats, output: output.floats, weightGradient: gradient.floats,
      biasGradient: bias.floats, partials: partials.floats)
    return layer.geometry.operations * 1e-9
      / seconds {
        run(kernels.weightGradient, &arguments, weightPlan.taskCount)
        run(kernels.reduceWeightGradient, &arguments, weightPlan.reduceTaskCount)
      }
  }
}
