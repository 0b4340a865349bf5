import NNTensor

/// What the gauges of phases showed when these last took part.
struct GaugeReadings {
  /// A gauge's value, and the step that it is of.
  struct Reading: Equatable {
    var gauge: Gauge
    var value: Double
    var step: Int
  }

  /// In the order in which they first came.
  private(set) var readings: [Reading] = []
  private var places: [Gauge: Int] = [:]

  /// Goes on from what was shown before.
  init(_ readings: [Reading] = []) {
    self.readings = readings
    places = Dictionary(readings.enumerated().map { ($1.gauge, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Notes what a plan showed of a batch that holds this `share` of the step's samples; of a step's batches `isFirst`
  /// begins anew.
  mutating func add(_ gauges: [(gauge: Gauge, value: Double)], step: Int, share: Double, isFirst: Bool) {
    for (gauge, value) in gauges {
      guard let place = places[gauge] else {
        places[gauge] = readings.count
        readings.append(Reading(gauge: gauge, value: gauge.weight(share) * value, step: step))
        continue
      }
      let before = isFirst || !gauge.isOfBatch ? 0 : readings[place].value
      readings[place].value = before + gauge.weight(share) * value
      readings[place].step = step
    }
  }
}

extension Gauge {
  /// Whether each batch of a step shows its part; otherwise what its last one shows holds for all.
  fileprivate var isOfBatch: Bool { if case .gradient = self { false } else { true } }

  /// The factor of a batch's part, by its share of the samples.
  fileprivate func weight(_ share: Double) -> Double { if case .judgedReal = self { share } else { 1 } }
}

extension GaugeReadings.Reading {
  /// For a checkpoint: value, step, kind and names, between spaces, which no name has.
  var text: String {
    let words =
      switch gauge {
      case .gradient(let phase, let network): ["gradient", phase, network]
      case .pull(let phase, let place, let losses): ["pull", phase, place] + losses
      case .judgedReal(let loss, let side): ["judged", loss, side.rawValue]
      }
    return (["\(value)", "\(step)"] + words).joined(separator: " ")
  }

  /// From a checkpoint; nil for what is no reading.
  init?(text: String) {
    let words = text.split(separator: " ").map(String.init)
    guard words.count >= 5, let value = Double(words[0]), let step = Int(words[1]) else { return nil }
    switch words[2] {
    case "gradient": gauge = .gradient(phase: words[3], network: words[4])
    case "pull": gauge = .pull(phase: words[3], place: words[4], losses: Array(words.dropFirst(5)))
    case "judged":
      guard let side = AdversarialSide(rawValue: words[4]) else { return nil }
      gauge = .judgedReal(loss: words[3], side: side)
    default: return nil
    }
    (self.value, self.step) = (value, step)
  }
}
