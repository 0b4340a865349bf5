import NNCompiler
import NNGraph
import NNRandom
import NNTensor

/// A small network drawn from a seed, with a loss and a training phase: a chain of layers of every kind there is.
struct RandomNetwork {
  private(set) var graph = Graph()
  private(set) var loss = LossKind.mse
  let batch: Int
  private(set) var phase: TrainingPhase
  private var draw: RandomStream
  private var value: ValueID
  private var layer = 0
  private let keepsSamplesApart: Bool
  /// With concatenations, the values so far that can be an operand of one.
  private var history: [ValueID]?
  /// Convolutions have fewer channels than these, and transposed ones.
  private let widest: (Int, Int)

  static let optimizers: [OptimizerKind] = [
    .sgd(momentum: false, nesterov: false), .sgd(momentum: true, nesterov: false),
    .sgd(momentum: true, nesterov: true), .adam, .adamw, .rmsprop(momentum: false),
    .rmsprop(momentum: true),
  ]

  /// The network of a seed; with `batch`, which it may draw otherwise, none of its layers mixes samples. Where it is wide,
  /// channels make several blocks, and pixels several tasks.
  /// Where it joins, values are put together time and again. Where it freezes, it begins with layers that learn nothing and
  /// end in few channels.
  init(seed: UInt64, batch fixed: Int? = nil, isWide: Bool = false, joins: Bool = false, freezes: Bool = false) {
    draw = RandomStream(seed: seed, purpose: .testing)
    let drawn = 1 + draw.integer(below: 3)
    batch = fixed ?? drawn
    keepsSamplesApart = fixed != nil
    widest = isWide ? (120, 100) : (20, 12)
    let least = isWide ? 10 : 4
    let size = [least + draw.integer(below: 9), least + draw.integer(below: 9), 1 + draw.integer(below: 5)]
    value = graph.input("x", TensorType([batch, size[0], size[1], size[2]]))
    let optimizer = Self.optimizers[Int(seed % UInt64(Self.optimizers.count))]
    // Something is learnt whatever else is drawn.
    phase = TrainingPhase(name: "train", losses: ["loss"], parameters: Self.names, optimizer: optimizer)
    if joins { history = [value] }
    if freezes { beginFrozen() }
    convolve()
    for _ in 0..<(1 + draw.integer(below: 4)) {
      if joins { concatenate() }
      addLayer()
    }
    if seed % 2 == 0 { output() }
    if draw.bernoulli(0.3) { dense() }
    addLoss()
  }

  private static let names = Set((0..<60).flatMap { ["l\($0).weight", "l\($0).bias"] })

  /// Whether a normalisation divides by what may be small.
  var isNormalized: Bool { graph.nodes.contains { $0.operation is Normalize } }

  /// Whether it has the output of two convolutions of which the second one may be fused into the first.
  private(set) var endsInFewChannels = false

  private var shape: Shape { graph.shape(value) }
  private var name: String { "l\(layer)" }

  private mutating func addLayer() {
    layer += 1
    switch draw.integer(below: 15) {
    case 0, 1: convolve()
    case 2: transposed()
    case 3 where shape[1] >= 3 && shape[2] >= 3: pool(overlapping: true)
    case 4 where shape[1] >= 2 && shape[2] >= 2: pool(overlapping: false)
    case 5 where shape[1] * shape[2] <= 100: upsample()
    case 6: value = graph.apply(Dropout(rate: 0.25, stream: layer), to: value, layer: name)
    case 7: residual()
    case 8: reshape()
    case 12, 13: normalize()
    case 9: value = graph.apply(Noise(deviation: 0.1, stream: layer), to: value, layer: name)
    case 10: frame()
    case 11 where shape[3] % 4 == 0:
      value = graph.apply(DepthToSpace(factor: Size2D(2, 2)), to: value, layer: name)
    case 14 where shape.elementCount <= 400 * shape[0]: unfold()
    default: activate(elementwiseOnly: false)
    }
  }

