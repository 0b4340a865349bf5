import NNKernels
import NNTensor

extension StepBinder {
  mutating func bindImageLoss(_ kind: NNTensor.LossKind, _ shape: Shape) {
    switch kind {
    case .ssim(let window, let deviation): bindSimilarity(shape, window, deviation)
    case .totalVariation: bindVariation(shape)
    default: require(false, "\(kind) is no loss of images")
    }
  }

  mutating func bindLoss(_ kind: NNTensor.LossKind) {
    let count = count(ofInput: 0)
    let (prediction, value) = (input(0, count: count), output(0, count: 1))
    let loss = kernels.vector.loss
    if let crossEntropy = kind.crossEntropy {
      let rows = self.count(ofInput: 1)
      let (channels, labels) = (count / rows, input(1, count: rows))
      let arguments = CrossEntropyArguments(
        prediction: prediction, labels: labels,
        partials: partials(CrossEntropyArguments.partialsCount(rows: rows, channels: channels)), value: value,
        rows: rows, channels: channels, kind: crossEntropy, meanCount: countInBatch(rows))
      add(loss.crossEntropyPartials, arguments, tasks: arguments.taskCount(stage: 0))
      add(total: arguments.total)
    } else {
      let (elementwise, delta) = elementwise(kind)
      let arguments = LossArguments(
        prediction: prediction, target: kind.takesTarget ? input(1, count: count) : prediction,
        partials: partials(LossArguments.partialsCount(count: count)), value: value, count: count, kind: elementwise,
        delta: delta, meanCount: countInBatch(count))
      add(loss.elementwisePartials, arguments, tasks: arguments.taskCount(stage: 0))
      add(total: arguments.total)
    }
  }

  /// The last stage of a loss's value.
  private mutating func add(total: LossTotalArguments) {
    var total = total
    total.accumulate = accumulates
    add(kernels.vector.loss.total, total, tasks: 1)
  }

  private mutating func bindSimilarity(_ x: Shape, _ window: Int, _ deviation: Float) {
    var arguments = similarity(x, window, deviation)
    arguments.partials = partials(arguments.rowTasks)
    let total = LossTotalArguments(
      partials: partials(arguments.rowTasks), value: output(0, count: 1), partialsCount: arguments.rowTasks,
      divisor: Double(arguments.meanCount))
    let kernel = kernels.vector.imageLoss.similarityPartials
    add(kernel, arguments, tasks: arguments.rowTasks, scratch: arguments.scratchBytes)
    add(total: total)
  }

  private mutating func bindSimilarityGradient(_ window: Int, _ deviation: Float) {
    let x = shape(ofOutput: 0)
    var arguments = similarity(x, window, deviation)
    arguments.upstream = input(2, count: 1)
    arguments.gradient = output(0, count: x.elementCount)
    let bytes = arguments.workspaceCount * MemoryLayout<Float>.size
    arguments.workspace = workspace(bytes: bytes).assumingMemoryBound(to: Float.self)
    let kernel = kernels.vector.imageLoss
    add(kernel.similarityGradientRows, arguments, tasks: arguments.rowTasks, scratch: arguments.scratchBytes)
    add(kernel.similarityGradient, arguments, tasks: x[0] * x[1])
  }

  private func similarity(_ x: Shape, _ window: Int, _ deviation: Float) -> SimilarityArguments {
    require(
      x.rank == 4 && min(x[1], x[2]) >= window && window <= SimilarityArguments.maximumWindow,
      "a window of \(window) on \(x)")
    var arguments = SimilarityArguments(
      prediction: input(0, count: x.elementCount), target: input(1, count: x.elementCount), batch: x[0], height: x[1],
      width: x[2], channels: x[3], window: window, deviation: Double(deviation))
    arguments.meanCount = countInBatch(arguments.meanCount)
    return arguments
  }

  private mutating func bindVariation(_ x: Shape) {
    var arguments = variation(x)
    arguments.partials = partials(arguments.taskCount)
    let total = LossTotalArguments(
      partials: partials(arguments.taskCount), value: output(0, count: 1), partialsCount: arguments.taskCount,
      divisor: Double(arguments.meanCount))
    add(kernels.vector.imageLoss.variationPartials, arguments, tasks: arguments.taskCount)
    add(total: total)
  }

  private mutating func bindVariationGradient() {
    let x = shape(ofOutput: 0)
    var arguments = variation(x)
    arguments.upstream = input(1, count: 1)
    arguments.gradient = output(0, count: x.elementCount)
    add(kernels.vector.imageLoss.variationGradient, arguments, tasks: arguments.taskCount)
  }

  private func variation(_ x: Shape) -> VariationArguments {
    require(x.rank == 4, "the prediction is \(x)")
    var arguments = VariationArguments(
      prediction: input(0, count: x.elementCount), batch: x[0], height: x[1], width: x[2], channels: x[3])
    arguments.meanCount = countInBatch(arguments.meanCount)
    return arguments
  }

  mutating func bindLossGradient(_ kind: NNTensor.LossKind) {
    switch kind {
    case .ssim(let window, let deviation): return bindSimilarityGradient(window, deviation)
    case .totalVariation: return bindVariationGradient()
    default: break
    }
    let count = shape(ofOutput: 0).elementCount
    let (prediction, gradient) = (input(0, count: count), output(0, count: count))
    let upstream = input(kind.takesTarget ? 2 : 1, count: 1)
    if let crossEntropy = kind.crossEntropy {
      let rows = self.count(ofInput: 1)
      let arguments = CrossEntropyGradientArguments(
        prediction: prediction, labels: input(1, count: rows), gradient: gradient, upstream: upstream, rows: rows,
        channels: count / rows, kind: crossEntropy, meanCount: countInBatch(rows))
      add(kernels.vector.loss.crossEntropyGradient, arguments, tasks: arguments.taskCount)
    } else {
      let (elementwise, delta) = elementwise(kind)
      let arguments = LossGradientArguments(
        prediction: prediction, target: kind.takesTarget ? input(1, count: count) : prediction, gradient: gradient,
        upstream: upstream, count: count, kind: elementwise, delta: delta, meanCount: countInBatch(count))
      add(kernels.vector.loss.elementwiseGradient, arguments, tasks: arguments.taskCount)
    }
  }

  private func partials(_ count: Int) -> UnsafeMutablePointer<Double> {
    workspace(bytes: count * MemoryLayout<Double>.size).assumingMemoryBound(to: Double.self)
  }

  private func elementwise(_ kind: NNTensor.LossKind) -> (NNKernels.LossKind, delta: Float) {
    switch kind {
    case .mse: return (.meanSquaredError, 1)
    case .mae: return (.meanAbsoluteError, 1)
    case .huber(let delta): return (.huber, delta)
    case .binaryCrossEntropy: return (.binaryCrossEntropy, 1)
    case .binaryCrossEntropyWithLogits: return (.binaryCrossEntropyOfLogits, 1)
    case .judgement(.crossEntropy(let constant)): return (.crossEntropyWithConstant, constant)
    case .judgement(.square(let constant)): return (.squareFromConstant, constant)
    case .judgement(.hinge(let constant)): return (.hinge, constant)
    case .judgement(.linear(let constant)): return (.linear, constant)
    case .crossEntropy, .crossEntropyWithLogits, .ssim, .totalVariation:
      require(false, "\(kind) is not of each value")
      return (.meanSquaredError, 1)
    }
  }
}

extension NNTensor.LossKind {
  fileprivate var crossEntropy: CrossEntropyKind? {
    switch self {
    case .crossEntropy: .probabilities
    case .crossEntropyWithLogits: .logits
    default: nil
    }
  }
}
