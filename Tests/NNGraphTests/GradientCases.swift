import NNGraph
import NNTensor

typealias Operand = GradientCheck.Operand

/// Every operation that has a gradient rule, in all its variants.
enum GradientCases {
  static let all =
    convolutions + pools + upsamplings + layouts + normalizations + activations + losses + imageLosses + judgements
    + spectral + [
      GradientCheck(MapChannels(scale: [2, -0.5, 3], shift: [1, 0, -4]), [2, 2, 3]),
      GradientCheck(Noise(deviation: 0.5, stream: 2), [2, 5, 3]),
      GradientCheck(Add(), [2, 3], [2, 3]), GradientCheck(Multiply(), [2, 3, 2], [2, 3, 2]),
      GradientCheck(Concatenate(), [2, 3, 2, 4], [2, 3, 2, 1]), GradientCheck(Concatenate(), [3, 2], [3, 1], [3, 4]),
      GradientCheck(BiasAdd(), [2, 3, 2, 4], [4]),
      GradientCheck(BiasAdd(), [3, 5], [5]), GradientCheck(Reshape([4, 3]), [2, 3, 2]),
      GradientCheck(Permute(.channelsFirst), [2, 3, 2, 4]), GradientCheck(Permute(.channelsLast), [2, 3, 2, 4]),
      GradientCheck(SpatialMean(), [2, 3, 4, 5]), GradientCheck(SpatialMean(), [1, 1, 1, 2]),
      GradientCheck(SpatialMeanGradient(inputSize: Size2D(3, 2)), [2, 4]),
      GradientCheck(Dropout(rate: 0.4, stream: 3), [2, 5, 3]), GradientCheck(Dropout(rate: 0, stream: 0), [4, 3]),
    ]

  /// A convolution's window with its sizes.
  struct Variant {
    var window: ConvolutionWindow
    var input: Size2D
    var output: Size2D
    var channels: (input: Int, output: Int)
  }

  /// Stride, dilation, groups, asymmetric kernels, `same` padding with the odd row below, and outputs that leave rows
  /// of the input unread or read far into the padding below.
  static let variants: [Variant] = [
    variant(kernel: (1, 1), input: (3, 2), output: (3, 2)),
    variant(kernel: (3, 3), padding: (1, 1), input: (4, 3), output: (4, 3)),
    variant(kernel: (3, 3), input: (4, 5), output: (2, 3)),
    variant(kernel: (3, 3), stride: (2, 2), input: (4, 6), output: (2, 3)),
    variant(kernel: (3, 3), stride: (2, 2), padding: (1, 1), input: (5, 4), output: (3, 2)),
    variant(kernel: (2, 2), stride: (2, 2), input: (5, 4), output: (3, 2)),
    variant(kernel: (2, 4), padding: (0, 1), input: (3, 4), output: (3, 4)),
    variant(kernel: (3, 2), stride: (1, 3), dilation: (2, 1), padding: (2, 0), input: (4, 7), output: (4, 2)),
    variant(kernel: (2, 3), stride: (2, 1), dilation: (1, 3), padding: (1, 2), input: (5, 6), output: (3, 4)),
    variant(kernel: (3, 3), padding: (1, 1), groups: 2, input: (3, 3), output: (3, 3), channels: (4, 6)),
    variant(kernel: (3, 2), stride: (2, 1), groups: 3, input: (5, 3), output: (2, 2), channels: (3, 3)),
    variant(kernel: (3, 3), padding: (1, 1), groups: 3, input: (3, 2), output: (3, 2), channels: (3, 6)),
    variant(kernel: (2, 2), stride: (3, 3), input: (6, 5), output: (2, 2)),
    variant(kernel: (1, 1), stride: (2, 2), input: (4, 5), output: (2, 3)),
    variant(kernel: (3, 3), padding: (1, 1), input: (1, 1), output: (1, 1)),
    variant(kernel: (4, 4), stride: (2, 2), padding: (1, 1), input: (6, 6), output: (3, 3), channels: (1, 2)),
    variant(kernel: (3, 3), padding: (3, 3), input: (2, 2), output: (6, 6), channels: (1, 2)),
  ]

