import NNGraph
import NNTensor

extension ConvolutionProblem {
  /// Visits every product of a convolution by the indices of its input, weight and output values; taps that lie in
  /// the padding have none.
  private func forEachProduct(_ body: (_ input: Int, _ weight: Int, _ output: Int) -> Void) {
    let weights = ImageIndex(weightShape)
    let outputs = ImageIndex([batch, outputSize.height, outputSize.width, outputChannels])
    let inputs = ImageIndex([batch, inputSize.height, inputSize.width, inputChannels])
    let groupInputs = inputChannels / window.groups
    let groupOutputs = outputChannels / window.groups
    for n in 0..<batch {
      for outputRow in 0..<outputSize.height {
        for outputColumn in 0..<outputSize.width {
          for tapRow in 0..<window.kernel.height {
            for tapColumn in 0..<window.kernel.width {
              let row = outputRow * window.stride.height - window.padding.height + tapRow * window.dilation.height
              let column = outputColumn * window.stride.width - window.padding.width + tapColumn * window.dilation.width
              guard 0..<inputSize.height ~= row, 0..<inputSize.width ~= column else { continue }
              for to in 0..<outputChannels {
                for from in 0..<groupInputs {
                  body(
                    inputs(n, row, column, to / groupOutputs * groupInputs + from),
                    weights(tapRow, tapColumn, from, to), outputs(n, outputRow, outputColumn, to))
                }
              }
            }
          }
        }
      }
    }
  }

  /// `[N, H', W', Cout]`.
  func referenceForward(_ x: ReferenceTensor, _ weight: ReferenceTensor) -> ReferenceTensor {
    var y = ReferenceTensor([batch, outputSize.height, outputSize.width, outputChannels])
    forEachProduct { y.values[$2] += x.values[$0] * weight.values[$1] }
    return y
  }

  /// `[N, H, W, Cin]`.
  func referenceAdjoint(_ y: ReferenceTensor, _ weight: ReferenceTensor) -> ReferenceTensor {
    var x = ReferenceTensor([batch, inputSize.height, inputSize.width, inputChannels])
    forEachProduct { x.values[$0] += y.values[$2] * weight.values[$1] }
    return x
  }

  /// `[kh, kw, Cin / groups, Cout]`.
  func referenceWeightGradient(_ x: ReferenceTensor, _ dy: ReferenceTensor) -> ReferenceTensor {
    var weight = ReferenceTensor(weightShape)
    forEachProduct { weight.values[$1] += x.values[$0] * dy.values[$2] }
    return weight
  }
}

extension Epilogue {
  /// What follows a convolution's sums. `operands` are the node's inputs after the weights: the bias if `hasBias`,
  /// then the saved output (or input) if there is a `gradientOf`, then a projection's weights and bias.
  func reference(_ sums: ReferenceTensor, _ operands: [ReferenceTensor]) -> [ReferenceTensor] {
    var operands = operands[...]
    var result = sums
    if hasBias, let bias = operands.popFirst() { result = addBias(result, bias) }
    result = activation.reference(result)
    if gradientOf != .none, let saved = operands.popFirst() {
      result = gradientOf.referenceGradient(result, saved: saved)
    }
    if let projection, let weight = operands.popFirst() {
      let (shape, window) = (result.shape, ConvolutionWindow(kernel: Size2D(1, 1)))
      let problem = ConvolutionProblem(
        input: shape, output: [shape[0], shape[1], shape[2], projection.channels], window: window)
      result = problem.referenceForward(result, weight)
      if projection.hasBias, let bias = operands.popFirst() { result = addBias(result, bias) }
      result = projection.activation.reference(result)
    }
    precondition(operands.isEmpty, "epilogue: \(operands.count) operands too many")
    guard let pool else { return [result] }
    let pooled = pool.referenceMaximum(result)
    return keepsArgmax ? pooled : [pooled[0]]
  }
}

/// A bias `[C]` added to every `[…, C]`.
func addBias(_ x: ReferenceTensor, _ bias: ReferenceTensor) -> ReferenceTensor {
  var result = x
  for i in x.values.indices { result.values[i] += bias.values[i % bias.values.count] }
  return result
}

/// `[…, C]` summed to `[C]`.
func channelSum(_ x: ReferenceTensor) -> ReferenceTensor {
  var sum = ReferenceTensor([x.shape.channels])
  for i in x.values.indices { sum.values[i % x.shape.channels] += x.values[i] }
  return sum
}
