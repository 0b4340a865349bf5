import NNDiagnostics
import NNGraph
import NNSpec
import NNTensor

extension ModelBuilder {
  // MARK: Metrics, training, expectations

  mutating func checkMetrics(_ losses: [LossRecord]) {
    guard let first = losses.leading,
      spec.losses.prefix(while: { $0.nameSpan != first.nameSpan }).allSatisfy({ use in
        losses.contains { $0.nameSpan == use.nameSpan }
      })
    else { return }
    let target = facts[Model.source(ofInput: first.targetName)]?.target?.shape
    for metric in spec.metrics {
      let name = metric.value.rawValue
      if metric.value == .accuracy, !first.comparesLabels {
        diagnostics.add(.metricDoesNotApply(name, "the first loss compares values, not classes", at: metric.span))
      } else if metric.value != .accuracy, first.comparesLabels {
        diagnostics.add(.metricDoesNotApply(name, "the first loss compares class labels", at: metric.span))
      } else if !first.takesTarget, let target, target != first.predictionShape {
        let label = "no loss has a target, and the data's \(Shape(target)) is not as \(Shape(first.predictionShape)) is"
        diagnostics.add(.metricDoesNotApply(name, label, at: metric.span))
      } else if [.psnr, .ssim].contains(metric.value), first.predictionShape.count != 3 {
        diagnostics.add(
          .metricDoesNotApply(name, "the prediction \(Shape(first.predictionShape)) is no image", at: metric.span))
      } else if metric.value == .ssim, first.predictionShape.prefix(2).contains(where: { $0 < 11 }) {
        let label = "its window of 11 × 11 is larger than the prediction \(Shape(first.predictionShape))"
        diagnostics.add(.metricDoesNotApply(name, label, at: metric.span))
      }
    }
  }

  mutating func checkTraining(_ losses: [LossRecord]) {
    guard let train = spec.train, !diagnostics.hasErrors, !isFaulty else { return }
    let samples = losses.leading.flatMap { facts[Model.source(ofInput: $0.targetName)]?.samplesPerEpoch }
    let single = Diagnostic.singleValues(
      in: graph, of: networks, trainingBatch: train.batchSize?.value ?? 1, samples: samples)
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

  mutating func checkExpectations() {
    if let expected = spec.expect.output, let network = networks.first, let signal = results[network.name] {
      expect(signal, expected, of: network.name, network: network.name)
    }
    for (name, shape) in spec.expect.outputs {
      guard let (network, signal) = output(name, scope: "", known: spec.networks.map(\.name)) else { continue }
      expect(signal, shape, of: name.value, network: network)
    }
    guard networks.allSatisfy({ $0.output != nil }), !networks.isEmpty else { return }
    let parameters = networks.reduce(0) { $0 + $1.parameters }
    if let limit = spec.expect.parameters, !limit.value.holds(for: Double(parameters)) {
      diagnostics.add(.expectationFailed(limit.value.text("parameters"), "there are \(parameters)", at: limit.span))
    }
    let flops = networks.saturatedSum(of: \.flops)
    if let limit = spec.expect.flops, !limit.value.holds(for: Double(flops)) {
      diagnostics.add(.expectationFailed(limit.value.text("FLOPs"), "there are \(flops)", at: limit.span))
    }
  }

  private mutating func expect(_ signal: Signal, _ expected: Spanned<[Int]>, of name: String, network: String) {
    guard signal.shape != expected.value else { return }
    diagnostics.add(
      .expectationFailed(
        "`\(name)` to give \(Shape(expected.value))", "it gives \(Shape(signal.shape))", at: expected.span,
        notes: traces[network].map { $0.mismatchNotes(signal, expected.value) } ?? []))
  }
}

extension Comparison {
  /// `parameters <= 1500000`
  func text(_ what: String) -> String {
    let number = limit.rounded() == limit && abs(limit) < 1e15 ? "\(Int(limit))" : "\(limit)"
    return "\(what) \(relation.rawValue) \(number)"
  }
}
