import NNTensor

/// Names a tensor of a graph.
public struct ValueID: RowID, Comparable {
  /// The index into `Graph.values`.
  public let index: Int

  init(index: Int) { self.index = index }

  /// The value at `index` of `graph`.
  public init(_ graph: Graph, _ index: Int) {
    precondition(graph.values.indices.contains(index), "no value \(index)")
    self.index = index
  }
  public static func < (a: ValueID, b: ValueID) -> Bool { a.index < b.index }
}

/// Where a value comes from.
public enum Origin: Hashable, Sendable {
  /// A batch of a data field, such as `photos.input`.
  case input(String)
  /// A parameter, by its index in `Graph.parameters`.
  case parameter(Int)
  /// The optimizer's tensor `slot` for a parameter.
  case state(parameter: Int, slot: Int)
  /// A number that the host sets before each step, such as a loss's weight.
  case scalar(String)
  /// Output `output` of the node at index `node`.
  case node(Int, output: Int)
}

/// A tensor of a graph: its type and where it comes from.
public struct Value: Hashable, Sendable {
  /// Shape and element type.
  public var type: TensorType
  /// Who makes it.
  public var origin: Origin
}

/// A value that lives on when all operations are done: the network's output, a loss, an updated parameter.
public struct GraphOutput: Hashable, Sendable {
  /// Who needs it.
  public enum Role: Hashable, Sendable {
    /// The host, which reads it by its name.
    case result
    /// The host, to show something of a training step.
    case gauge(Gauge)
    /// The next step: a parameter's new value, which no host reads.
    case update
  }

  /// What it is called.
  public var name: String
  /// The value.
  public var value: ValueID
  /// Who needs it.
  public var role: Role

  /// A result.
  public init(name: String, value: ValueID) {
    (self.name, self.value, role) = (name, value, .result)
  }

  /// An output that shows something of a training step.
  public init(_ gauge: Gauge, value: ValueID) {
    (name, self.value, role) = ("\(gauge)", value, .gauge(gauge))
  }

  /// The new value of the parameter `name`.
  public init(updateOf name: String, value: ValueID) {
    (self.name, self.value, role) = ("update.\(name)", value, .update)
  }
}

/// Operations on typed values, in an order in which every operand comes before its use.
public struct Graph: Sendable {
  /// All tensors.
  public private(set) var values: [Value] = []
  /// All operations, in topological order.
  public private(set) var nodes: [Node] = []
  /// What is learnt or loaded.
  public private(set) var parameters: [Parameter] = []
  /// What the graph is for; nodes that reach none of these are dropped by `simplify`.
  public var outputs: [GraphOutput] = [] { didSet { changes += 1 } }
  /// Grows with every change.
  public private(set) var changes = 0

  /// Whether operations that are added now carry gradients.
  public var makesGradients = false

  /// Inputs and scalars; parameters' values by their index, and what is kept for them by slot and index.
  private var leaves: [Origin: ValueID] = [:]
  private var parameterValues: [ValueID?] = []
  private var stateValues: [Int: [ValueID?]] = [:]
  private var parameterIndices: [String: Int] = [:]

  /// An empty graph.
  public init() {}

  /// The type of `value`.
  @inlinable public func type(_ value: ValueID) -> TensorType { values[value.index].type }

  /// The shape of `value`.
  @inlinable public func shape(_ value: ValueID) -> Shape { values[value.index].type.shape }

  /// The node that computes `value`; nil for leaves.
  @inlinable public func producer(of value: ValueID) -> Node? {
    guard case .node(let node, _) = values[value.index].origin else { return nil }
    return nodes[node]
  }

  /// The values that no node computes, in order.
  public var leafValues: [ValueID] {
    values.indices.filter { if case .node = values[$0].origin { false } else { true } }.map(ValueID.init(index:))
  }

