import NNTensor

extension OptimizerKind {
  /// One step by PyTorch's formulas: the new parameter and state. `scalars` are in the order of `numbers`, where
  /// `correction1` is `1 - beta1^t`, `correction2` is `1 - beta2^t` and `first_step` is 1 in the first step, else 0.
  func reference(
    parameter: ReferenceTensor, gradient: ReferenceTensor, state: [ReferenceTensor], scalars: [Double]
  ) -> [ReferenceTensor] {
    precondition(scalars.count == numbers.count, "\(self): \(scalars.count) scalars")
    var result = [parameter] + state
    for i in parameter.values.indices {
      let new = step(parameter.values[i], gradient.values[i], state.map { $0.values[i] }, scalars)
      for (slot, value) in new.enumerated() { result[slot].values[i] = value }
    }
    return result
  }

  private func step(_ p: Double, _ g: Double, _ state: [Double], _ s: [Double]) -> [Double] {
    let (rate, decay) = (s[0], s[1])
    switch self {
    case .sgd(let momentum, let nesterov):
      let decayed = g + decay * p
      guard momentum else { return [p - rate * decayed] }
      let buffer = s[3] != 0 ? decayed : s[2] * state[0] + decayed
      return [p - rate * (nesterov ? decayed + s[2] * buffer : buffer), buffer]
    case .adam, .adamw:
      let decayed = self == .adam ? g + decay * p : g
      let start = self == .adam ? p : p * (1 - rate * decay)
      let mean = s[2] * state[0] + (1 - s[2]) * decayed
      let square = s[3] * state[1] + (1 - s[3]) * decayed * decayed
      let divisor = square.squareRoot() / s[6].squareRoot() + s[4]
      return [start - rate / s[5] * mean / divisor, mean, square]
    case .rmsprop(let momentum):
      let decayed = g + decay * p
      let square = s[2] * state[0] + (1 - s[2]) * decayed * decayed
      let direction = decayed / (square.squareRoot() + s[3])
      guard momentum else { return [p - rate * direction, square] }
      let buffer = s[4] * state[1] + direction
      return [p - rate * buffer, square, buffer]
    }
  }
}