  private static func variant(
    kernel: (Int, Int), stride: (Int, Int) = (1, 1), dilation: (Int, Int) = (1, 1), padding: (Int, Int) = (0, 0),
    groups: Int = 1, input: (Int, Int), output: (Int, Int), channels: (Int, Int) = (2, 3)
  ) -> Variant {
    let window = ConvolutionWindow(
      kernel: Size2D(kernel.0, kernel.1), stride: Size2D(stride.0, stride.1), dilation: Size2D(dilation.0, dilation.1),
      padding: Size2D(padding.0, padding.1), groups: groups)
    return Variant(
      window: window, input: Size2D(input.0, input.1), output: Size2D(output.0, output.1), channels: channels)
  }

  static let convolutions = variants.flatMap { variant in
    let (window, channels) = (variant.window, variant.channels)
    let x: Shape = [2, variant.input.height, variant.input.width, channels.input]
    let y: Shape = [2, variant.output.height, variant.output.width, channels.output]
    let weight: Shape = [window.kernel.height, window.kernel.width, channels.input / window.groups, channels.output]
    return [
      GradientCheck(Convolution(window: window, outputSize: variant.output), x, weight),
      GradientCheck(TransposedConvolution(window: window, outputSize: variant.input), y, weight),
      GradientCheck(ConvolutionWeightGradient(window: window), x, y),
    ]
  }

  static let poolWindows: [(PoolWindow, Shape)] = [
    (PoolWindow(size: Size2D(2, 2)), [2, 4, 4, 2]), (PoolWindow(size: Size2D(2, 2)), [1, 5, 3, 3]),
    (PoolWindow(size: Size2D(3, 3), stride: Size2D(2, 2), padding: Size2D(1, 1)), [2, 5, 4, 2]),
    (PoolWindow(size: Size2D(3, 2), stride: Size2D(1, 2), padding: Size2D(1, 0)), [1, 4, 5, 2]),
    (PoolWindow(size: Size2D(2, 1), stride: Size2D(3, 2)), [1, 6, 5, 1]),
    (PoolWindow(size: Size2D(4, 4), stride: Size2D(2, 2), padding: Size2D(2, 2)), [1, 3, 5, 1]),
  ]

  static let pools = poolWindows.flatMap { window, shape in
    let average = AveragePool(window: window)
    let pooled = average.outputTypes([TensorType(shape)])[0].shape
    return [
      GradientCheck(MaxPool(window: window), operands: [Operand(shape: shape, values: .distinct)]),
      GradientCheck(average, shape),
      GradientCheck(AveragePoolGradient(window: window, inputSize: Size2D(shape[1], shape[2])), pooled),
    ]
  }

  static let upsamplings = [(1, 1), (2, 2), (3, 3), (1, 4), (3, 2)].flatMap { height, width in
    [Interpolation.nearest, .bilinear].flatMap { method in
      let upsampling = Upsampling(factor: Size2D(height, width), method: method)
      return [
        GradientCheck(Upsample(upsampling), [2, 3, 2, 2]), GradientCheck(Upsample(upsampling), [1, 1, 1, 3]),
        GradientCheck(UpsampleGradient(upsampling), [2, 2 * height, 3 * width, 2]),
      ]
    }
  }

  static let layouts = [
    GradientCheck(DepthToSpace(factor: Size2D(2, 2)), [2, 2, 3, 8]),
    GradientCheck(DepthToSpace(factor: Size2D(1, 3)), [1, 2, 2, 6]),
    GradientCheck(SpaceToDepth(factor: Size2D(2, 2)), [2, 4, 6, 3]),
    GradientCheck(SpaceToDepth(factor: Size2D(3, 1)), [1, 3, 4, 2]),
    GradientCheck(Pad(Margins(top: 1, bottom: 0, left: 2, right: 3), value: 0.5), [2, 3, 2, 3]),
    GradientCheck(Crop(Margins(top: 1, bottom: 0, left: 0, right: 2)), [2, 3, 5, 3]),
  ]

