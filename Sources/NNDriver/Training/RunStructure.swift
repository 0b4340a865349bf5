import NNFormats
import NNSpec
import NNTensor

/// What a spec must share with a run's checkpoints so that the run can go on: its networks, what is minimised and by
/// which rules, and what a place in the stream of samples means. Rates, weights of losses, data, metrics and the length of
/// training may change on the way.
enum RunStructure {
  /// The same for specs that share all this: with the algorithms that measurements chose, and without.
  static func hashes(of checked: CheckedSpec, _ plans: Plans) -> (all: String, spec: String) {
    let lines = lines(checked, plans)
    return (hash(lines + algorithms(plans)), hash(lines))
  }

  private static func hash(_ lines: [String]) -> String { Checksum.sha256(of: lines.joined(separator: "\n")) }

  private static func lines(_ checked: CheckedSpec, _ plans: Plans) -> [String] {
    guard let spec = checked.rendered(for: "") else { return [] }
    return spec.networks.flatMap(network) + spec.rest.filter { $0.key == "losses" }.flatMap { losses($0.value) }
      + phases(plans) + training(plans)
  }

  /// What measurements chose: by other algorithms results have other bits.
  private static func algorithms(_ plans: Plans) -> [String] {
    plans.options.tuning.choices.compactMap { name, choice in
      choice.algorithm.map { "convolution \(name) \($0)" }
    }.sorted()
  }

  private static func network(_ network: RenderedSpec.Network) -> [String] {
    let keys = network.keys.filter { !["weights", "sha256", "allow"].contains($0.key) }
    return ["network \(network.name) \(Rendering(.mapping(keys)).flow)"]
      + network.layers.map { layer in
        let keys = layer.keys.filter { $0.key != "allow" }
        return "layer \(layer.path) \(layer.kind) \(Rendering(.mapping(keys)).flow)"
      }
  }

  private static func losses(_ losses: Rendering) -> [String] {
    guard case .mapping(let entries) = losses.content else { return [] }
    return entries.map { entry in
      guard case .mapping(let keys) = entry.value.content else { return "loss \(entry.key)" }
      return "loss \(entry.key) \(Rendering(.mapping(keys.filter { !["weight", "allow"].contains($0.key) })).flow)"
    }
  }

  private static func phases(_ plans: Plans) -> [String] {
    plans.model.phases.map { phase in
      let optimizer = OptimizerKind(phase.optimizer.rule)
      let parts = [phase.name] + phase.networks + phase.losses + ["\(optimizer)"] + optimizer.stateNames
      return "phase \(parts.joined(separator: " "))"
    }
  }

  private static func training(_ plans: Plans) -> [String] {
    guard let train = plans.spec.train else { return [] }
    return [
      "batch_size \(plans.trainingBatch)", "accumulate \(plans.accumulate)", "seed \(train.seed)",
      "shuffle \(train.shuffle)", "ema \(train.ema != nil)",
    ]
  }
}
