import NNKernels
import NNTensor

extension StepBinder {
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
        rows: rows, channels: channels, kind: crossEntropy)
      add(loss.crossEntropyPartials, arguments, tasks: arguments.taskCount(stage: 0))
      add(loss.total, arguments.total, tasks: arguments.taskCount(stage: 1))
    } else {
      let (elementwise, delta) = elementwise(kind)
      let arguments = LossArguments(
        prediction: prediction, target: input(1, count: count),
        partials: partials(LossArguments.partialsCount(count: count)), value: value, count: count, kind: elementwise,
        delta: delta)
      add(loss.elementwisePartials, arguments, tasks: arguments.taskCount(stage: 0))
      add(loss.total, arguments.total, tasks: arguments.taskCount(stage: 1))
    }
  }

  mutating func bindLossGradient(_ kind: NNTensor.LossKind) {
    let count = shape(ofOutput: 0).elementCount
    let (prediction, gradient) = (input(0, count: count), output(0, count: count))
    let upstream = input(2, count: 1)
    if let crossEntropy = kind.crossEntropy {
      let rows = self.count(ofInput: 1)
      let arguments = CrossEntropyGradientArguments(
        prediction: prediction, labels: input(1, count: rows), gradient: gradient, upstream: upstream, rows: rows,
        channels: count / rows, kind: crossEntropy)
      add(kernels.vector.loss.crossEntropyGradient, arguments, tasks: arguments.taskCount)
    } else {
      let (elementwise, delta) = elementwise(kind)
      let arguments = LossGradientArguments(
        prediction: prediction, target: input(1, count: count), gradient: gradient, upstream: upstream, count: count,
        kind: elementwise, delta: delta)
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
    case .crossEntropy, .crossEntropyWithLogits:
      require(false, "\(kind) takes labels")
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
