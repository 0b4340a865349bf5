import NNDiagnostics
import NNGraph
import NNSpec
import NNTensor

/// From a resolved spec to a model: the pass `build`. What is wrong is reported once; what depends on it is skipped.
public struct ModelBuilder {
  private let spec: Spec
  private let facts: [String: DataFacts]
  private let batch: Int
  private let inputOverride: [Int]?
  private let isFaulty: Bool
  private var graph = Graph()
  private var diagnostics = Diagnostics()
  private var networks: [NetworkRecord] = []
  private var results: [String: Signal] = [:]
  private var layers: [String: [String: Signal]] = [:]
  private var traces: [String: SizeTrace] = [:]

  /// Builds the model of `spec` for batches of `batch` samples.
  ///
  /// - Parameters:
  ///   - facts: what each data source gives; sources that are missing here are wrong and reported already.
  ///   - isFaulty: whether errors are reported already, so that what is missing may be missing because of them.
  ///   - inputShape: replaces the shape of the first network's input, for running on another size.
  public static func build(
    _ spec: Spec, facts: [String: DataFacts], batch: Int, isFaulty: Bool = false, inputShape: [Int]? = nil
  ) -> Model {
    var builder = ModelBuilder(
      spec: spec, facts: facts, batch: batch, inputOverride: inputShape, isFaulty: isFaulty)
    for network in spec.networks { builder.build(network) }
    let losses = spec.losses.compactMap { builder.build($0) }
    builder.checkMetrics(losses)
    builder.checkTraining()
    builder.checkExpectations()
    let outputs = builder.networks.compactMap { record in
      builder.results[record.name].map { GraphOutput(name: record.name, value: $0.value) }
    }
    return Model(
      graph: builder.graph, networks: builder.networks, losses: losses, diagnostics: builder.diagnostics,
      results: outputs)
  }

  private init(spec: Spec, facts: [String: DataFacts], batch: Int, inputOverride: [Int]?, isFaulty: Bool) {
    self.spec = spec
    self.facts = facts
    self.batch = batch
    self.inputOverride = inputOverride
    self.isFaulty = isFaulty
  }

  // MARK: Networks

  private mutating func build(_ network: Network) {
    var record = NetworkRecord(
      name: network.name, nameSpan: network.nameSpan, inputName: "input", input: nil, layers: [], output: nil,
      weights: network.weights?.value, isFrozen: network.isFrozen, isConvolutional: true)
    if let (name, signal) = input(of: network) {
      record.inputName = name
      record.input = signal.shape
      var builder = NetworkBuilder(
        network: network, input: signal, graph: graph, batch: batch, diagnostics: diagnostics)
      let result = builder.build()
      graph = builder.graph
      diagnostics = builder.diagnostics
      record.layers = builder.trace.layers
      record.isConvolutional = builder.isConvolutional
      traces[network.name] = builder.trace
      layers[network.name] = builder.named
      if network.isComplete, let result {
        record.output = result.shape
        results[network.name] = result
      }
    } else {
      NetworkBuilder.checkKeys(of: network, diagnostics: &diagnostics)
    }
    networks.append(record)
  }

  private mutating func input(of network: Network) -> (String, Signal)? {
    switch network.input {
    case .invalid: return nil
    case .shape(let shape): return makeInput("\(network.name).input", shape.value, at: shape.span)
    case .onlySource(let span):
      guard let source = spec.data.first, spec.data.count == 1 else {
        diagnostics.add(
          .noSource(
            spec.data.count, "the network `\(network.name)` takes the spec's only data source", at: span,
            help: "name one of them as its `input`"))
        return nil
      }
      guard let field = facts[source.name]?.input else { return nil }
      return makeInput("\(source.name).\(field.name)", field.shape, at: span)
    case .name(let name):
      guard let (source, field) = dataField(name, \.input) else { return nil }
      if field.name == "label" {
        diagnostics.add(.labelsAsInput(name.value, at: name.span))
        return nil
      }
      return makeInput("\(source).\(field.name)", field.shape, at: name.span)
    }
  }

  private mutating func makeInput(_ name: String, _ shape: [Int], at span: Span) -> (String, Signal)? {
    let shape = networks.isEmpty ? inputOverride ?? shape : shape
    let dimensions = Shape([batch] + shape)
    guard let count = dimensions.checkedElementCount, count <= LayerContext.largestTensor else {
      diagnostics.add(.tooLarge("the input", dimensions.dimensions, at: span))
      return nil
    }
    return (name, Signal(value: graph.input(name, TensorType(dimensions)), shape: shape))
  }

  /// The source and field that a name means; reports where there is none. Nil too where the source is wrong and
  /// reported.
  private mutating func dataField(
    _ name: Spanned<String>, _ role: KeyPath<DataFacts, DataFacts.Field?>
  ) -> (source: String, field: DataFacts.Field)? {
    let parts = name.value.split(separator: ".", maxSplits: 1).map(String.init)
    guard let first = parts.first, spec.data.contains(where: { $0.name == first }) else {
      reportUnknown(name, known: knownFields)
      return nil
    }
    guard let facts = facts[first] else { return nil }
    if let field = parts.count == 1 ? facts[keyPath: role] : facts.field(parts[1]) { return (first, field) }
    reportUnknown(name, known: facts.fields.map { "\(first).\($0.name)" })
    return nil
  }

  private mutating func reportUnknown(_ name: Spanned<String>, known: [String]) {
    let suggestion = Suggestion.closest(to: name.value, among: known)
    diagnostics.add(.unknownReference(name.value, at: name.span, suggestion: suggestion, known: known))
  }

  private var knownFields: [String] {
    spec.data.flatMap { source -> [String] in
      let fields = facts[source.name]?.fields.map { "\(source.name).\($0.name)" } ?? []
      return [source.name] + (fields.count > 1 ? fields : [])
    }
  }

  // MARK: Losses

  private mutating func build(_ use: LossUse) -> LossRecord? {
    guard let arguments = LossRegistry.family.decode(use.item, in: use.environment, diagnostics: &diagnostics),
      let definition = LossRegistry.definition(use.item.kind)
    else { return nil }
    let prediction = prediction(arguments)
    let target = target(arguments)
    guard let prediction, let target, arguments.isValid else { return nil }
    let kind = definition.kind(arguments)
    // Total variation has no target; the data's default one is what its metrics compare with.
    guard agrees(kind, prediction, target, arguments) else { return nil }
    if let fault = Diagnostic.notAnImage(kind, prediction.signal.shape, at: prediction.span ?? arguments.kindSpan) {
      diagnostics.add(fault)
      return nil
    }
    let leading = kind.takesLabels ? prediction.signal.shape.dropLast() : prediction.signal.shape[...]
    let input = graph.input(target.name, TensorType(Shape([batch] + leading)))
    let operands = [prediction.signal.value] + (kind.takesTarget ? [input] : [])
    let value = graph.apply(Loss(kind), operands, layer: "losses.\(use.name)")[0]
    return LossRecord(
      name: use.name, weight: use.weight ?? 1, value: value, prediction: prediction.signal.value,
      network: prediction.network, targetName: target.name, predictionShape: prediction.signal.shape,
      comparesLabels: kind.takesLabels)
  }

  private struct Prediction {
    var network: String
    var signal: Signal
    var span: Span?
  }

  private struct Target {
    var name: String
    var field: DataFacts.Field
    var classCount: Int?
    var span: Span?
  }

  private mutating func prediction(_ arguments: Arguments) -> Prediction? {
    guard arguments.isGiven("prediction") else {
      guard let network = spec.networks.first else { return nil }
      return results[network.name].map { Prediction(network: network.name, signal: $0, span: nil) }
    }
    guard let name = arguments.string("prediction") else { return nil }
    let span = arguments.span(of: "prediction")
    let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
    let known = spec.networks.map(\.name)
    guard let network = parts.first, known.contains(network) else {
      reportUnknown(Spanned(name, at: span), known: known)
      return nil
    }
    if parts.count == 1 { return results[network].map { Prediction(network: network, signal: $0, span: span) } }
    if let signal = layers[network]?[parts[1]] { return Prediction(network: network, signal: signal, span: span) }
    if results[network] != nil {
      reportUnknown(Spanned(name, at: span), known: (layers[network] ?? [:]).keys.sorted().map { "\(network).\($0)" })
    }
    return nil
  }

  private mutating func target(_ arguments: Arguments) -> Target? {
    if arguments.isGiven("target") {
      guard let name = arguments.string("target") else { return nil }
      let span = arguments.span(of: "target")
      return dataField(Spanned(name, at: span), \.target).map {
        Target(
          name: "\($0.source).\($0.field.name)", field: $0.field, classCount: facts[$0.source]?.classCount, span: span)
      }
    }
    guard spec.data.count == 1, let source = spec.data.first else {
      let example = spec.data.first?.name ?? ""
      diagnostics.add(
        .noSource(
          spec.data.count, "`\(arguments.kind)` needs a target", at: arguments.kindSpan,
          help: "name one of them: `\(arguments.kind): {target: \(example)}`"))
      return nil
    }
    return facts[source.name].flatMap { facts in
      facts.target.map {
        Target(name: "\(source.name).\($0.name)", field: $0, classCount: facts.classCount, span: nil)
      }
    }
  }

  private mutating func agrees(
    _ kind: LossKind, _ prediction: Prediction, _ target: Target, _ arguments: Arguments
  ) -> Bool {
    guard kind.takesTarget || spec.losses.count == 1 else { return true }
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
          notes: trace.mismatchNotes(prediction.signal, expected), help: trace.mismatchHelp(prediction.signal, expected)
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
    diagnostics.add(
      .needsProbabilities(arguments.kind, "\(wanted)", at: prediction.span ?? arguments.kindSpan))
    return false
  }

  // MARK: Metrics, training, expectations

  private mutating func checkMetrics(_ losses: [LossRecord]) {
    guard losses.count == spec.losses.count, let first = losses.first else { return }
    for metric in spec.metrics {
      let name = metric.value.rawValue
      if metric.value == .accuracy, !first.comparesLabels {
        diagnostics.add(.metricDoesNotApply(name, "the first loss compares values, not classes", at: metric.span))
      } else if metric.value != .accuracy, first.comparesLabels {
        diagnostics.add(.metricDoesNotApply(name, "the first loss compares class labels", at: metric.span))
      } else if [.psnr, .ssim].contains(metric.value), first.predictionShape.count != 3 {
        diagnostics.add(
          .metricDoesNotApply(name, "the prediction \(Shape(first.predictionShape)) is no image", at: metric.span))
      } else if metric.value == .ssim, first.predictionShape.prefix(2).contains(where: { $0 < 11 }) {
        let label = "its window of 11 × 11 is larger than the prediction \(Shape(first.predictionShape))"
        diagnostics.add(.metricDoesNotApply(name, label, at: metric.span))
      }
    }
  }

  private mutating func checkTraining() {
    guard let train = spec.train, !diagnostics.hasErrors, !isFaulty else { return }
    let single = Diagnostic.singleValues(in: graph, of: networks, trainingBatch: train.batchSize?.value ?? 1)
    single.forEach { diagnostics.add($0) }
    if spec.losses.isEmpty {
      diagnostics.add(
        .nothingToTrain("there is no loss", at: train.keySpan, help: "say what is minimised, such as `loss: mse`"))
    } else if graph.parameters.isEmpty {
      diagnostics.add(
        .nothingToTrain(
          "no layer has weights", at: train.keySpan, help: "add a layer with weights such as `conv` or `dense`"))
    } else if !graph.parameters.contains(where: \.isTrainable) {
      diagnostics.add(
        .nothingToTrain("all that has weights is frozen", at: train.keySpan, help: "remove `frozen: true`"))
    }
  }

  private mutating func checkExpectations() {
    if let expected = spec.expect.output, let network = networks.first, let output = network.output {
      expect(output, expected, of: network)
    }
    for (name, shape) in spec.expect.outputs {
      guard let network = networks.first(where: { $0.name == name.value }) else {
        reportUnknown(name, known: networks.map(\.name))
        continue
      }
      if let output = network.output { expect(output, shape, of: network) }
    }
    guard networks.allSatisfy({ $0.output != nil }), !networks.isEmpty else { return }
    let parameters = networks.reduce(0) { $0 + $1.parameters }
    if let limit = spec.expect.parameters, !limit.value.holds(for: Double(parameters)) {
      diagnostics.add(.expectationFailed(limit.value.text("parameters"), "there are \(parameters)", at: limit.span))
    }
    let flops = networks.reduce(0) { $0 + $1.flops }
    if let limit = spec.expect.flops, !limit.value.holds(for: Double(flops)) {
      diagnostics.add(.expectationFailed(limit.value.text("FLOPs"), "there are \(flops)", at: limit.span))
    }
  }

  private mutating func expect(_ output: [Int], _ expected: Spanned<[Int]>, of network: NetworkRecord) {
    guard output != expected.value else { return }
    let notes = traces[network.name].flatMap { trace in
      results[network.name].map { trace.mismatchNotes($0, expected.value) }
    }
    diagnostics.add(
      .expectationFailed(
        "`\(network.name)` to give \(Shape(expected.value))", "it gives \(Shape(output))", at: expected.span,
        notes: notes ?? []))
  }
}

extension Operation {
  /// True where results lie between 0 and 1 if the operand does.
  fileprivate var staysBetweenZeroAndOne: Bool {
    self is Reshape || self is Permute || self is MaxPool || self is AveragePool || self is SpatialMean
      || self is Upsample
  }
}

extension Comparison {
  /// `parameters <= 1500000`
  func text(_ what: String) -> String {
    let number = limit.rounded() == limit && abs(limit) < 1e15 ? "\(Int(limit))" : "\(limit)"
    return "\(what) \(relation.rawValue) \(number)"
  }
}
