import NNKernels

/// f(x) for any kind: for the last step of other kernels too. Where `kind` is known, only its function remains.
@inline(__always) func activate(_ kind: ActivationKind, _ x: Lane, slope: Float) -> Lane {
  switch kind {
  case .identity: return x
  case .relu: return x.selecting(Lane.zero, where: x .< Lane.zero)
  case .leakyRelu: return x.selecting(x * Lane(repeating: slope), where: x .< Lane.zero)
  case .elu: return exponentialLinear(x)
  case .gelu: return x * normalDistribution(x)
  case .silu: return x * logistic(x)
  case .sigmoid: return logistic(x)
  case .tanh: return hyperbolicTangent(x)
  }
}

/// f′ from what `kind.gradientReadsInput` names: the saved output, or the input of gelu and silu.
@inline(__always) func activationDerivative(_ kind: ActivationKind, _ saved: Lane, slope: Float) -> Lane {
  let one = Lane(repeating: 1)
  switch kind {
  case .identity: return one
  case .relu: return Lane.zero.selecting(one, where: saved .> Lane.zero)
  case .leakyRelu: return Lane(repeating: slope).selecting(one, where: saved .> Lane.zero)
  case .elu: return one.selecting(saved + one, where: saved .< Lane.zero)
  case .gelu: return multiplyAdd(saved, normalDensity(saved), normalDistribution(saved))
  case .silu:
    let s = logistic(saved)
    return s * multiplyAdd(saved, one - s, one)
  case .sigmoid: return saved * (one - saved)
  case .tanh: return one - saved * saved
  }
}

/// x, or eˣ − 1 below 0: by a series near 0, where the difference would lose digits.
@inline(__always) private func exponentialLinear(_ x: Lane) -> Lane {
  var series = multiplyAdd(x, Lane(repeating: 1 / 5040), 1 / 720)
  series = multiplyAdd(series, x, 1 / 120)
  series = multiplyAdd(series, x, 1 / 24)
  series = multiplyAdd(series, x, 1 / 6)
  series = multiplyAdd(series, x, 0.5)
  series = multiplyAdd(series, x * x, x)
  let difference = exponential(x) - Lane(repeating: 1)
  let negative = series.selecting(difference, where: x .< Lane(repeating: -0.3))
  return x.selecting(negative, where: x .< Lane.zero)
}

/// Φ(x) = ½ (1 + erf(x / √2)).
@inline(__always) private func normalDistribution(_ x: Lane) -> Lane {
  let half = Lane(repeating: 0.5)
  return multiplyAdd(errorFunction(x * Lane(repeating: 0.707_106_781)), half, half)
}

/// φ(x) = e^(−x²/2) / √(2π).
@inline(__always) private func normalDensity(_ x: Lane) -> Lane {
  exponential(x * x * Lane(repeating: -0.5)) * Lane(repeating: 0.398_942_28)
}

/// y = f(x), of `ActivationArguments`.
@Sendable func activationForward(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: ActivationArguments.self)
  ActivationForward(a: a, task: task).work(a.kind)
}

private struct ActivationForward: ActivationWork {
  let a: ActivationArguments
  let task: Int

  @inline(__always)
  func work<A: KnownActivation>(_: A.Type) {
    mapLanes(task: task, of: a.count, a.input, a.output, isBFloat16: a.isBFloat16, in: a.pixels) {
      activate(A.kind, $0, slope: a.slope)
    }
  }
}

/// dx = dy · f′, of `ActivationGradientArguments`.
@Sendable func activationGradient(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: ActivationGradientArguments.self)
  ActivationGradient(a: a, task: task).work(a.kind)
}

private struct ActivationGradient: ActivationWork {
  let a: ActivationGradientArguments
  let task: Int

  @inline(__always)
  func work<A: KnownActivation>(_: A.Type) {
    mapLanes(
      task: task, of: a.count, a.saved, a.outputGradient, a.inputGradient, isBFloat16: a.isBFloat16,
      in: a.pixels
    ) { saved, dy in
      dy * activationDerivative(A.kind, saved, slope: a.slope)
    }
  }
}
