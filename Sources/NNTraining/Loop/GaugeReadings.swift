import NNTensor

/// What the gauges of phases showed when these last took part.
struct GaugeReadings {
  /// A gauge's value, and the step that it is of.
  struct Reading {
    var gauge: Gauge
    var value: Double
    var step: Int
  }

  /// In the order in which they first came.
  private(set) var readings: [Reading] = []
  private var places: [Gauge: Int] = [:]

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
