import NNTensor
import Synchronization

/// An operation applied to values. Copies share what they hold, since passes hand nodes on more often than they change
/// them.
public struct Node: Sendable {
  @usableFromInline final class Contents: Sendable {
    @usableFromInline let operation: any Operation
    /// The operation's type.
    @usableFromInline let kind: ObjectIdentifier
    @usableFromInline let inputs: [ValueID]
    @usableFromInline let outputs: [ValueID]
    @usableFromInline let layers: [String]
    @usableFromInline let isGradient: Bool
    /// Whether the results' types were found to be the operation's.
    let isTyped = Atomic<Bool>(false)

    init(operation: any Operation, inputs: [ValueID], outputs: [ValueID], layers: [String], isGradient: Bool) {
      self.operation = operation
      kind = ObjectIdentifier(Swift.type(of: operation))
      self.inputs = inputs
      self.outputs = outputs
      self.layers = layers
      self.isGradient = isGradient
    }
  }

  @usableFromInline var contents: Contents

  /// What is computed.
  @inlinable public var operation: any Operation { _read { yield contents.operation } }
  /// Its results.
  @inlinable public var outputs: [ValueID] { _read { yield contents.outputs } }
  /// The paths of the layers, losses or parameters it was made for, such as `model.conv_1`; several after fusion.
  @inlinable public var layers: [String] { _read { yield contents.layers } }
  /// Whether it carries a gradient, so that its result belongs to what its layers were given, not to what they give.
  @inlinable public var isGradient: Bool { _read { yield contents.isGradient } }
  /// Its operands.
  @inlinable public var inputs: [ValueID] { _read { yield contents.inputs } }
  /// The last of its layers: whose result this is.
  public var layer: String { layers.last ?? "" }

  /// Whether its results' types were found to be the operation's.
  var isTyped: Bool { contents.isTyped.load(ordering: .relaxed) }
  func markTyped() { contents.isTyped.store(true, ordering: .relaxed) }

  /// A node; for passes, since `Graph.apply` makes those of a new operation.
  public init(
    operation: any Operation, inputs: [ValueID], outputs: [ValueID], layers: [String], isGradient: Bool = false
  ) {
    contents = Contents(
      operation: operation, inputs: inputs, outputs: outputs, layers: layers, isGradient: isGradient)
  }

  /// The operation's type.
  @inlinable public var kind: ObjectIdentifier { contents.kind }
  /// Whether its operation is of this type; quicker than a cast.
  @inlinable public func applies(_ type: any Operation.Type) -> Bool { kind == ObjectIdentifier(type) }

  /// The same on other operands, perhaps by another operation.
  public func with(operation: (any Operation)? = nil, inputs: [ValueID]) -> Node {
    Node(
      operation: operation ?? self.operation, inputs: inputs, outputs: outputs, layers: layers, isGradient: isGradient)
  }

  /// The same reading other values where `replaced` names some.
  public func reading(_ replaced: IDMap<ValueID, ValueID>) -> Node {
    for input in inputs where replaced[input] != nil { return with(inputs: inputs.map { replaced[$0] ?? $0 }) }
    return self
  }
}