  private mutating func weight(_ shape: Shape) -> ValueID {
    // As in weight files: `[out, in, kh, kw]`.
    let file: Shape = [shape[3], shape[2], shape[0], shape[1]]
    let fanIn = Double(shape[0] * shape[1] * shape[2])
    return graph.parameter(
      Parameter(
        name: "\(name).weight", layer: name, fileShape: file, fileView: file, order: [2, 3, 1, 0],
        initializer: .normal(deviation: 1 / fanIn.squareRoot()), decays: true))
  }

  private mutating func finish(channels: Int) {
    if draw.bernoulli(0.7) {
      let bias = graph.parameter(
        Parameter(
          name: "\(name).bias", layer: name, shape: [channels], initializer: .uniform(bound: 0.2), decays: false))
      value = graph.apply(BiasAdd(), to: value, bias, layer: name)
    }
    if draw.bernoulli(0.7) { activate(elementwiseOnly: true) }
    if draw.bernoulli(0.4), shape[1] >= 2, shape[2] >= 2 { pool(overlapping: false) }
  }

  private mutating func activate(elementwiseOnly: Bool) {
    let all: [Activation] = [
      .relu, .leakyRelu(slope: 0.2), .sigmoid, .tanh, .elu, .gelu, .silu, .leakyRelu(slope: -0.1), .relu, .softmax,
    ]
    let chosen = all[draw.integer(below: elementwiseOnly ? all.count - 1 : all.count)]
    value = graph.apply(Activate(chosen), to: value, layer: name)
  }

  private mutating func convolve(channels fixed: Int? = nil) {
    let kernel = Size2D(1 + 2 * draw.integer(below: 2), 1 + 2 * draw.integer(below: 2))
    let stride = draw.bernoulli(0.3) ? Size2D(2, 2) : Size2D(1, 1)
    let grouped = fixed == nil && draw.bernoulli(0.2)
    let groups = grouped ? shape[3] : 1
    let channels = grouped ? groups * (1 + draw.integer(below: 2)) : fixed ?? 1 + draw.integer(below: widest.0)
    let padding = Size2D(kernel.height / 2, kernel.width / 2)
    let size = Size2D((shape[1] - 1) / stride.height + 1, (shape[2] - 1) / stride.width + 1)
    let window = ConvolutionWindow(kernel: kernel, stride: stride, padding: padding, groups: groups)
    let weights = weight([kernel.height, kernel.width, shape[3] / groups, channels])
    value = graph.apply(Convolution(window: window, outputSize: size), to: value, weights, layer: name)
    finish(channels: channels)
  }

  private mutating func transposed(channels fixed: Int? = nil) {
    let channels = fixed ?? 1 + draw.integer(below: widest.1)
    let stride = 1 + draw.integer(below: 2)
    let window = ConvolutionWindow(
      kernel: Size2D(3, 3), stride: Size2D(stride, stride), padding: Size2D(1, 1))
    let size = Size2D(shape[1] * stride, shape[2] * stride)
    let weights = weight([3, 3, channels, shape[3]])
    value = graph.apply(TransposedConvolution(window: window, outputSize: size), to: value, weights, layer: name)
    finish(channels: channels)
  }

  /// A transposed convolution of one pixel to as many as its kernel has, as a generator begins.
  private mutating func unfold(channels fixed: Int? = nil) {
    let numbers = shape.elementCount / shape[0]
    value = graph.apply(Reshape([shape[0], 1, 1, numbers]), to: value, layer: name)
    let channels = fixed ?? 1 + draw.integer(below: widest.1)
    let kernel = Size2D(1 + draw.integer(below: 4), 2 + draw.integer(below: 3))
    let weights = weight([kernel.height, kernel.width, channels, numbers])
    let window = ConvolutionWindow(kernel: kernel)
    value = graph.apply(TransposedConvolution(window: window, outputSize: kernel), to: value, weights, layer: name)
    finish(channels: channels)
  }

  /// A convolution of either kind to a block of some processor's kernels, then one with a 1×1 kernel to few channels.
  private mutating func output(block fixed: Int? = nil) {
    endsInFewChannels = true
    layer += 1
    let block = fixed ?? [7, 13, 33, 64][draw.integer(below: 4)]
    switch draw.integer(below: 5) {
    case 0, 1: convolve(channels: block)
    case 2 where shape.elementCount <= 400 * shape[0]: unfold(channels: block)
    default: transposed(channels: block)
    }
    layer += 1
    let channels = 1 + draw.integer(below: 4)
    let weights = weight([1, 1, shape[3], channels])
    let size = Size2D(shape[1], shape[2])
    let window = ConvolutionWindow(kernel: Size2D(1, 1))
    value = graph.apply(Convolution(window: window, outputSize: size), to: value, weights, layer: name)
    finish(channels: channels)
  }

