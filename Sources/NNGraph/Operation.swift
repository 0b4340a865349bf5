import NNTensor

/// What a graph node computes: shape rule, gradient and cost in one place. One file per operation.
public protocol Operation: Sendable {
  /// The name in dumps and plans, such as `max_pool`.
  var name: String { get }

  /// What distinguishes it from others of its name, such as `3×3 stride 2`; may be empty.
  var detail: String { get }

  /// The types of the results. Traps on operands that it does not take: that is a bug of the compiler, since what a
  /// spec got wrong is diagnosed before.
  func outputTypes(_ inputs: [TensorType]) -> [TensorType]

  /// Additions and multiplications.
  func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int

  /// How it goes through the samples of a batch.
  var samples: SampleRule { get }

  /// Which operands and results its kernels also take and give as bf16; what is in no group is stored as it is typed.
  func storage(_ inputs: [TensorType], _ outputs: [TensorType]) -> [StorageGroup]

  /// The operands whose place the results take for good, in the order of the results: parameters, and what is kept for
  /// them.
  var overwrites: [Int] { get }

  /// False where results are constants to every loss: what updates parameters or follows statistics.
  var passesGradients: Bool { get }

  /// Adds operations that compute the gradient for each input, nil where there is none.
  func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?]
}

extension Operation {
  public var detail: String { "" }
  public var passesGradients: Bool { true }
  public var samples: SampleRule { .each }
  public var overwrites: [Int] { [] }
  public func storage(_ inputs: [TensorType], _ outputs: [TensorType]) -> [StorageGroup] { [] }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int {
    outputs.reduce(0) { $0 + $1.shape.elementCount }
  }

  /// An operation without this rule cannot be trained through; `differentiate` names it.
  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    preconditionFailure("differentiate: `\(name)` of \(request.node.layer) has no gradient rule")
  }
}

/// How an operation goes through a batch, where one of its operands has a first dimension of samples.
public enum SampleRule: Hashable, Sendable {
  /// A sample of the results depends on the same sample of the operands, and on operands that have none.
  case each
  /// The results at these indices are sums or means over the samples; the others are as in `each`.
  case sums([Int])
  /// A sample of the results depends on others.
  case mixes
}

/// What an operation's gradient rule is given.
public struct GradientRequest {
  /// The node to differentiate.
  public let node: Node
  /// The gradient for each of the node's outputs; nil where nothing depends on it.
  public let upstream: [ValueID?]
  /// Which inputs a gradient is wanted for.
  public let wanted: [Bool]

  /// A request.
  public init(node: Node, upstream: [ValueID?], wanted: [Bool]) {
    self.node = node
    self.upstream = upstream
    self.wanted = wanted
  }

  /// Operand `index` of the node.
  public func input(_ index: Int) -> ValueID { node.inputs[index] }

  /// Result `index` of the node.
  public func output(_ index: Int = 0) -> ValueID { node.outputs[index] }

  /// The gradient of the first output, which exists since the rule would not be asked otherwise.
  public var gradient: ValueID {
    guard let gradient = upstream[0] else {
      preconditionFailure("differentiate: \(node.layer) has no gradient for its first output")
    }
    return gradient
  }
}

/// A condition that only a bug of the compiler can break.
func require(_ condition: Bool, _ operation: any Operation, _ what: @autoclosure () -> String) {
  precondition(condition, "\(operation.name): \(what())")
}
