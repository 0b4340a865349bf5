import CProcessor
import NNKernels

/// The gradient as the update uses it: scaled, and with coupled weight decay.
@inline(__always) private func effectiveGradient(
  _ a: OptimizerArguments, _ scalars: OptimizerScalars
) -> (_ gradient: Lane, _ index: Int) -> Lane {
  let scale = Lane(repeating: a.gradientScale.map { $0[0] } ?? 1)
  let decay = Lane(repeating: scalars.weightDecay)
  return { gradient, index in multiplyAdd(decay, Lane(Source(a.parameter) + index), gradient * scale) }
}

extension OptimizerArguments {
  /// Asks for what comes 2 KB after a lane. Roots and quotients take so long that the processor, while it waits for them,
  /// does not look far enough ahead by itself.
  @inline(__always) fileprivate func askForNext(_ index: Int) {
    let ahead = index + 512
    processor_prefetch(gradient + ahead)
    processor_prefetch(parameter + ahead)
    if let first { processor_prefetch(first + ahead) }
    if let second { processor_prefetch(second + ahead) }
  }
}

/// Calls `update` with each lane of the gradient that belongs to `task`, and adds up the gradient's squares.
@inline(__always) private func forEachGradient(
  _ a: OptimizerArguments, _ task: Int, _ update: (_ gradient: Lane, _ index: Int, _ count: Int) -> Void
) {
  let squares = sumSquares(task: task, of: a.count) { index, valid in
    let gradient = Lane(a.gradient + index)
    update(gradient, index, valid)
    return gradient
  }
  a.squares?[task] = squares
}

/// PyTorch's `SGD`: b = μ b + g (the first time b = g), p −= λ b, or with Nesterov p −= λ (g + μ b).
@Sendable func optimizerSGD(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: OptimizerArguments.self)
  let s = a.scalars[0]
  let gradient = effectiveGradient(a, s)
  let negativeRate = Lane(repeating: -s.learningRate)
  guard let buffer = a.first else {
    return forEachGradient(a, task) { value, index, valid in
      multiplyAdd(negativeRate, gradient(value, index), Lane(Source(a.parameter) + index))
        .store(a.parameter + index, count: valid)
    }
  }
  let momentum = Lane(repeating: s.beta1)
  forEachGradient(a, task) { value, index, valid in
    let g = gradient(value, index)
    let b = s.isFirstStep ? g : multiplyAdd(momentum, Lane(Source(buffer) + index), g)
    b.store(buffer + index, count: valid)
    let direction = a.nesterov ? multiplyAdd(momentum, b, g) : b
    multiplyAdd(negativeRate, direction, Lane(Source(a.parameter) + index)).store(a.parameter + index, count: valid)
  }
}

/// PyTorch's `Adam` and `AdamW`: m += (1 − β₁)(g − m), v = β₂ v + (1 − β₂) g², p −= λ m / (1 − β₁ᵗ) / (√v / root + ε) of
/// root = √(1 − β₂ᵗ), by whose multiples of λ and ε nothing is divided here (Kingma and Ba, 2015, the end of section 2).
@Sendable func optimizerAdam(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: OptimizerArguments.self)
  guard let first = a.first, let second = a.second else { return }
  let s = a.scalars[0]
  let gradient = effectiveGradient(a, s)
  let decayFactor = Lane(repeating: s.decayFactor)
  let (blend, beta2, blend2) = (
    Lane(repeating: s.oneMinusBeta1), Lane(repeating: s.beta2), Lane(repeating: s.oneMinusBeta2)
  )
  let (epsilon, step) = (Lane(repeating: s.epsilon), Lane(repeating: s.stepSize))
  forEachGradient(a, task) { value, index, valid in
    a.askForNext(index)
    let g = gradient(value, index)
    let previous = Lane(Source(first) + index)
    let m = multiplyAdd(blend, g - previous, previous)
    let v = multiplyAdd(beta2, Lane(Source(second) + index), blend2 * g * g)
    m.store(first + index, count: valid)
    v.store(second + index, count: valid)
    let p = Lane(Source(a.parameter) + index) * decayFactor
    (p - step * m / (squareRoot(v) + epsilon)).store(a.parameter + index, count: valid)
  }
}

/// PyTorch's `RMSprop`: v = α v + (1 − α) g², p −= λ g / (√v + ε); with momentum b = μ b + g / (√v + ε), p −= λ b.
@Sendable func optimizerRMSprop(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: OptimizerArguments.self)
  guard let first = a.first else { return }
  let s = a.scalars[0]
  let gradient = effectiveGradient(a, s)
  let (alpha, blend) = (Lane(repeating: s.beta1), Lane(repeating: s.oneMinusBeta1))
  let (rate, epsilon) = (Lane(repeating: s.learningRate), Lane(repeating: s.epsilon))
  let momentum = Lane(repeating: s.beta2)
  forEachGradient(a, task) { value, index, valid in
    a.askForNext(index)
    let g = gradient(value, index)
    let v = multiplyAdd(alpha, Lane(Source(first) + index), blend * g * g)
    v.store(first + index, count: valid)
    let p = Lane(Source(a.parameter) + index)
    guard let buffer = a.second else {
      (p - rate * g / (squareRoot(v) + epsilon)).store(a.parameter + index, count: valid)
      return
    }
    let b = multiplyAdd(momentum, Lane(Source(buffer) + index), g / (squareRoot(v) + epsilon))
    b.store(buffer + index, count: valid)
    (p - rate * b).store(a.parameter + index, count: valid)
  }
}
