import NNGraph
import NNSpec
import NNTensor

extension Key {
  fileprivate static let epsilon = Key.key(
    "epsilon", .real(.from(1e-30, to: 1e30)), default: .real(1e-5), "added to the variance")
  fileprivate static let momentum = Key.key(
    "momentum", .real(.from(0, to: 1)), default: .real(0.1), "how much each batch counts in the running values")
  fileprivate static let affine = Key.key(
    "affine", .boolean, default: .boolean(true), "multiplies by a learnt weight and adds a learnt bias per channel")
  fileprivate static let normalizationGroups = Key.key(
    "groups", .integer(1...largestCount), default: .integer(32), "parts into which the channels are split")

  fileprivate static let batchNormalization = [epsilon, momentum, affine]
  fileprivate static let otherNormalization = [epsilon, affine]
  fileprivate static let groupNormalization = [normalizationGroups, epsilon, affine]

  /// The values of `normalization`: a word, or `{group: {groups: 8}}`.
  static let normalizationFamily = KindFamily(
    "normalization",
    [
      KindDefinition("none", keys: [], doc: "nothing"),
      KindDefinition("batch", keys: batchNormalization, doc: "as `batch_norm`"),
      KindDefinition("instance", keys: otherNormalization, doc: "as `instance_norm`"),
      KindDefinition("group", keys: groupNormalization, doc: "as `group_norm`"),
      KindDefinition("layer", keys: otherNormalization, doc: "as `layer_norm`"),
    ])
}

extension LayerKind {
  static let batchNorm = LayerKind(
    KindDefinition(
      "batch_norm", keys: Key.batchNormalization,
      doc: "normalises each channel by the batch's mean and variance in training, by their running values when run"),
    shapeRule: "the same",
    formula: "y = (x − mean) / √(variance + epsilon) · weight + bias; mean and variance of "
      + "each channel over batch and pixels, the running variance unbiased", example: "batch_norm", keepsShape: true
  ) { $0.buildNormalization("batch") }

  static let instanceNorm = LayerKind(
    KindDefinition(
      "instance_norm", keys: Key.otherNormalization, doc: "normalises each channel of each sample over its pixels"),
    shapeRule: "the same", formula: "as `batch_norm` with mean and variance of each sample's channel over its pixels",
    example: "instance_norm: {affine: false}", keepsShape: true
  ) { $0.buildNormalization("instance") }

  static let groupNorm = LayerKind(
    KindDefinition(
      "group_norm", keys: Key.groupNormalization,
      doc: "normalises each sample's groups of neighbouring channels over channels and pixels"),
    shapeRule: "the same; groups must divide the channels",
    formula: "as `batch_norm` with mean and variance of each sample's group of channels over its pixels",
    example: "group_norm: {groups: 4}", keepsShape: true
  ) { $0.buildNormalization("group") }

  static let layerNorm = LayerKind(
    KindDefinition("layer_norm", keys: Key.otherNormalization, doc: "normalises each pixel over its channels"),
    shapeRule: "the same", formula: "as `batch_norm` with mean and variance of each pixel over its channels",
    example: "layer_norm", keepsShape: true
  ) { $0.buildNormalization("layer") }
}

extension LayerContext {
  fileprivate mutating func buildNormalization(_ kind: String) -> Signal? {
    guard let value = normalize(input.value, kind, arguments, path) else { return nil }
    return signal(value, field: input.field)
  }

  /// What the key `normalization` asks for, with parameters named `<path>.norm.…`; nil where it cannot be, reported.
  mutating func applyNormalization(_ value: ValueID) -> ValueID? {
    guard let wanted = arguments.kind("normalization"), wanted.kind != "none" else { return value }
    return normalize(value, wanted.kind, wanted, "\(path).norm")
  }

  /// What the table of layers adds where the key `normalization` is given, such as `, batch_norm`.
  var normalizationSummary: String {
    guard let wanted = arguments.kind("normalization"), wanted.kind != "none" else { return "" }
    return ", \(wanted.kind)_norm"
  }

  private mutating func normalize(
    _ value: ValueID, _ kind: String, _ keys: Arguments, _ prefix: String
  ) -> ValueID? {
    let shape = graph.shape(value)
    let channels = shape[shape.rank - 1]
    let extent: NormalizationExtent
    switch kind {
    case "batch": extent = .batch
    case "layer":
      guard channels > 1 else {
        diagnostics.add(.oneChannel(at: keys.kindSpan))
        return nil
      }
      extent = .channels
    case "instance":
      guard shape.rank == 4, shape[1] * shape[2] > 1 else {
        diagnostics.add(.oneValuePerChannel("instance", Array(shape.dimensions.dropFirst()), at: keys.kindSpan))
        return nil
      }
      extent = .groups(channels)
    default:
      let groups = keys.integer("groups") ?? 32
      guard channels % groups == 0 else {
        diagnostics.add(.normalizationGroups(groups, channels, at: keys.span(of: "groups")))
        return nil
      }
      guard shape.elementCount / shape[0] > groups else {
        let place = keys.isGiven("groups") ? keys.span(of: "groups") : keys.kindSpan
        diagnostics.add(.oneValuePerGroup(groups, Array(shape.dimensions.dropFirst()), at: place))
        return nil
      }
      extent = .groups(groups)
    }
    let epsilon = Float(keys.real("epsilon") ?? 1e-5)
    let affine = keys.boolean("affine") ?? true ? affineParameters(channels, prefix) : []
    guard extent == .batch else {
      return graph.apply(
        Normalize(extent, epsilon: epsilon, isAffine: !affine.isEmpty), [value] + affine, layer: path)[0]
    }
    return normalizeBatch(value, epsilon, Float(keys.real("momentum") ?? 0.1), affine, prefix)
  }

  /// By the batch's statistics, which running values follow; in a frozen network by the running values.
  private mutating func normalizeBatch(
    _ value: ValueID, _ epsilon: Float, _ momentum: Float, _ affine: [ValueID], _ prefix: String
  ) -> ValueID {
    let shape = graph.shape(value)
    let channels = shape[shape.rank - 1]
    let running = [
      statistic("\(prefix).running_mean", channels, .zeros), statistic("\(prefix).running_var", channels, .ones),
    ]
    if isFrozen {
      let scale = ChannelScale(epsilon: epsilon, isAffine: !affine.isEmpty)
      let line = graph.apply(scale, running + affine, layer: path)
      return graph.apply(ChannelAffine(hasShift: true), [value] + line, layer: path)[0]
    }
    let operation = Normalize(.batch, epsilon: epsilon, isAffine: !affine.isEmpty)
    let results = graph.apply(operation, [value] + affine, layer: path)
    let track = TrackStatistics(momentum: momentum, count: shape.elementCount / channels)
    graph.apply(track, running + results.dropFirst(), layer: path)
    return results[0]
  }

  private mutating func affineParameters(_ channels: Int, _ prefix: String) -> [ValueID] {
    [("weight", Initializer.ones), ("bias", .zeros)].map { ending, initializer in
      weight(
        Parameter(
          name: "\(prefix).\(ending)", layer: path, shape: [channels], initializer: initializer, decays: false))
    }
  }

  private mutating func statistic(_ name: String, _ channels: Int, _ initializer: Initializer) -> ValueID {
    var parameter = Parameter(name: name, layer: path, shape: [channels], initializer: initializer, decays: false)
    parameter.role = .statistic
    parameter.isTrainable = false
    return graph.parameter(parameter)
  }
}