  /// The value of a leaf that was made before, if any.
  public func leaf(_ origin: Origin) -> ValueID? {
    switch origin {
    case .parameter(let index): parameterValues.indices.contains(index) ? parameterValues[index] : nil
    case .state(let index, let slot):
      stateValues[slot].flatMap { $0.indices.contains(index) ? $0[index] : nil }
    case .input, .scalar, .node: leaves[origin]
    }
  }

  /// A batch of the data field `name`; the same value for the same name.
  public mutating func input(_ name: String, _ type: TensorType) -> ValueID { leaf(.input(name), type) }

  /// A number that the host sets before each step.
  public mutating func scalar(_ name: String) -> ValueID { leaf(.scalar(name), TensorType([])) }

  /// A number of a training step.
  public mutating func scalar(_ scalar: StepScalar) -> ValueID { self.scalar(scalar.name) }

  /// The value of a parameter; the same for the same name, so that a network applied twice shares its weights.
  public mutating func parameter(_ parameter: Parameter) -> ValueID {
    if let index = parameterIndices[parameter.name] { return leaf(.parameter(index), TensorType(parameter.shape)) }
    parameterIndices[parameter.name] = parameters.count
    parameters.append(parameter)
    return leaf(.parameter(parameters.count - 1), TensorType(parameter.shape))
  }

  /// The parameter of this name, where there is one already.
  public func parameter(named name: String) -> Parameter? { parameterIndices[name].map { parameters[$0] } }

  /// The optimizer's tensor `slot` for the parameter at `index`.
  public mutating func state(ofParameter index: Int, slot: Int) -> ValueID {
    leaf(.state(parameter: index, slot: slot), TensorType(parameters[index].shape))
  }

  private mutating func leaf(_ origin: Origin, _ type: TensorType) -> ValueID {
    if let value = leaf(origin) { return value }
    let value = append(Value(type: type, origin: origin))
    switch origin {
    case .parameter(let index): parameterValues.set(value, at: index)
    case .state(let index, let slot): stateValues[slot, default: []].set(value, at: index)
    case .input, .scalar, .node: leaves[origin] = value
    }
    return value
  }

  private mutating func append(_ value: Value) -> ValueID {
    changes += 1
    values.append(value)
    return ValueID(index: values.count - 1)
  }

  /// Applies an operation with any number of results. Operands of wrong shapes are a bug of the caller: what a spec
  /// got wrong is diagnosed before.
  @discardableResult
  public mutating func apply(_ operation: any Operation, _ inputs: [ValueID], layer: String) -> [ValueID] {
    let types = operation.outputTypes(inputs.map { type($0) })
    changes += 1
    let node = nodes.count
    let outputs = types.indices.map { append(Value(type: types[$0], origin: .node(node, output: $0))) }
    nodes.append(
      Node(operation: operation, inputs: inputs, outputs: outputs, layers: [layer], isGradient: makesGradients))
    return outputs
  }

  /// Applies an operation with one result.
  public mutating func apply(_ operation: any Operation, to inputs: ValueID..., layer: String) -> ValueID {
    apply(operation, inputs, layer: layer)[0]
  }

  /// Puts other nodes, in topological order, in the place of all nodes; values keep their names. For passes.
  public mutating func replaceNodes(_ replacement: [Node]) {
    nodes = replacement
    changes += 1
    for index in nodes.indices {
      for (output, value) in nodes[index].outputs.enumerated() {
        if case .node(index, output) = values[value.index].origin { continue }
        values[value.index].origin = .node(index, output: output)
      }
    }
  }

  /// Stores a value as bf16. For passes.
  public mutating func storeAsBFloat16(_ value: ValueID) {
    values[value.index].type.element = .bfloat16
    changes += 1
  }

  /// Adds a result's value for a node that a pass is about to put in with `replaceNodes`.
  public mutating func makeValue(_ type: TensorType) -> ValueID {
    append(Value(type: type, origin: .node(-1, output: 0)))
  }
}

extension [ValueID?] {
  fileprivate mutating func set(_ value: ValueID, at index: Int) {
    if index >= count { append(contentsOf: repeatElement(nil, count: index + 1 - count)) }
    self[index] = value
  }
}
