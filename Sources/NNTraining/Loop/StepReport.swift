import NNTensor
import NNText

/// What happened inside a training step.
public struct StepReport: Equatable, Sendable {
  /// A loss and what it counts for.
  public struct Loss: Equatable, Sendable {
    /// Its name in the spec.
    public var name: String
    /// Its value, without its weight.
    public var value: Float
    /// Its factor in the total.
    public var weight: Double
  }

  /// The 2-norm of a phase's gradients for a network's parameters, before they are clipped.
  public struct GradientNorm: Equatable, Sendable {
    /// The phase.
    public var phase: String
    /// The network.
    public var network: String
    /// The norm.
    public var value: Double
  }

  /// How the gradient at a place comes from the losses that meet there.
  public struct Shares: Equatable, Sendable {
    /// The phase.
    public var phase: String
    /// The place: a network, whose output is meant, or a layer by its path.
    public var place: String
    /// Losses (several where they cannot be told apart), and the 2-norm of their gradient as a share of the sum of all
    /// norms.
    public var parts: [Part]

    /// A part of the gradient.
    public struct Part: Equatable, Sendable {
      /// The losses that it comes from.
      public var losses: [String]
      /// Its share.
      public var share: Double
    }
  }

  /// How a discriminator judged.
  public struct Judgement: Equatable, Sendable {
    /// The adversarial loss.
    public var loss: String
    /// The shares of real and of generated samples that it took for what they are, or how much higher its mean value of
    /// real samples is, where values are not compared with a threshold.
    public var verdict: Verdict

    /// What it gave.
    public enum Verdict: Equatable, Sendable {
      case accuracy(real: Double, fake: Double)
      case margin(Double)
    }
  }

  /// The losses, in the order of the spec.
  public var losses: [Loss] = []
  /// The norms of the gradients, phase by phase.
  public var norms: [GradientNorm] = []
  /// The shares of losses in the gradient, wherever several meet.
  public var shares: [Shares] = []
  /// The discriminators.
  public var judgements: [Judgement] = []

  /// A report of losses, of the margins of critics, and of what gauges showed; phases in this order.
  init(
    losses: [Loss], margins: [(loss: String, value: Double)], _ readings: [GaugeReadings.Reading], phases: [String]
  ) {
    self.losses = losses
    var real: [String: Double] = [:]
    for reading in readings {
      switch reading.gauge {
      case .gradient(let phase, let network):
        norms.append(GradientNorm(phase: phase, network: network, value: reading.value.squareRoot()))
      case .pull(let phase, let place, let losses):
        let part = Shares.Part(losses: losses, share: reading.value.squareRoot())
        if let index = shares.firstIndex(where: { $0.phase == phase && $0.place == place }) {
          shares[index].parts.append(part)
        } else {
          shares.append(Shares(phase: phase, place: place, parts: [part]))
        }
      case .judgedReal(let loss, .real): real[loss] = reading.value
      case .judgedReal(let loss, _):
        let verdict = Judgement.Verdict.accuracy(real: real[loss] ?? .nan, fake: 1 - reading.value)
        judgements.append(Judgement(loss: loss, verdict: verdict))
      }
    }
    judgements += margins.map { Judgement(loss: $0.loss, verdict: .margin($0.value)) }
    let order = losses.map(\.name)
    for index in shares.indices { shares[index].parts.sort(by: \.losses[0], in: order) }
    shares = shares.compactMap(\.normalized)
    shares.sort(by: \.phase, in: phases)
    norms.sort(by: \.phase, in: phases)
  }
}

extension Array {
  /// Sorts by the place that an item's name has in a list, and leaves items of one name as they are.
  fileprivate mutating func sort(by name: (Element) -> String, in order: [String]) {
    let places = map { order.firstIndex(of: name($0)) ?? order.count }
    self = indices.sorted { (places[$0], $0) < (places[$1], $1) }.map { self[$0] }
  }
}

