import NNDiagnostics
import NNGraph
import NNSpec
import NNTensor

/// What a layer kind builds with: its arguments and operands, and the graph it adds operations to.
struct LayerContext {
  /// The graph under construction.
  var graph: Graph
  /// What is wrong so far.
  var diagnostics: Diagnostics
  /// The keys' values, all valid.
  let arguments: Arguments
  /// The layer's path, such as `model.conv_1`.
  let path: String
  /// The operands, at least one.
  let inputs: [Signal]
  /// What the operands are called in the spec, for diagnostics.
  let inputNames: [String]
  /// The layers before this one, for notes that follow a size back.
  var trace: SizeTrace
  /// Samples in a batch.
  let batch: Int
  /// Whether the network's parameters may learn.
  let isFrozen: Bool
  /// The dropouts and noises so far.
  var streams: RandomLayers
  /// Says how the output's size came about, such as `(32 - 1) * 2 - 2 * 1 + 2 + 1`; for notes.
  var arithmetic: String?
  /// What the table of layers says, such as `conv 3×3`.
  var summary: String

  /// The only or first operand.
  var input: Signal { inputs[0] }

  /// Adds an operation with one result.
  mutating func apply(_ operation: any Operation, _ values: ValueID...) -> ValueID {
    graph.apply(operation, values, layer: path)[0]
  }

  /// Adds an operation on the input that draws random numbers by one number, `key` of the layer, which may follow a
  /// schedule.
  mutating func applyRandom(
    _ key: String, _ operation: (_ value: Float, _ stream: Int, _ isScheduled: Bool) -> any Operation
  ) -> Signal? {
    guard let schedule = arguments.schedule(key) else { return nil }
    summary = "\(arguments.kind) \(schedule.isConstant ? "" : "from ")\(schedule.from)"
    let operation = operation(Float(schedule.from), streams.next(), !schedule.isConstant)
    let value: ValueID
    if schedule.isConstant {
      value = apply(operation, input.value)
    } else {
      let name = "\(path).\(key)"
      streams.follow(name, schedule)
      let number = graph.scalar(name)
      value = apply(operation, input.value, number)
    }
    return signal(value, field: input.field)
  }

  /// Adds an activation, unless it is `none`.
  mutating func activate(_ value: ValueID, _ activation: Activation) -> ValueID {
    activation == .none ? value : apply(Activate(activation), value)
  }

  /// Adds a bias `[channels]` named `<path>.bias`.
  mutating func addBias(_ value: ValueID, channels: Int) -> ValueID {
    var bias = Parameter(
      name: "\(path).bias", layer: path, shape: [channels], initializer: .zeros, decays: false)
    if isFrozen { bias.isTrainable = false }
    let parameter = graph.parameter(bias)
    return apply(BiasAdd(), value, parameter)
  }

  /// The tensor of a weight parameter.
  mutating func weight(_ parameter: Parameter) -> ValueID {
    var parameter = parameter
    if isFrozen { parameter.isTrainable = false }
    return graph.parameter(parameter)
  }

  /// The result `value`, whose shape the graph knows.
  func signal(_ value: ValueID, field: ReceptiveField) -> Signal {
    Signal(value: value, shape: Array(graph.shape(value).dimensions.dropFirst()), field: field)
  }

  /// Reports a mistake and gives nil.
  mutating func fail(_ diagnostic: Diagnostic) -> Signal? {
    diagnostics.add(diagnostic)
    return nil
  }

  /// The operand's rows and columns; reports where it has none.
  mutating func requireImage() -> Size2D? {
    if let size = input.size { return size }
    diagnostics.add(
      .needsImage(arguments.kind, input.shape, at: arguments.kindSpan, notes: trace.flatteningNotes(input)))
    return nil
  }

  /// Whether tensors of these dimensions (the batch among them) can be made; reports where they are too large.
  mutating func isAffordable(_ dimensions: [Int], _ what: String) -> Bool {
    if let count = Shape(dimensions).checkedElementCount, count <= LayerContext.largestTensor { return true }
    diagnostics.add(.tooLarge(what, dimensions, at: arguments.kindSpan))
    return false
  }

  /// Elements that one tensor may have: 256 GiB of float32.
  static let largestTensor = 1 << 36
}

extension Arguments {
  /// The value of a key with a size in both directions.
  func size(_ key: String) -> Size2D? { pair(key).map { Size2D($0.height, $0.width) } }

  /// The activation under `key`; none where it is absent.
  func activation(_ key: String = "activation") -> Activation {
    guard let arguments = kind(key) else { return .none }
    return Activation(name: arguments.kind, slope: arguments.real("slope")) ?? .none
  }

  /// How the weights are drawn, for a kernel with this many inputs and outputs per position.
  func initializer(fanIn: Int, fanOut: Int) -> Initializer {
    let (fanIn, fanOut) = (Double(fanIn), Double(fanOut))
    switch word("initializer") {
    case "zeros": return .zeros
    case "he_uniform": return .uniform(bound: (6 / fanIn).squareRoot())
    case "glorot_normal": return .normal(deviation: (2 / (fanIn + fanOut)).squareRoot())
    case "glorot_uniform": return .uniform(bound: (6 / (fanIn + fanOut)).squareRoot())
    default: return .normal(deviation: (2 / fanIn).squareRoot())
    }
  }
}
