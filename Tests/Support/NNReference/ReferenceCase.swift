import NNTensor

/// A network with one or more layers, and what PyTorch computes for it in float64.
public struct ReferenceCase: Sendable, CustomStringConvertible {
  /// The record that this is a view of.
  public let record: ReferenceRecord
  /// The network's input without the batch: `[H, W, C]` or `[F]`.
  public let inputShape: Shape
  /// Samples.
  public let batch: Int
  /// The spec's list of layers, one line each, without indentation, such as `- conv: {filters: 5}`.
  public let layers: [String]
  /// The loss after the network; nil where an upstream gradient is given for its output.
  public let loss: ReferenceLoss?
  /// The network's output `[N, …]`.
  public let output: ReferenceTensor
  /// The gradient for the input `[N, …]`.
  public let inputGradient: ReferenceTensor
  /// The gradients for the parameters, by name, in PyTorch's layouts.
  public let parameterGradients: [String: ReferenceTensor]

  /// A record of kind `layers` or `loss`; throws where something is missing.
  public init(_ record: ReferenceRecord) throws {
    self.record = record
    inputShape = try ReferenceFile.shape(record.require("input").split(separator: " "))
    batch = try record.integer("batch")
    layers = record.fields["yaml"] ?? []
    loss = record.kind == "loss" ? try ReferenceLoss(record) : nil
    output = try record.result("output")
    inputGradient = try record.result("gradient.input")
    parameterGradients = try record.parameterNames.reduce(into: [:]) { $0[$1] = try record.result("gradient.\($1)") }
  }

  /// The record's name, such as `conv_017`.
  public var name: String { record.name }

  /// The network as a spec of its own, with a bare input shape.
  public var spec: String {
    let lines = ["nnc: 1", "network:", "  input: \(inputShape)", "  layers:"] + layers.map { "    " + $0 }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The network's input `[N, …]`.
  public var input: ReferenceTensor { record.generated("input") }

  /// The gradient given for the output; zeros where a loss is.
  public var upstream: ReferenceTensor {
    record.recipes["upstream"]?.tensor ?? ReferenceTensor(output.shape)
  }

  /// The parameters by name, such as `model.conv_1.weight`, in PyTorch's layouts.
  public var parameters: [String: ReferenceTensor] {
    (record.parameterNames + record.statisticNames).reduce(into: [:]) { $0[$1] = record.generated($1) }
  }

  /// Running means and variances after a training step, by name.
  public var tracked: [String: ReferenceTensor] {
    record.statisticNames.reduce(into: [:]) { $0[$1] = record.results["tracked.\($1)"] }
  }

  /// The network's output by its running means and variances.
  public var evaluated: ReferenceTensor? { record.results["evaluated"] }

  public var description: String { "\(name) \(inputShape): \(layers.joined(separator: " "))" }
}

/// The loss of a reference case.
public struct ReferenceLoss: Sendable {
  /// In the spec language, such as `mse` or `{huber: {delta: 0.5}}`.
  public let yaml: String
  /// The network's last activation, such as `none`, `sigmoid` or `softmax`.
  public let final: String
  /// The values `[N, …]` or class labels that the output is compared with.
  public let target: ReferenceTensor
  /// The loss.
  public let value: Double
  /// Its gradient for the output if `final` is `none`, else for the input of the last activation.
  public let gradient: ReferenceTensor

  init(_ record: ReferenceRecord) throws {
    yaml = try record.require("loss")
    final = try record.require("final")
    target = record.generated("target")
    value = try record.result("loss").values[0]
    gradient = try record.result(final == "none" ? "gradient.output" : "gradient.logits")
  }
}

/// A parameter that follows given gradients by an optimizer.
public struct ReferenceOptimizer: Sendable, CustomStringConvertible {
  /// The record that this is a view of.
  public let record: ReferenceRecord
  /// In the spec language, such as `{adam: {learning_rate: 0.01, weight_decay: 0.1}}`.
  public let yaml: String
  /// The parameter after each step, `[steps, values]`.
  public let trajectory: ReferenceTensor

  /// A record of kind `optimizer`; throws where something is missing.
  public init(_ record: ReferenceRecord) throws {
    self.record = record
    yaml = try record.require("optimizer")
    trajectory = try record.result("parameters")
  }

