import NNDiagnostics
import NNGraph
import NNSpec
import NNTensor

/// Perceptual losses: a network's features of the prediction and of the target.
extension ModelBuilder {
  mutating func perceptual(_ use: LossUse, _ arguments: Arguments) -> LossRecord? {
    let prediction = prediction(arguments)
    let target = target(arguments)
    let judge = wholeNetwork("network", arguments)
    guard let prediction, let target, let judge, arguments.isValid, let layers = arguments.weights("layers"),
      agrees(.mse, prediction, target, arguments)
    else { return nil }
    let input = graph.input(target.name, TensorType(Shape([batch] + prediction.signal.shape)))
    let ofTarget = Signal(value: input, shape: prediction.signal.shape)
    guard let map = map(from: target.source, to: judge, channels: ofTarget.channels),
      let features = apply(judge.value, to: mapped(prediction.signal, map, use), at: judge.span),
      let wanted = apply(judge.value, to: mapped(ofTarget, map, use), at: judge.span)
    else { return nil }
    let kind: LossKind = arguments.word("distance") == "mae" ? .mae : .mse
    let parts = layers.compactMap { layer -> LossRecord.Part? in
      guard let feature = self.feature(layer.name, of: judge.value, in: features),
        let wanted = wanted.layers[layer.name.value]
      else { return nil }
      let name = "\(LossRecord.outputName(use.name)).\(layer.name.value)"
      let value = graph.apply(Loss(kind), [feature.value, wanted.value], layer: name)[0]
      return LossRecord.Part(outputName: name, value: value, factor: layer.weight)
    }
    guard parts.count == layers.count else { return nil }
    var record = record(use, prediction, target, parts: parts)
    record.judge = LossRecord.Judge(network: judge.value, span: judge.span, isOwnTerm: false)
    return record
  }

  /// The output of a layer, by its path in the feature network; reports where there is none.
  private mutating func feature(_ name: Spanned<String>, of network: String, in features: Application) -> Signal? {
    if let signal = features.layers[name.value] { return signal }
    reportUnknown(name, known: features.layers.keys.sorted())
    return nil
  }

  /// The network that a key names, which must not be one of its layers; nil where it is wrong.
  mutating func wholeNetwork(_ key: String, _ arguments: Arguments) -> Spanned<String>? {
    guard let written = arguments.string(key) else { return nil }
    let name = Spanned(written, at: arguments.span(of: key))
    guard let (found, path) = network(named: written), path == nil else {
      reportUnknown(name, known: spec.networks.map(\.name))
      return nil
    }
    guard let record = records[found], record.output != nil else { return nil }
    guard record.input != nil, indices[found].map({ !spec.networks[$0].input.isSeveral }) ?? false else {
      diagnostics.add(.judgeTakesSeveral(written, at: name.span))
      return nil
    }
    return name
  }

  // MARK: Values

  /// From the values that a source's pictures have to those that a network takes: a factor and an offset for each channel;
  /// empty where nothing is to be done, nil where it cannot be, which is reported.
  private mutating func map(
    from source: String, to network: Spanned<String>, channels: Int
  ) -> [(factor: Float, offset: Float)]? {
    guard let wanted = scale(of: network.value), let data = spec.data.first(where: { $0.name == source }) else {
      return []
    }
    if case .npy = data.origin {
      let saysSo = indices[network.value].flatMap { spec.networks[$0].scale.span } != nil
      // What is written means no more than the same by default.
      let isPlain = (0..<channels).allSatisfy { wanted.line(channel: $0) == (1, 0) }
      if !saysSo, isPlain { return [] }
      let teller = saysSo ? network.value : ownData(of: network.value)?.name ?? network.value
      diagnostics.add(.unknownValues(network.value, source, teller: teller, at: network.span))
      return nil
    }
    for list in [wanted.mean, wanted.standardDeviation] {
      guard let list, list.value.count != channels else { continue }
      diagnostics.add(.channelNumbers(list.value.count, channels: channels, at: list.span))
      return nil
    }
    if let (own, span) = contradiction(in: network.value, channels: channels) {
      diagnostics.add(.valuesDiffer(network.value, own, at: span))
      return nil
    }
    let lines = (0..<channels).map { channel in
      let (has, takes) = (data.scale.line(channel: channel), wanted.line(channel: channel))
      let factor = takes.factor / has.factor
      return (factor: Float(factor), offset: Float(takes.offset - factor * has.offset))
    }
    return lines.allSatisfy { $0.factor == 1 && $0.offset == 0 } ? [] : lines
  }

  /// The values that a network takes: as it says, or those of the data that it is given; nil where neither is known.
  private func scale(of network: String) -> ValueScale? {
    guard let index = indices[network] else { return nil }
    if spec.networks[index].scale.span != nil { return spec.networks[index].scale }
    return ownData(of: network)?.scale
  }

  /// The data that a network is given in the end.
  func ownData(of network: String) -> DataSource? {
    let inputs = records[network]?.dataInputs ?? []
    return spec.data.first { source in inputs.contains { $0.hasPrefix("\(source.name).") } }
  }

  /// The data whose values a network is given though it says that it takes others, and where it says so.
  private func contradiction(in network: String, channels: Int) -> (source: String, span: Span)? {
    guard let index = indices[network], let span = spec.networks[index].scale.span, let data = ownData(of: network),
      (0..<channels).contains(where: { data.scale.line(channel: $0) != spec.networks[index].scale.line(channel: $0) })
    else { return nil }
    if case .npy = data.origin { return nil }
    return (data.name, span)
  }

  private mutating func mapped(_ signal: Signal, _ lines: [(factor: Float, offset: Float)], _ use: LossUse) -> Signal {
    if lines.isEmpty { return signal }
    let map = MapChannels(scale: lines.map(\.factor), shift: lines.map(\.offset))
    var result = signal
    result.value = graph.apply(map, to: signal.value, layer: LossRecord.outputName(use.name))
    return result
  }
}

extension NetworkInput {
  /// Whether there are several inputs by name.
  var isSeveral: Bool { if case .several = self { true } else { false } }
}
