import Foundation
import NNTensor

extension Activation {
  /// This activation of each value, or for softmax of each row of channels.
  func reference(_ x: ReferenceTensor) -> ReferenceTensor {
    isElementwise ? ReferenceTensor(x.shape, x.values.map(value)) : softmax(x)
  }

  private func value(_ x: Double) -> Double {
    switch self {
    case .none, .softmax: x
    case .relu: max(x, 0)
    case .leakyRelu(let slope): x < 0 ? Double(slope) * x : x
    case .elu: x < 0 ? exp(x) - 1 : x
    case .gelu: x * normalDistribution(x)
    case .silu: x * logistic(x)
    case .sigmoid: logistic(x)
    case .tanh: Foundation.tanh(x)
    }
  }

  private func softmax(_ x: ReferenceTensor) -> ReferenceTensor {
    var result = x
    for row in x.rows {
      let largest = x.values[row].max() ?? 0
      let total = row.reduce(0) { $0 + exp(x.values[$1] - largest) }
      for i in row { result.values[i] = exp(x.values[i] - largest) / total }
    }
    return result
  }

  /// The input's gradient from the output's and from the saved output or input (`gradientUsesOutput`).
  func referenceGradient(_ gradient: ReferenceTensor, saved: ReferenceTensor) -> ReferenceTensor {
    isElementwise ? gradient.combined(saved) { $0 * derivative($1) } : softmaxGradient(gradient, saved)
  }

  /// At a kink as in PyTorch: relu's derivative at 0 is 0, leaky relu's is its slope.
  private func derivative(_ saved: Double) -> Double {
    switch self {
    case .none, .softmax: 1
    case .relu: saved > 0 ? 1 : 0
    case .leakyRelu(let slope): saved > 0 ? 1 : Double(slope)
    case .elu: saved > 0 ? 1 : saved + 1
    case .gelu: normalDistribution(saved) + saved * exp(-saved * saved / 2) / (2 * Double.pi).squareRoot()
    case .silu: logistic(saved) * (1 + saved * (1 - logistic(saved)))
    case .sigmoid: saved * (1 - saved)
    case .tanh: 1 - saved * saved
    }
  }

  private func softmaxGradient(_ gradient: ReferenceTensor, _ output: ReferenceTensor) -> ReferenceTensor {
    var result = gradient
    for row in gradient.rows {
      let mean = row.reduce(0) { $0 + gradient.values[$1] * output.values[$1] }
      for i in row { result.values[i] = output.values[i] * (gradient.values[i] - mean) }
    }
    return result
  }
}

extension ReferenceTensor {
  /// The index ranges of the rows along the last dimension.
  var rows: [Range<Int>] {
    stride(from: 0, to: values.count, by: shape.channels).map { $0..<($0 + shape.channels) }
  }
}

/// `1 / (1 + exp(-x))` without overflow.
func logistic(_ x: Double) -> Double { x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)) }

/// The normal distribution function Φ.
private func normalDistribution(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }
