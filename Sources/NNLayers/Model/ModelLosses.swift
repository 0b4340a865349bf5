import NNDiagnostics
import NNGraph
import NNSpec
import NNTensor

extension ModelBuilder {
  // MARK: Losses

  /// The loss, or its terms; none where it is wrong, which is reported.
  mutating func build(_ use: LossUse) -> [LossRecord] {
    guard let arguments = LossRegistry.family.decode(use.item, in: use.environment, diagnostics: &diagnostics),
      let definition = LossRegistry.definition(use.item.kind)
    else { return [] }
    switch definition.form {
    case .comparison(let kind): return comparison(use, arguments, kind).map { [$0] } ?? []
    case .perceptual: return perceptual(use, arguments).map { [$0] } ?? []
    case .adversarial: return adversarial(use, arguments)
    }
  }

  private mutating func comparison(
    _ use: LossUse, _ arguments: Arguments, _ makeKind: (Arguments) -> LossKind
  ) -> LossRecord? {
    let kind = makeKind(arguments)
    let prediction = prediction(arguments)
    // Total variation has no target; that of the prediction's data is what its metrics compare with.
    let own = kind.takesTarget ? nil : prediction.flatMap { ownTarget(of: $0.network) }
    let target = own ?? target(arguments)
    guard let prediction, let target, arguments.isValid else { return nil }
    guard !kind.takesTarget || agrees(kind, prediction, target, arguments) else { return nil }
    if let fault = Diagnostic.notAnImage(kind, prediction.signal.shape, at: prediction.span ?? arguments.kindSpan) {
      diagnostics.add(fault)
      return nil
    }
    let name = LossRecord.outputName(use.name)
    var operands = [prediction.signal.value]
    if kind.takesTarget {
      let leading = kind.takesLabels ? prediction.signal.shape.dropLast() : prediction.signal.shape[...]
      operands.append(graph.input(target.name, TensorType(Shape([batch] + leading))))
    }
    let value = graph.apply(Loss(kind), operands, layer: name)[0]
    var record = record(
      use, prediction, target, parts: [.init(outputName: name, value: value, factor: 1)],
      comparesLabels: kind.takesLabels)
    record.takesTarget = kind.takesTarget
    return record
  }

  /// A record of a loss that compares a prediction with a target.
  func record(
    _ use: LossUse, _ prediction: Prediction, _ target: Target, parts: [LossRecord.Part], comparesLabels: Bool = false
  ) -> LossRecord {
    LossRecord(
      name: use.name, nameSpan: use.nameSpan, kind: use.item.kind, weight: use.weight ?? .constant(1), parts: parts,
      prediction: prediction.signal.value, network: prediction.network, targetName: target.name,
      predictionShape: prediction.signal.shape, comparesLabels: comparesLabels)
  }

  /// What a loss is told to compare: a network's output, or one of its layers'.
  struct Prediction {
    var network: String
    var signal: Signal
    var span: Span?
  }

  /// What it is compared with: a field of the data.
  struct Target {
    var name: String
    var source: String
    var field: DataFacts.Field
    var classCount: Int?
    var span: Span?
  }

  /// What `prediction` names; nil where it is wrong.
  mutating func prediction(_ arguments: Arguments) -> Prediction? {
    let known = spec.networks.map(\.name)
    guard arguments.isGiven("prediction") else {
      let candidates = known.count == 1 ? known : runnableNetworks
      guard candidates.count == 1 else {
        if !known.isEmpty {
          diagnostics.add(.predictionNeeded(arguments.kind, networks: known, at: arguments.kindSpan))
        }
        return nil
      }
      return results[candidates[0]].map { Prediction(network: candidates[0], signal: $0, span: nil) }
    }
    guard let name = arguments.string("prediction") else { return nil }
    let span = arguments.span(of: "prediction")
    return output(Spanned(name, at: span), scope: "", known: known).map {
      Prediction(network: $0.network, signal: $0.signal, span: span)
    }
  }

