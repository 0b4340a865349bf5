import NNGraph
import NNTensor

/// What one training step minimises and how: the losses with their weights, and the rule that updates the parameters.
public struct TrainingPhase: Hashable, Sendable {
  /// The phase's name, `train` where a spec has no phases.
  public var name: String
  /// Names of graph outputs that are losses; each one's weight is the scalar `<name>.weight`.
  public var losses: [String]
  /// The names of the parameters that are updated.
  public var parameters: Set<String>
  /// The rule.
  public var optimizer: OptimizerKind

  /// A phase.
  public init(name: String, losses: [String], parameters: Set<String>, optimizer: OptimizerKind) {
    self.name = name
    self.losses = losses
    self.parameters = parameters
    self.optimizer = optimizer
  }

  /// The scalar that holds one of the optimizer's numbers, for weights that decay or for those that are spared.
  public func scalarName(_ name: String, decays: Bool) -> String {
    "\(self.name).\(decays ? "decayed" : "spared").\(name)"
  }
}

extension Graph {
  /// Adds the phase's gradients, and an update of each of its parameters that a loss depends on; the updated parameters
  /// become outputs.
  mutating func addTraining(_ phase: TrainingPhase) {
    let seeds = phase.losses.compactMap { name -> (ValueID, ValueID)? in
      guard let output = outputs.first(where: { $0.name == name }) else { return nil }
      return (output.value, scalar("\(name).weight"))
    }
    let indices = parameters.indices.filter { phase.parameters.contains(parameters[$0].name) }
    let targets = indices.compactMap { index in leaf(.parameter(index)).map { (index, $0) } }
    let gradients = addGradients(of: seeds, to: targets.map(\.1))
    let scalars = [true, false].map { decays in
      phase.optimizer.scalarNames.map { scalar(phase.scalarName($0, decays: decays)) }
    }
    for (index, value) in targets {
      guard let gradient = gradients[value] else { continue }
      let parameter = parameters[index]
      let states = (0..<phase.optimizer.stateCount).map { state(ofParameter: index, slot: $0) }
      let operands = [value, gradient] + states + scalars[parameter.decays ? 0 : 1]
      let results = apply(Update(phase.optimizer), operands, layer: parameter.layer)
      outputs.append(GraphOutput(name: updatePrefix + parameter.name, value: results[0]))
    }
    let networks = Set(phase.parameters.map(networkName))
    trackStatistics { networks.contains(networkName($0)) }
  }

  /// Keeps those nodes that update running statistics and singular vectors whose parameters' names are chosen.
  mutating func trackStatistics(of isChosen: (_ parameter: String) -> Bool) {
    keepSingularVectors { !isChosen($0) }
    for node in nodes where node.operation is TrackStatistics || node.operation is PowerIteration {
      let tracked = node.operation is PowerIteration ? Array(node.inputs.dropFirst()) : node.inputs
      for (input, result) in zip(tracked, node.outputs) {
        guard case .parameter(let index) = values[input.index].origin, isChosen(parameters[index].name) else {
          continue
        }
        outputs.append(GraphOutput(name: updatePrefix + parameters[index].name, value: result))
      }
    }
  }
}

/// The first part of a parameter's name.
private func networkName(_ parameter: String) -> String { String(parameter.prefix { $0 != "." }) }