  /// Layers whose parameters no phase learns, so that they run in training as they do alone.
  private mutating func beginFrozen() {
    for _ in 0..<draw.integer(below: 3) { addLayer() }
    let flattens = draw.bernoulli(0.5)
    if flattens { value = graph.apply(Reshape([batch, 1, 1, shape.elementCount / batch]), to: value, layer: name) }
    output(block: flattens ? 64 : nil)
    for number in 0...layer { phase.parameters.subtract(["l\(number).weight", "l\(number).bias"]) }
    layer += 1
  }

  private mutating func pool(overlapping: Bool) {
    let window =
      overlapping
      ? PoolWindow(size: Size2D(3, 3), stride: Size2D(2, 2), padding: Size2D(1, 1)) : PoolWindow(size: Size2D(2, 2))
    if draw.bernoulli(0.6) {
      value = graph.apply(MaxPool(window: window), [value], layer: name)[0]
    } else {
      value = graph.apply(AveragePool(window: window), to: value, layer: name)
    }
  }

  private mutating func upsample() {
    let method: Interpolation = draw.bernoulli(0.5) ? .nearest : .bilinear
    value = graph.apply(Upsample(Upsampling(factor: Size2D(2, 2), method: method)), to: value, layer: name)
  }

  /// The value is used twice, so its gradients meet.
  private mutating func residual() {
    let before = value
    value = graph.apply(Activate(.tanh), to: value, layer: name)
    value = graph.apply(Add(), to: value, before, layer: name)
  }

  /// Puts together what there is: made for that alone or read by others, twice, the picture, what was put together before.
  private mutating func concatenate() {
    var parts = [value]
    for _ in 0..<(1 + draw.integer(below: 3)) {
      layer += 1
      value = parts[draw.integer(below: parts.count)]
      switch draw.integer(below: 6) {
      case 0, 1:
        let known = (history ?? []).filter { graph.shape($0)[1] == shape[1] && graph.shape($0)[2] == shape[2] }
        value = (known + parts)[draw.integer(below: known.count + parts.count)]
      case 2: activate(elementwiseOnly: false)
      case 3 where shape[1] % 2 == 0 && shape[2] % 2 == 0:
        value = graph.apply(MaxPool(window: PoolWindow(size: Size2D(2, 2))), [value], layer: name)[0]
        upsample()
      case 4: normalize()
      default: branch()
      }
      parts.append(value)
    }
    if draw.bernoulli(0.2) {
      graph.outputs.append(GraphOutput(name: "part \(layer)", value: parts[draw.integer(below: parts.count)]))
    }
    let turn = draw.integer(below: parts.count)
    parts = Array(parts[turn...] + parts[..<turn])
    value = graph.apply(Concatenate(), parts, layer: name)[0]
    history? += parts + [value]
  }

  /// A convolution of either kind that keeps the size.
  private mutating func branch() {
    let channels = [16, 3, 32, 48, 17, 8, 64][draw.integer(below: 7)]
    let kernel = 1 + 2 * draw.integer(below: 2)
    let window = ConvolutionWindow(kernel: Size2D(kernel, kernel), padding: Size2D(kernel / 2, kernel / 2))
    let size = Size2D(shape[1], shape[2])
    if draw.bernoulli(0.7) {
      let weights = weight([kernel, kernel, shape[3], channels])
      value = graph.apply(Convolution(window: window, outputSize: size), to: value, weights, layer: name)
    } else {
      let weights = weight([kernel, kernel, channels, shape[3]])
      value = graph.apply(TransposedConvolution(window: window, outputSize: size), to: value, weights, layer: name)
    }
    layer += 1
    if draw.bernoulli(0.3) { normalize() }
    if draw.bernoulli(0.7) { activate(elementwiseOnly: true) }
  }