  static let normalizations =
    [Shape([3, 2, 4, 4]), [4, 6]].flatMap { shape -> [GradientCheck] in
      let channels = Shape([shape.dimensions.last ?? 1])
      let extents: [NormalizationExtent] =
        shape.rank == 4
        ? [.batch, .groups(2), .groups(4), .channels]
        : [
          .batch, .groups(3), .channels,
        ]
      return extents.flatMap { extent in
        [
          GradientCheck(Normalize(extent, epsilon: 0.01, isAffine: true), shape, channels, channels),
          GradientCheck(Normalize(extent, epsilon: 1e-5, isAffine: false), shape),
        ]
      } + [
        GradientCheck(ChannelAffine(hasShift: true), shape, channels, channels),
        GradientCheck(ChannelAffine(hasShift: false), shape, channels),
      ]
    }

  static let spectral = [
    (Shape([3, 2, 4, 5]), WeightMatrix.Rows.outer), ([3, 2, 4, 5], .inner), ([1, 1, 7, 3], .outer),
    ([2, 2, 1, 3], .inner),
    ([6, 4], .outer),
  ].map { weights, rows in
    let matrix = WeightMatrix(weights, rows: rows)
    return GradientCheck(
      SpectralNormalize(rows: rows),
      operands: [
        Operand(shape: weights, values: .probability(hasGradient: true)),
        Operand(shape: [matrix?.rowCount ?? 0], values: .probability(hasGradient: false)),
        Operand(shape: [matrix?.columnCount ?? 0], values: .probability(hasGradient: false)),
      ])
  }

  static let imageLosses = [
    GradientCheck(
      Loss(.ssim(window: 3, deviation: 1.5)),
      operands: [
        Operand(shape: [2, 4, 5, 2], values: .probability(hasGradient: true)),
        Operand(shape: [2, 4, 5, 2], values: .probability(hasGradient: false)),
      ]),
    GradientCheck(Loss(.totalVariation), operands: [Operand(shape: [2, 3, 4, 2], values: .distinct)]),
  ]

  static let judgements = AdversarialKind.allCases.flatMap { kind in
    AdversarialSide.allCases.map { side in
      GradientCheck(Loss(.judgement(JudgementFormula(kind, side, label: 0.9))), [3, 2])
    }
  }

  static let activationKinds: [Activation] = [
    .none, .relu, .leakyRelu(slope: 0.2), .leakyRelu(slope: 0.01), .leakyRelu(slope: 0), .leakyRelu(slope: -0.5), .elu,
    .gelu, .silu, .sigmoid, .tanh, .softmax,
  ]

  static let activations = activationKinds.flatMap { kind in
    [Shape([3, 5]), [2, 2, 3, 4]].map { shape in
      GradientCheck(Activate(kind), operands: [Operand(shape: shape, values: .awayFromZero)])
    }
  }

  static let losses = [Shape([3, 4]), [2, 2, 3, 2]].flatMap { shape in
    let labels = Shape(Array(shape.dimensions.dropLast()))
    let probabilities = Operand(shape: shape, values: .probability(hasGradient: true))
    let targets = Operand(shape: shape, values: .probability(hasGradient: false))
    let classes = Operand(shape: labels, values: .labels(shape.dimensions.last ?? 1))
    let logits = Operand(shape: shape, values: .free(scale: 3))
    func smooth(_ kinks: [Double]) -> [Operand] {
      [Operand(shape: shape, values: .free(scale: 2)), Operand(shape: shape, values: .awayFrom(kinks))]
    }
    return [
      GradientCheck(Loss(.mse), operands: smooth([])), GradientCheck(Loss(.mae), operands: smooth([0])),
      GradientCheck(Loss(.huber(delta: 1)), operands: smooth([1])),
      GradientCheck(Loss(.huber(delta: 0.25)), operands: smooth([0.25])),
      GradientCheck(Loss(.binaryCrossEntropy), operands: [probabilities, targets]),
      GradientCheck(Loss(.binaryCrossEntropyWithLogits), operands: [logits, targets]),
      GradientCheck(Loss(.crossEntropy), operands: [probabilities, classes]),
      GradientCheck(Loss(.crossEntropyWithLogits), operands: [logits, classes]),
    ]
  }
}