  /// The parameter before the first step; a weight, so it decays.
  public var parameter: ReferenceTensor { record.generated("parameter") }

  /// The gradient of each step.
  public var gradients: [ReferenceTensor] { (0..<trajectory.shape[0]).map { record.generated("gradient.\($0)") } }

  public var description: String { "\(record.name): \(yaml)" }
}

/// The losses of a training run.
public struct ReferenceTrajectory: Sendable, CustomStringConvertible {
  /// The record that this is a view of.
  public let record: ReferenceRecord
  /// Samples of each step.
  public let batch: Int
  /// `[H, W, C]`.
  public let inputShape: Shape
  /// The spec's list of layers of the network `autoencoder`.
  public let layers: [String]
  /// In the spec language.
  public let optimizer: String
  /// The loss (mean squared error against the input) before each update, in float64.
  public let losses: [Double]
  /// The same in float32, by PyTorch.
  public let floatLosses: [Double]

  /// A record of kind `trajectory`; throws where something is missing.
  public init(_ record: ReferenceRecord) throws {
    self.record = record
    batch = try record.integer("batch")
    inputShape = try ReferenceFile.shape(record.require("input").split(separator: " "))
    layers = record.fields["yaml"] ?? []
    optimizer = try record.require("optimizer")
    losses = try record.result("losses.float64").values
    floatLosses = try record.result("losses.float32").values
  }

  /// The initial parameters by name, such as `autoencoder.conv1.weight`, in PyTorch's layouts; a million values.
  public var parameters: [String: ReferenceTensor] {
    record.parameterNames.reduce(into: [:]) { $0[$1] = record.generated($1) }
  }

  /// The images `[N, H, W, C]` of step `step`, from 0.
  public func images(step: Int) -> ReferenceTensor { record.generated("batch.\(step)") }

  public var description: String { record.name }
}

/// All references, by kind.
public struct ReferenceSet: Sendable {
  /// Layers, and networks that end in a loss.
  public private(set) var cases: [ReferenceCase] = []
  /// Optimizers.
  public private(set) var optimizers: [ReferenceOptimizer] = []
  /// Training runs.
  public private(set) var trajectories: [ReferenceTrajectory] = []
  /// Training runs in phases, of kind `phases`: see `make_phases.py`.
  public private(set) var phases: [ReferenceRecord] = []

  /// Reads all files, or those of one group.
  public init(group: String? = nil) throws {
    for record in try ReferenceFile.records(group: group) {
      switch record.kind {
      case "layers", "loss": cases.append(try ReferenceCase(record))
      case "optimizer": optimizers.append(try ReferenceOptimizer(record))
      case "phases": phases.append(record)
      case "terms", "schedule": break  // read by their tests alone
      case "trajectory": trajectories.append(try ReferenceTrajectory(record))
      default: throw ReferenceFileError(description: "\(record.name) is of unknown kind \(record.kind)")
      }
    }
  }
}

extension ReferenceRecord {
  /// The generated tensors that are running means and variances, or singular vectors.
  var statisticNames: [String] {
    let endings = [".running_mean", ".running_var", ".weight_u", ".weight_v"]
    return recipes.keys.filter { name in endings.contains { name.hasSuffix($0) } }.sorted()
  }

  /// The generated tensors that are learnt parameters.
  var parameterNames: [String] {
    recipes.keys.filter { name in [".weight", ".weight_orig", ".bias"].contains { name.hasSuffix($0) } }.sorted()
  }

  /// A generated tensor; traps where the record has none of this name.
  public func generated(_ name: String) -> ReferenceTensor {
    guard let recipe = recipes[name] else { preconditionFailure("\(self.name) does not generate \(name)") }
    return recipe.tensor
  }

  func result(_ name: String) throws -> ReferenceTensor {
    guard let tensor = results[name] else { throw ReferenceFileError(description: "\(self.name) has no \(name)") }
    return tensor
  }

  func require(_ key: String) throws -> String {
    guard let value = field(key) else { throw ReferenceFileError(description: "\(name) has no `\(key)`") }
    return value
  }

  func integer(_ key: String) throws -> Int {
    guard let value = Int(try require(key)) else { throw ReferenceFileError(description: "\(name): `\(key)`") }
    return value
  }
}
