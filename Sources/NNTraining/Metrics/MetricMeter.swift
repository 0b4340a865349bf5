import NNData
import NNTensor

/// Adds up metrics over samples.
struct MetricMeter {
  private struct Mean {
    var sum = 0.0
    var count = 0

    mutating func add(_ value: Double?) {
      guard let value else { return }
      sum += value
      count += 1
    }

    var value: Double? { count == 0 ? nil : sum / Double(count) }
  }

  private let metrics: [Metric]
  private let mapping: ValueMapping
  private var outputs: [Mean]
  private var inputs: [Mean]
  private var similarities: [[Int]: StructuralSimilarity] = [:]

  init(_ metrics: [Metric], mapping: ValueMapping) {
    self.metrics = metrics
    self.mapping = mapping
    outputs = Array(repeating: Mean(), count: metrics.count)
    inputs = outputs
  }

  /// Adds a sample: what the network made, what it should have made (of `shape` where the prediction has it), and what
  /// it was given where that has the target's shape.
  mutating func add(prediction: ArraySlice<Float>, target: ArraySlice<Float>, shape: [Int], input: ArraySlice<Float>?) {
    for (index, metric) in metrics.enumerated() {
      outputs[index].add(value(metric, prediction, target, shape))
      if metric.comparesPictures, let input { inputs[index].add(value(metric, input, target, shape)) }
    }
  }

  /// The means; metrics that no sample was fit for are left out.
  var values: [MetricValue] {
    metrics.indices.compactMap { index in
      outputs[index].value.map { MetricValue(metric: metrics[index], value: $0, ofInput: inputs[index].value) }
    }
  }

  /// A sample's value; nil where the metric is not defined for it.
  mutating func value(
    _ metric: Metric, _ a: ArraySlice<Float>, _ b: ArraySlice<Float>, _ shape: [Int]
  ) -> Double? {
    if metric == .accuracy { return ErrorMetrics.isRight(a, label: b).map { $0 ? 1 : 0 } }
    guard a.count == b.count, !a.isEmpty else { return nil }
    switch metric {
    case .mse: return ErrorMetrics.meanSquaredError(a, b)
    case .mae: return ErrorMetrics.meanAbsoluteError(a, b)
    case .psnr: return ErrorMetrics.psnr(unit(a, shape), unit(b, shape), range: 1)
    case .ssim: return similarity(shape)?.mean(unit(a, shape)[...], unit(b, shape)[...])
    case .accuracy: return nil
    }
  }

  /// The network's numbers as pictures of 0…1, which both picture metrics are defined on.
  private func unit(_ values: ArraySlice<Float>, _ shape: [Int]) -> [Float] {
    if mapping == .unit { return Array(values) }
    guard shape.count == 3,
      let raster = mapping.unmap(Array(values), height: shape[0], width: shape[1], channels: shape[2])
    else { return mapping.unmap(Array(values), height: 1, width: values.count, channels: 1)?.values ?? Array(values) }
    return raster.values
  }

  private mutating func similarity(_ shape: [Int]) -> StructuralSimilarity? {
    guard shape.count == 3 else { return nil }
    if let present = similarities[shape] { return present }
    let made = StructuralSimilarity(height: shape[0], width: shape[1], channels: shape[2], range: 1)
    similarities[shape] = made
    return made
  }
}
