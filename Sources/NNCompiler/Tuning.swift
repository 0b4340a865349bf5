import NNKernels
import NNPlan
import NNTensor

/// What measurements found better than the rules by which algorithms and blockings are chosen.
public struct Tuning: Hashable, Sendable {
  /// What is better for one convolution.
  public struct Choice: Hashable, Sendable {
    /// The algorithm; the rule's where nil.
    public var algorithm: ConvolutionAlgorithm?
    /// How the work is cut; as by the kernels' rule where nil.
    public var blocking: ConvolutionBlocking?

    /// A choice.
    public init(algorithm: ConvolutionAlgorithm? = nil, blocking: ConvolutionBlocking? = nil) {
      self.algorithm = algorithm
      self.blocking = blocking
    }
  }

  /// By the convolutions' names (`ConvolutionTask.name`).
  public var choices: [String: Choice]

  /// These choices; the rules decide all else.
  public init(_ choices: [String: Choice] = [:]) { self.choices = choices }

  /// The same without what changes no result.
  public var algorithmsOnly: Tuning {
    Tuning(choices.compactMapValues { $0.algorithm == nil ? nil : Choice(algorithm: $0.algorithm) })
  }
}

extension CompilerOptions {
  /// How a convolution is computed: as was measured to be best, where that is possible, and by `rule` otherwise. A
  /// blocking of another algorithm's is dropped.
  func choice(
    _ convolution: @autoclosure () -> ConvolutionTask, rule: ConvolutionAlgorithm
  ) -> (ConvolutionAlgorithm, TunedChoice?) {
    if tuning.choices.isEmpty { return (rule, nil) }
    let task = convolution()
    guard let choice = tuning.choices[task.name] else { return (rule, nil) }
    let possible = task.algorithms(like: rule)
    let wanted = algorithms == .fastest ? choice.algorithm : nil
    let algorithm = wanted.flatMap { possible.contains($0) ? $0 : nil } ?? rule
    let blocking = choice.blocking.flatMap { $0.cuts(algorithm, ofWeights: task.pass == .weights) ? $0 : nil }
    if algorithm == rule, blocking == nil { return (rule, nil) }
    return (algorithm, TunedChoice(replaced: algorithm == rule ? nil : rule, blocking: blocking))
  }
}

extension ConvolutionTask {
  /// The algorithms that can compute it on numbers stored as `rule` takes them, `rule` first.
  public func algorithms(like rule: ConvolutionAlgorithm) -> [ConvolutionAlgorithm] {
    if pass == .weights { return problem.geometry.weightGradientAlgorithms(of: element, like: rule) }
    return problem.geometry.algorithms(
      pass == .adjoint ? .adjoint : .forward, pool: (pool.height, pool.width), like: rule)
  }
}