  /// What `target` names; nil where it is wrong.
  mutating func target(_ arguments: Arguments) -> Target? {
    if arguments.isGiven("target") {
      guard let name = arguments.string("target") else { return nil }
      let span = arguments.span(of: "target")
      return dataField(Spanned(name, at: span), scope: "", \.target, known: knownFields(scope: "")).map {
        Target(
          name: "\($0.source).\($0.field.name)", source: $0.source, field: $0.field,
          classCount: facts[$0.source]?.classCount, span: span)
      }
    }
    let own = spec.ownData
    guard own.count == 1, let source = own.first else {
      let example = own.first?.name ?? ""
      diagnostics.add(
        .noSource(
          own.count, "`\(arguments.kind)` needs a target", at: arguments.kindSpan,
          help: "name one of them: `\(arguments.kind): {target: \(example)}`"))
      return nil
    }
    return defaultTarget(of: source.name)
  }

  /// What a source's name alone means as a target.
  private func defaultTarget(of source: String) -> Target? {
    facts[source].flatMap { facts in
      facts.target.map {
        Target(name: "\(source).\($0.name)", source: source, field: $0, classCount: facts.classCount, span: nil)
      }
    }
  }

  /// The target of the data that a network is given.
  private func ownTarget(of network: String) -> Target? {
    ownData(of: network).flatMap { defaultTarget(of: $0.name) }
  }

  /// Whether prediction and target can be compared so; reported where they cannot.
  mutating func agrees(
    _ kind: LossKind, _ prediction: Prediction, _ target: Target, _ arguments: Arguments
  ) -> Bool {
    let shape = prediction.signal.shape
    let targetIsLabels = target.field.name == "label"
    if kind.takesLabels {
      guard targetIsLabels else {
        diagnostics.add(.needsLabels(target.field.shape, at: target.span ?? arguments.kindSpan))
        return false
      }
      if let classes = target.classCount, prediction.signal.channels < classes {
        diagnostics.add(
          .tooFewClasses(prediction.signal.channels, classes, at: prediction.span ?? arguments.kindSpan))
        return false
      }
    } else if targetIsLabels {
      diagnostics.add(.labelsNeedCrossEntropy(arguments.kind, at: target.span ?? arguments.kindSpan))
      return false
    }
    let expected = kind.takesLabels ? target.field.shape + [prediction.signal.channels] : target.field.shape
    guard shape == expected else {
      let trace = traces[prediction.network] ?? SizeTrace(network: prediction.network)
      diagnostics.add(
        .sizesDiffer(
          prediction: shape, at: prediction.span, target: expected, at: target.span, loss: arguments.kindSpan,
          notes: trace.mismatchNotes(prediction.signal, expected),
          help: trace.mismatchHelp(prediction.signal, expected),
          fix: trace.mismatchFix(prediction.signal, expected)
        ))
      return false
    }
    return isProbability(kind, prediction, arguments)
  }

  private mutating func isProbability(_ kind: LossKind, _ prediction: Prediction, _ arguments: Arguments) -> Bool {
    let wanted: Activation
    switch kind {
    case .binaryCrossEntropy: wanted = .sigmoid
    case .crossEntropy: wanted = .softmax
    default: return true
    }
    var value = prediction.signal.value
    while let node = graph.producer(of: value), node.operation.staysBetweenZeroAndOne { value = node.inputs[0] }
    let activation = (graph.producer(of: value)?.operation as? Activate)?.activation
    if activation == wanted || (wanted == .sigmoid && activation == .softmax) { return true }
    if guessed.contains(prediction.network) { return false }
    diagnostics.add(
      .needsProbabilities(arguments.kind, "\(wanted)", at: prediction.span ?? arguments.kindSpan))
    return false
  }
}

extension Operation {
  /// True where results lie between 0 and 1 if the operand does.
  fileprivate var staysBetweenZeroAndOne: Bool {
    self is Reshape || self is Permute || self is MaxPool || self is AveragePool || self is SpatialMean
      || self is Upsample
  }
}
