import NNDiagnostics
import NNTensor
import NNText

extension DiagnosticCode {
  static let sizesDiffer = DiagnosticCode("NNC0310", "prediction-target-mismatch")
  static let unknownReference = DiagnosticCode("NNC0320", "unknown-reference")
  static let noSource = DiagnosticCode("NNC0321", "no-data-source")
  static let needsLabels = DiagnosticCode("NNC0322", "needs-labels")
  static let tooFewClasses = DiagnosticCode("NNC0323", "too-few-classes")
  static let needsProbabilities = DiagnosticCode("NNC0324", "needs-probabilities")
  static let metricDoesNotApply = DiagnosticCode("NNC0325", "metric-does-not-apply")
  static let nothingToTrain = DiagnosticCode("NNC0326", "nothing-to-train")
  static let expectationFailed = DiagnosticCode("NNC0327", "expectation-failed")
  static let labelsAsInput = DiagnosticCode("NNC0328", "labels-as-input")
  static let lossNeedsImage = DiagnosticCode("NNC0363", "loss-needs-image")
}

/// The wording of every mistake in a loss, a metric, a reference or an expectation.
extension Diagnostic {
  static func sizesDiffer(
    prediction: [Int], at predictionSpan: Span?, target: [Int], at targetSpan: Span?, loss: Span, notes: [Note],
    help: [String], fix: Fix? = nil
  ) -> Diagnostic {
    let shapes = "prediction \(Shape(prediction)), target \(Shape(target))"
    var labels: [Label] = []
    if let predictionSpan { labels.append(Label("\(Shape(prediction))", at: predictionSpan)) }
    if let targetSpan { labels.append(Label("\(Shape(target))", at: targetSpan)) }
    let (size, wanted) = (prediction.dropLast() == target.dropLast(), target.last ?? 0)
    let channels = prediction.last == wanted
    var help = help
    var what = size ? "channels" : channels ? "size" : "size and channels"
    if prediction.count != target.count {
      what = "shape"
      let isWhole = prediction.reduce(1, *) == target.reduce(1, *)
      help.append(
        isWhole
          ? "it has as many values: add `reshape: {shape: \(Shape(target))}`"
          : target.count == 3
            ? "the target is an image: end the network in `output: {channels: \(wanted)}`"
            : "the target is no image: end the network in `dense: {units: \(wanted)}`")
    } else if !channels, target.count == 3 {
      help.append("the last layer should have \(counted(wanted, "channel")): `output: {channels: \(wanted)}`")
    } else if !channels {
      what = "length"
      help.append("the last layer should have \(counted(wanted, "value")): `dense: {units: \(wanted)}`")
    }
    return Diagnostic(
      .sizesDiffer, .error, "prediction and target differ in \(what)", at: loss, label: labels.count == 2 ? "" : shapes,
      labels: labels.count == 2 ? labels : [], notes: notes, help: help, fix: fix)
  }

  static func unknownReference(_ name: String, at span: Span, suggestion: String?, known: [String]) -> Diagnostic {
    let list = known.map { "`\($0)`" }.joined(separator: ", ")
    return Diagnostic(
      .unknownReference, .error, "there is nothing named `\(name)`", at: span,
      help: (suggestion.map { ["did you mean `\($0)`?"] } ?? []) + (known.isEmpty ? [] : ["known here: \(list)"]),
      fix: .spelling(suggestion == nil ? nil : Suggestion.match(name, among: known), at: span))
  }

  static func otherSort(_ name: String, _ sort: String, known: [String], at span: Span) -> Diagnostic {
    let list = known.map { "`\($0)`" }.joined(separator: ", ")
    return Diagnostic(
      .unknownReference, .error, "`\(name)` is \(sort), which cannot stand here", at: span,
      help: known.isEmpty ? [] : ["known here: \(list)"])
  }

  static func noSource(_ count: Int, _ what: String, at span: Span, help: String) -> Diagnostic {
    Diagnostic(
      .noSource, .error,
      count == 0 ? "\(what), but the spec has no `data`" : "\(what), but the spec has \(count) data sources", at: span,
      help: [count == 0 ? "add a `data` section" : help])
  }

  static func needsLabels(_ target: [Int], at span: Span) -> Diagnostic {
    Diagnostic(
      .needsLabels, .error, "`cross_entropy` compares with class labels", at: span,
      label: "this target is an image \(Shape(target))",
      help: ["name a field of labels such as `digits.label`, or use `mse` or `binary_cross_entropy`"])
  }

  static func labelsNeedCrossEntropy(_ kind: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .needsLabels, .error, "`\(kind)` compares values, not class labels", at: span, label: "this target is labels",
      help: ["use `cross_entropy` for class labels"])
  }

  static func tooFewClasses(_ outputs: Int, _ classes: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      .tooFewClasses, .error, "the prediction has fewer values than there are classes", at: span,
      label: "\(counted(outputs, "value")) for \(classes) classes",
      help: ["end the network in `dense: {units: \(classes), activation: softmax}`"])
  }

  static func needsProbabilities(_ kind: String, _ activation: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .needsProbabilities, .error, "`\(kind)` compares probabilities", at: span,
      label: "the prediction does not end in \(activation)",
      help: [
        "give the last layer `activation: \(activation)`; the loss is still computed from the values before it"
      ])
  }

  static func metricDoesNotApply(_ metric: String, _ why: String, at span: Span) -> Diagnostic {
    Diagnostic(.metricDoesNotApply, .error, "the metric `\(metric)` does not apply", at: span, label: why)
  }

  static func nothingToTrain(_ why: String, at span: Span, help: String) -> Diagnostic {
    Diagnostic(.nothingToTrain, .error, "there is nothing to train", at: span, label: why, help: [help])
  }

  /// What is wrong with a prediction of this shape for a loss of images, if anything.
  static func notAnImage(_ kind: LossKind, _ prediction: [Int], at span: Span) -> Diagnostic? {
    guard let smallest = kind.smallestImage else { return nil }
    if prediction.count == 3, min(prediction[0], prediction[1]) >= smallest, prediction[0] * prediction[1] > 1 {
      return nil
    }
    let isSmall = prediction.count == 3 && smallest > 1
    return Diagnostic(
      .lossNeedsImage, .error, "`\(kind)` compares the pixels of images", at: span,
      label: isSmall
        ? "its window of \(smallest) × \(smallest) is larger than the prediction \(Shape(prediction))"
        : "the prediction is \(Shape(prediction))",
      help: isSmall ? ["use a smaller `window`"] : ["use `mse`, `mae` or `huber` for values that are no image"])
  }

  static func labelsAsInput(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .labelsAsInput, .error, "`\(name)` holds class labels, not an input", at: span,
      help: ["a network takes a source's `image` or `input`"])
  }

  static func expectationFailed(_ what: String, _ measured: String, at span: Span, notes: [Note] = []) -> Diagnostic {
    Diagnostic(.expectationFailed, .error, "expected \(what)", at: span, label: measured, notes: notes)
  }
}
