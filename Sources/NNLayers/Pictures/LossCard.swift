import NNTensor
import NNText

/// A loss of the spec as a picture shows it: what goes into it, who judges, what it is, and who learns from it.
struct LossCard {
  /// The loss's name.
  let name: String
  /// Its kind.
  let kind: String
  /// Its weight, empty for 1.
  let weight: String
  /// The network whose output it looks at.
  let network: String
  /// That network, or its layer that is looked at.
  let prediction: String
  /// The data that it is compared with; nil where there is none.
  let target: String?
  /// The network that judges prediction and target, and how.
  let judge: (network: String, how: String)?
  /// A line for each phase that minimises it or a term of it: who learns.
  let learners: [String]

  /// The cards of a model, in the order of the spec.
  static func cards(of model: Model) -> [LossCard] {
    var names: [String] = []
    for loss in model.losses where !names.contains(loss.termlessName) { names.append(loss.termlessName) }
    return names.compactMap { name in
      let terms = model.losses.filter { $0.termlessName == name }
      return terms.first.map { LossCard(name, $0, terms, model) }
    }
  }

  private init(_ name: String, _ loss: LossRecord, _ terms: [LossRecord], _ model: Model) {
    self.name = name
    network = loss.network
    prediction = model.name(ofPrediction: loss)
    weight = LossCard.text(loss.weight)
    target = loss.takesTarget ? loss.targetName : nil
    if let judge = loss.judge {
      kind = [loss.kind, judge.adversarial?.rawValue].compactMap { $0 }.joined(separator: ", ")
      self.judge = (judge.network, judge.adversarial == nil ? LossCard.features(loss) : "judges both")
    } else {
      (kind, judge) = (loss.kind, nil)
    }
    learners = terms.flatMap { term in
      model.phases.filter { $0.losses.contains(term.name) }.map { phase in
        let what = terms.count > 1 ? "\(term.name.dropFirst(name.count + 1)) term: " : ""
        return "\(what)\(phase.networks.joined(separator: ", ")) \(phase.networks.count == 1 ? "learns" : "learn")"
      }
    }
  }

  /// The layers whose features are compared, each with its factor.
  private static func features(_ loss: LossRecord) -> String {
    loss.parts.map { part in
      let layer = part.outputName.dropFirst(LossRecord.outputName(loss.name).count + 1)
      return part.factor == 1 ? "\(layer)" : "\(layer) × \(number(part.factor))"
    }.joined(separator: ", ")
  }

  private static func text(_ weight: Schedule) -> String {
    switch weight.curve {
    case .constant: weight.from == 1 && weight.isConstant ? "" : "× \(number(weight.from))"
    case .linear(let to), .cosine(let to): "× \(number(weight.from)) to \(number(to))"
    case .step, .exponential: "× \(number(weight.from)), changing"
    }
  }

  private static func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e6 ? "\(Int(value))" : "\(value)"
  }
}

extension Model {
  /// What a loss looks at, for people: a network, or one of its layers by its path.
  public func name(ofPrediction loss: LossRecord) -> String {
    if results.contains(where: { $0.value == loss.prediction }) { return loss.network }
    return graph.producer(of: loss.prediction)?.layer ?? loss.network
  }
}