extension StepReport.Shares {
  /// With norms as shares of their sum; nil where all are zero.
  fileprivate var normalized: StepReport.Shares? {
    let sum = parts.reduce(0) { $0 + $1.share }
    guard sum > 0 else { return nil }
    var result = self
    for index in parts.indices { result.parts[index].share /= sum }
    return result
  }
}

// MARK: As text

extension StepReport {
  /// Members of a line of `metrics.jsonl`: `loss_weights`, `gradient_norms` by phase and network, `gradient_shares` by
  /// phase, place and loss, `discriminators` by adversarial loss; without those that are empty.
  var members: [(String, JSON)] {
    let weights = JSON.object(losses.map { ($0.name, .number($0.weight)) })
    let phases = grouped(norms, by: \.phase) { .object($0.map { ($0.network, .number($0.value)) }) }
    let shares = grouped(shares, by: \.phase) { shares in
      .object(
        shares.map { share in
          (share.place, .object(share.parts.map { ($0.losses.joined(separator: " + "), .number($0.share)) }))
        })
    }
    let verdicts = judgements.map { judgement -> (String, JSON) in
      switch judgement.verdict {
      case .accuracy(let real, let fake):
        (judgement.loss, .object([("real", .number(real)), ("fake", .number(fake))]))
      case .margin(let value): (judgement.loss, .object([("margin", .number(value))]))
      }
    }
    return [("loss_weights", weights)]
      + [("gradient_norms", phases), ("gradient_shares", shares), ("discriminators", verdicts)]
      .filter { !$0.1.isEmpty }.map { ($0.0, JSON.object($0.1)) }
  }

  /// Items by a name, in the order in which names first come.
  private func grouped<Item>(
    _ items: [Item], by name: (Item) -> String, _ json: ([Item]) -> JSON
  ) -> [(String, JSON)] {
    var groups: [(name: String, items: [Item])] = []
    for item in items {
      if let index = groups.firstIndex(where: { $0.name == name(item) }) {
        groups[index].items.append(item)
      } else {
        groups.append((name(item), [item]))
      }
    }
    return groups.map { ($0.name, json($0.items)) }
  }

  /// Parts of a line for people: `gradient norm 0.113`, `adv judged right: real 92%, fake 81%`.
  var summary: [String] {
    (norms.isEmpty ? [] : [normText]) + judgements.map(\.text)
  }

  /// Lines for people: a table of the losses where there are several, the norms, the discriminators.
  var lines: [String] {
    let rows = losses.map { [$0.name, NumberText.short(Double($0.value)), NumberText.short($0.weight), shareText($0)] }
    let header = ["loss", "value", "weight", shares.isEmpty ? "" : "share of the gradient"]
    return (losses.count > 1 ? table(header, rows, rightAligned: [1, 2]) : []) + summary
  }

  private var normText: String {
    if norms.count == 1 { return "gradient norm \(NumberText.short(norms[0].value))" }
    // A network that several phases update is named with each.
    let texts = norms.map { norm in
      let isAmbiguous = norms.filter { $0.network == norm.network }.count > 1
      return "\(norm.network)\(isAmbiguous ? " in \(norm.phase)" : "") \(NumberText.short(norm.value))"
    }
    return "gradient norms " + texts.joined(separator: ", ")
  }

  private func shareText(_ loss: Loss) -> String {
    shares.flatMap { shares in
      shares.parts.filter { $0.losses.contains(loss.name) }.map { part in
        let others = part.losses.filter { $0 != loss.name }
        let with = others.isEmpty ? "" : " with \(others.joined(separator: ", "))"
        return "\(percent(part.share)) at \(shares.place)\(with)"
      }
    }.joined(separator: ", ")
  }
}

extension StepReport.Judgement {
  /// For people.
  fileprivate var text: String {
    switch verdict {
    case .accuracy(let real, let fake): "\(loss) judged right: real \(percent(real)), fake \(percent(fake))"
    case .margin(let value): "\(loss) margin \(NumberText.short(value))"
    }
  }
}

/// `81%`, `0.4%`.
private func percent(_ share: Double) -> String { decimal(100 * share, share > 0 && share < 0.01 ? 1 : 0) + "%" }
