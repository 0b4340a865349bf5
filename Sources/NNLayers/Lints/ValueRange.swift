import NNGraph
import NNSpec
import NNTensor
import NNText

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What a tensor's values can be, at the least and at the most; infinite where there is no bound.
struct ValueRange: Hashable {
  var low: Double
  var high: Double

  static let any = ValueRange(low: -.infinity, high: .infinity)

  init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }

  /// What the pictures of a source become; nil where it gives none.
  init?(of source: DataSource) {
    switch source.origin {
    case .images, .idx, .cifar10, .classes, .pairs, .synthetic: break
    case .npy, .invalid: return nil
    }
    let channels = max(source.scale.mean?.value.count ?? 1, source.scale.standardDeviation?.value.count ?? 1)
    let lines = (0..<channels).map { source.scale.line(channel: $0) }
    self.init(
      low: lines.map(\.offset).min() ?? 0, high: lines.map { $0.factor + $0.offset }.max() ?? 1)
  }

  /// Whether it has both bounds.
  var isBounded: Bool { low.isFinite && high.isFinite }

  /// Whether all of `other` lies in it, but for rounding.
  func contains(_ other: ValueRange) -> Bool {
    let slack = 1e-6 * max(1, abs(other.low), abs(other.high))
    return low <= other.low + slack && high >= other.high - slack
  }

  /// The smallest range around both.
  func joined(_ other: ValueRange) -> ValueRange {
    ValueRange(low: min(low, other.low), high: max(high, other.high))
  }

  /// `0 to 1`, `0 upwards`
  var text: String {
    switch (low.isFinite, high.isFinite) {
    case (true, true): "\(low.short) to \(high.short)"
    case (true, false): "\(low.short) upwards"
    case (false, true): "\(high.short) downwards"
    case (false, false): "any number"
    }
  }
}

extension Double {
  /// With three decimals at most.
  var short: String {
    if let whole = Int(exactly: self) { return String(whole) }
    var text = decimal(self, 3)
    while text.hasSuffix("0") { text.removeLast() }
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }
}

extension ValueRange {
  /// The range of each value of a graph. `data` holds those of its inputs, by name.
  static func ranges(of graph: Graph, data: [String: ValueRange]) -> [ValueRange] {
    var ranges = graph.values.map { value in
      if case .input(let name) = value.origin { data[name] ?? .any } else { ValueRange.any }
    }
    for node in graph.nodes {
      let inputs = node.inputs.map { ranges[$0.index] }
      guard let output = node.outputs.first, let range = node.operation.range(inputs) else { continue }
      ranges[output.index] = range
    }
    return ranges
  }

  /// What an activation makes of values in this range.
  func applying(_ activation: Activation) -> ValueRange {
    switch activation {
    case .none: return self
    case .softmax: return ValueRange(low: 0, high: 1)
    case .relu: return ValueRange(low: max(low, 0), high: max(high, 0))
    case .elu: return ValueRange(low: low < 0 ? expm1(low) : low, high: high < 0 ? expm1(high) : high)
    case .sigmoid: return ValueRange(low: 1 / (1 + exp(-low)), high: 1 / (1 + exp(-high)))
    case .tanh: return ValueRange(low: 1 - 2 / (1 + exp(2 * low)), high: 1 - 2 / (1 + exp(2 * high)))
    // Both fall to a little below zero and rise again.
    case .gelu: return ValueRange(low: low < 0 ? -0.17 : 0, high: max(high, 0))
    case .silu: return ValueRange(low: low < 0 ? -0.279 : 0, high: max(high, 0))
    case .leakyRelu(let slope):
      let slope = Double(slope)
      let ends = [low, high].map { $0 < 0 ? $0 * slope : $0 } + (low < 0 && high > 0 ? [0] : [])
      return ValueRange(low: ends.min() ?? low, high: ends.max() ?? high)
    }
  }
}

extension Operation {
  /// Whether every result is one of the operand's values, or a mean of some.
  var keepsRange: Bool {
    self is Reshape || self is Permute || self is MaxPool || self is SpatialMean || self is Upsample || self is Crop
      || self is DepthToSpace || self is SpaceToDepth || self is SliceChannels
      || (self as? AveragePool)?.window.padding == Size2D(0, 0)
  }

  /// The range of the first result; nil where nothing is known.
  fileprivate func range(_ inputs: [ValueRange]) -> ValueRange? {
    if keepsRange { return inputs[0] }
    switch self {
    case let activate as Activate: return inputs[0].applying(activate.activation)
    case let pad as Pad: return inputs[0].joined(ValueRange(low: Double(pad.value), high: Double(pad.value)))
    case is AveragePool: return inputs[0].joined(ValueRange(low: 0, high: 0))
    case is Add: return ValueRange(low: inputs[0].low + inputs[1].low, high: inputs[0].high + inputs[1].high)
    case is Concatenate: return inputs.dropFirst().reduce(inputs[0]) { $0.joined($1) }
    case is Multiply:
      guard inputs[0].isBounded, inputs[1].isBounded else { return nil }
      let products = [inputs[0].low, inputs[0].high].flatMap { a in [inputs[1].low, inputs[1].high].map { a * $0 } }
      return ValueRange(low: products.min() ?? 0, high: products.max() ?? 0)
    case let dropout as Dropout:
      let scale = 1 / (1 - Double(dropout.rate))
      return inputs[0].joined(ValueRange(low: 0, high: 0)).joined(
        ValueRange(low: inputs[0].low * scale, high: inputs[0].high * scale))
    default: return nil
    }
  }
}
