import NNTensor

/// A convolution of a plan, as measurements tell it from others: what they found for one holds for all that are equal.
public struct ConvolutionTask: Hashable, Sendable {
  /// What is computed of a convolution.
  public enum Pass: String, Hashable, Sendable {
    /// The result from the input.
    case forward
    /// The input from the result: an input gradient, or a transposed convolution.
    case adjoint
    /// The weights' gradient.
    case weights
  }

  /// The sizes.
  public var problem: ConvolutionProblem
  /// What is computed.
  public var pass: Pass
  /// The pooling window fused behind it; 1 without.
  public var pool = Size2D(1, 1)
  /// Channels of the projection fused behind it; 0 without.
  public var projection = 0
  /// Whether a step before packs the weights anew each time.
  public var packsEachRun = false
  /// How the operand is stored; of a weight gradient's two, bf16 where one of them is.
  public var element = ElementType.float32

  /// A convolution in a plan for `purpose`.
  public init(
    _ problem: ConvolutionProblem, _ direction: ConvolutionDirection, _ epilogue: Epilogue, _ element: ElementType,
    _ purpose: Purpose
  ) {
    self.problem = problem
    pass = direction == .forward ? .forward : .adjoint
    pool = epilogue.pool?.size ?? Size2D(1, 1)
    projection = epilogue.projection?.channels ?? 0
    packsEachRun = purpose == .train
    self.element = element
  }

  /// A convolution's weight gradient, of a convolution input and an output gradient that are stored so.
  public init(weightsOf problem: ConvolutionProblem, input: ElementType, output: ElementType) {
    self.problem = problem
    pass = .weights
    element = input == .float32 ? output : input
  }

  /// What a step of `plan` computes; nil where it is no convolution.
  public init?(step: Int, of plan: Plan) {
    let step = plan.steps[step]
    let elements = step.inputs.prefix(2).map { plan.buffers[$0.index].type.element }
    guard elements.count == 2 else { return nil }
    switch step.kernel {
    case .convolution(let problem, let direction, let epilogue, _):
      self.init(problem, direction, epilogue, elements[0], plan.purpose)
    case .weightGradient(let problem, _, _): self.init(weightsOf: problem, input: elements[0], output: elements[1])
    default: return nil
    }
  }

  /// All of it as a text, `forward 4×64×64×128 → 64×64×256, kernel 3×3, …`, by which files know it.
  public var name: String {
    let p = problem
    var parts = [
      "\(pass.rawValue) \(p.batch)×\(p.inputSize.sides)×\(p.inputChannels)"
        + " → \(p.outputSize.sides)×\(p.outputChannels)", "kernel \(p.window.kernel.sides)",
    ]
    if p.window.stride != Size2D(1, 1) { parts.append("stride \(p.window.stride.sides)") }
    if p.window.dilation != Size2D(1, 1) { parts.append("dilation \(p.window.dilation.sides)") }
    parts.append("padding \(p.window.padding.sides)")
    if p.window.groups != 1 { parts.append("groups \(p.window.groups)") }
    if pool != Size2D(1, 1) { parts.append("pool \(pool.sides)") }
    if projection > 0 { parts.append("then 1×1 → \(projection)") }
    if element != .float32 { parts.append(element.rawValue) }
    if packsEachRun { parts.append("packed each run") }
    return parts.joined(separator: ", ")
  }
}

extension Size2D {
  /// `3×3`
  fileprivate var sides: String { "\(height)×\(width)" }
}
