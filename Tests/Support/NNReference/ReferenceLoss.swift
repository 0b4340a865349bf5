import Foundation
import NNTensor

extension LossKind {
  /// The scalar loss `[]`; for labels the mean over all of them, so over batch and pixels.
  func reference(_ prediction: ReferenceTensor, _ target: ReferenceTensor) -> ReferenceTensor {
    if case .ssim(let window, let deviation) = self {
      return ReferenceSimilarity(prediction, target, window, Double(deviation)).loss
    }
    guard !takesLabels else { return labelled(prediction, target) }
    let total = zip(prediction.values, target.values).reduce(0) { $0 + term($1.0, $1.1) }
    return ReferenceTensor(scalar: total / Double(prediction.values.count))
  }

  /// The gradient for the prediction, times `upstream` `[]`.
  func referenceGradient(
    _ prediction: ReferenceTensor, _ target: ReferenceTensor, upstream: ReferenceTensor
  ) -> ReferenceTensor {
    if case .ssim(let window, let deviation) = self {
      let gradient = ReferenceSimilarity(prediction, target, window, Double(deviation)).gradient
      return ReferenceTensor(gradient.shape, gradient.values.map { $0 * upstream.values[0] })
    }
    let scale = upstream.values[0] / Double(target.values.count)
    guard !takesLabels else { return labelledGradient(prediction, target, scale) }
    return prediction.combined(target) { scale * termGradient($0, $1) }
  }

  private func term(_ p: Double, _ t: Double) -> Double {
    let d = abs(p - t)
    switch self {
    case .mse: return d * d
    case .mae: return d
    case .huber(let delta):
      let delta = Double(delta)
      return d < delta ? d * d / 2 : delta * (d - delta / 2)
    case .binaryCrossEntropy: return -(t * max(log(p), -100) + (1 - t) * max(log1p(-p), -100))
    case .binaryCrossEntropyWithLogits: return max(p, 0) - p * t + log1p(exp(-abs(p)))
    case .crossEntropy, .crossEntropyWithLogits, .ssim, .totalVariation, .judgement:
      preconditionFailure("not of each value")
    }
  }

  private func termGradient(_ p: Double, _ t: Double) -> Double {
    let d = p - t
    switch self {
    case .mse: return 2 * d
    case .mae: return d > 0 ? 1 : d < 0 ? -1 : 0
    case .huber(let delta): return min(max(d, -Double(delta)), Double(delta))
    case .binaryCrossEntropy: return d / max(p * (1 - p), 1e-12)
    case .binaryCrossEntropyWithLogits: return logistic(p) - t
    case .crossEntropy, .crossEntropyWithLogits, .ssim, .totalVariation, .judgement:
      preconditionFailure("not of each value")
    }
  }

  private func labelled(_ prediction: ReferenceTensor, _ labels: ReferenceTensor) -> ReferenceTensor {
    var total = 0.0
    for (row, label) in zip(prediction.rows, labels.values) {
      let chosen = prediction.values[row.lowerBound + Int(label)]
      if self == .crossEntropy {
        total -= log(chosen)
      } else {
        let largest = prediction.values[row].max() ?? 0
        total += largest + log(row.reduce(0) { $0 + exp(prediction.values[$1] - largest) }) - chosen
      }
    }
    return ReferenceTensor(scalar: total / Double(labels.values.count))
  }

  private func labelledGradient(
    _ prediction: ReferenceTensor, _ labels: ReferenceTensor, _ scale: Double
  ) -> ReferenceTensor {
    var result =
      self == .crossEntropy ? ReferenceTensor(prediction.shape) : Activation.softmax.reference(prediction)
    for (row, label) in zip(prediction.rows, labels.values) {
      let chosen = row.lowerBound + Int(label)
      result.values[chosen] -= self == .crossEntropy ? 1 / prediction.values[chosen] : 1
    }
    for i in result.values.indices { result.values[i] *= scale }
    return result
  }
}