  /// Epsilon is large, so that rounding is not enlarged where values hardly differ.
  private mutating func normalize() {
    let channels = shape[3]
    let all: [NormalizationExtent] = [.batch, .groups(channels), .groups(1), .channels]
    let extents = keepsSamplesApart ? Array(all.dropFirst()) : all
    let extent = extents[draw.integer(below: extents.count)]
    var affine: [ValueID] = []
    if draw.bernoulli(0.6) {
      affine = ["weight", "bias"].map {
        let initializer = Initializer.uniform(bound: 1)
        return graph.parameter(
          Parameter(name: "\(name).\($0)", layer: name, shape: [channels], initializer: initializer, decays: false))
      }
    }
    let operation = Normalize(extent, epsilon: 0.1, isAffine: !affine.isEmpty)
    let results = graph.apply(operation, [value] + affine, layer: name)
    value = results[0]
    if extent == .batch { track(results) }
    if draw.bernoulli(0.6) { activate(elementwiseOnly: true) }
  }

  private mutating func track(_ results: [ValueID]) {
    let running = [("running_mean", Initializer.zeros), ("running_var", .ones)].map { ending, initializer in
      var parameter = Parameter(
        name: "\(name).\(ending)", layer: name, shape: [shape[3]], initializer: initializer, decays: false)
      parameter.role = .statistic
      return graph.parameter(parameter)
    }
    let count = shape.elementCount / shape[3]
    graph.apply(TrackStatistics(momentum: 0.2, count: count), running + results.dropFirst(), layer: name)
  }

  /// More pixels around the image, or fewer.
  private mutating func frame() {
    let margins = Margins(
      top: draw.integer(below: 2), bottom: draw.integer(below: 2), left: draw.integer(below: 2),
      right: draw.integer(below: 2))
    let crops = shape[1] > 2 && shape[2] > 2 && draw.bernoulli(0.5)
    let operation: any NNGraph.Operation = crops ? Crop(margins) : Pad(margins, value: 0.5)
    value = graph.apply(operation, [value], layer: name)[0]
  }

  /// The pixels seen as a column, so that later steps see another shape than the buffer's.
  private mutating func reshape() {
    let (n, h, w, c) = (shape[0], shape[1], shape[2], shape[3])
    value = graph.apply(Permute(.channelsFirst), to: value, layer: name)
    value = graph.apply(Reshape([n, c * h, w, 1]), to: value, layer: name)
    if draw.bernoulli(0.5), shape[1] >= 2, shape[2] >= 2 { pool(overlapping: false) }
  }

  private mutating func dense() {
    layer += 1
    if draw.bernoulli(0.5) {
      value = graph.apply(SpatialMean(), to: value, layer: name)
    }
    let features = shape.elementCount / batch
    value = graph.apply(Reshape([batch, 1, 1, features]), to: value, layer: name)
    let channels = 2 + draw.integer(below: 10)
    let weights = weight([1, 1, features, channels])
    let window = ConvolutionWindow(kernel: Size2D(1, 1))
    value = graph.apply(Convolution(window: window, outputSize: Size2D(1, 1)), to: value, weights, layer: name)
    finish(channels: channels)
    value = graph.apply(Reshape([batch, shape.elementCount / batch]), to: value, layer: name)
  }

  private mutating func addLoss() {
    graph.outputs.append(GraphOutput(name: "prediction", value: value))
    let kinds: [LossKind] = [.mse, .mae, .huber(delta: 0.5), .binaryCrossEntropy, .crossEntropy]
    loss = kinds[draw.integer(below: kinds.count)]
    if loss == .binaryCrossEntropy { value = graph.apply(Activate(.sigmoid), to: value, layer: "loss") }
    if loss == .crossEntropy { value = graph.apply(Activate(.softmax), to: value, layer: "loss") }
    let target = loss.takesLabels ? Shape(Array(shape.dimensions.dropLast())) : shape
    let t = graph.input("t", TensorType(target))
    let result = graph.apply(Loss(loss), to: value, t, layer: "loss")
    graph.outputs.append(GraphOutput(name: "loss", value: result))
  }

  /// The last dimension of the prediction: how many classes labels have.
  var classes: Int { shape.dimensions.last ?? 1 }
}
