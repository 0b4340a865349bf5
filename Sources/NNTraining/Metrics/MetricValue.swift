import NNTensor

/// A metric's mean over samples.
public struct MetricValue: Equatable, Sendable {
  /// Which metric.
  public var metric: Metric
  /// The mean over the samples that it is defined for.
  public var value: Double
  /// The same of the network's input in the place of its output; nil where input and target differ in shape, or are the
  /// same field, or where the metric does not compare pictures.
  public var ofInput: Double?

  /// A value, with that of the input where there is one.
  public init(metric: Metric, value: Double, ofInput: Double? = nil) {
    self.metric = metric
    self.value = value
    self.ofInput = ofInput
  }
}
