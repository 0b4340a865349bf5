import Foundation
import NNTensor

extension JudgementFormula {
  /// The mean over all values.
  func reference(_ d: ReferenceTensor) -> ReferenceTensor {
    ReferenceTensor(scalar: d.values.reduce(0) { $0 + term($1).value } / Double(d.values.count))
  }

  /// The gradient for each value, times `upstream`.
  func referenceGradient(_ d: ReferenceTensor, upstream: Double) -> ReferenceTensor {
    d.mapped { term($0).derivative * upstream / Double(d.values.count) }
  }

  private func term(_ d: Double) -> (value: Double, derivative: Double) {
    switch self {
    case .crossEntropy(let c): return (log1p(exp(d)) - Double(c) * d, 1 / (1 + exp(-d)) - Double(c))
    case .square(let c): return ((d - Double(c)) * (d - Double(c)), 2 * (d - Double(c)))
    case .hinge(let c): return 1 + Double(c) * d > 0 ? (1 + Double(c) * d, Double(c)) : (0, 0)
    case .linear(let c): return (Double(c) * d, Double(c))
    }
  }
}
