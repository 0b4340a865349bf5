import NNData
import NNPlan
import NNRuntime
import NNTensor

/// Runs samples through a plan that computes `prediction` and `losses.<name>`, and adds up losses and metrics. Never
/// changes a parameter.
public final class Evaluator {
  /// Called after each step of the plans, while it is set.
  var observer: ((BoundPlan, Int) -> Void)?

  private let settings: TrainingSettings
  private let source: DataSource
  private let plans: PlanCache
  private let numbers: Numbers
  private let lastStep: Int

  /// `plans` gives the evaluation plan for a batch of this many samples; the store has the weights. Of the settings
  /// `batchSize`, `losses`, `metrics`, `roles` and `loaderThreads` are used.
  public init(
    settings: TrainingSettings, source: DataSource, plans: @escaping PlanMaker, store: ParameterStore, device: Device
  ) {
    self.settings = settings
    self.source = source
    self.plans = PlanCache(plans, store: store, device: device)
    let updates = source.updates(perEpochOf: settings)
    numbers = Numbers(settings, batchesPerEpoch: updates)
    lastStep = TrainingSchedule(settings.length, stepsPerEpoch: updates).steps
  }

  /// The samples that validation looks at: those held out, or those learnt from where there are none.
  public static func validationScope(_ source: DataSource) -> EvaluationScope {
    source.validationCount > 0 ? .validation : .training
  }

  /// Evaluates each sample of `scope` once, with the losses' weights of step `step`, of the last one where it is nil.
  /// `progress` is told after each batch how many samples of how many are done.
  public func evaluate(
    _ scope: EvaluationScope, step: Int? = nil, progress: ((_ done: Int, _ of: Int) -> Void)? = nil
  ) throws -> Evaluation {
    try evaluate(scope, step: step ?? lastStep, preview: nil, progress: progress)
  }

  /// The same; the picture at `path` then shows the best and the worst samples by `metric`.
  public func evaluate(
    _ scope: EvaluationScope, step: Int?, picturing metric: Metric, at path: String
  ) throws -> Evaluation {
    let extremes = ExtremeSamples(by: metric)
    var evaluation = try evaluate(scope, step: step ?? lastStep, preview: nil, extremes: extremes)
    evaluation.ranking = try translating { try extremes.write(to: path) }
    return evaluation
  }

  /// The same with the losses' weights of step `step`; the first samples go into `preview`, all into `extremes`. `attend`
  /// is called again and again, also while samples are waited for; what it throws ends the evaluation.
  func evaluate(
    _ scope: EvaluationScope, step: Int, preview: PreviewSamples?, extremes: ExtremeSamples? = nil,
    attend: () throws -> Void = {},
    progress: ((_ done: Int, _ of: Int) -> Void)? = nil
  ) throws -> Evaluation {
    let splits = scope.splits
    let total = splits.reduce(0) { $0 + source.sampleCount(.evaluation($1)) }
    guard total > 0 else {
      let what = scope == .validation ? "samples held out (`validation`)" : "samples"
      throw TrainingFailure.noSamples(source: source.description.name, what: what)
    }
    var sums = EvaluationSums(settings, mapping: source.description.mapping)
    try translating {
      for split in splits {
        try evaluate(split, &sums, preview, extremes, attend) { progress?($0, total) }
      }
    }
    guard sums.samples > 0 else {
      let what = scope == .validation ? "whole samples held out (`validation`)" : "whole samples"
      let broken = source.brokenPictures.first.map { ": \($0)" } ?? ""
      throw TrainingFailure.noSamples(source: source.description.name, what: what + broken)
    }
    var evaluation = sums.evaluation { index in
      settings.mainPhase.losses.contains(index) ? numbers.weight(index, step: step) : 0
    }
    evaluation.brokenPictures = source.brokenPictures.map(\.description)
    return evaluation
  }

  /// The plans that evaluating a scope takes, where all samples are whole.
  func plans(_ scope: EvaluationScope) throws -> [Plan] {
    var sizes: Set<Int> = []
    for split in scope.splits {
      let count = source.sampleCount(.evaluation(split))
      if count >= settings.batchSize { sizes.insert(settings.batchSize) }
      sizes.insert(count % settings.batchSize)
    }
    return try sizes.subtracting([0]).sorted().map { try plans.make($0) }
  }

  private func evaluate(
    _ split: DataSource.Split, _ sums: inout EvaluationSums, _ preview: PreviewSamples?, _ extremes: ExtremeSamples?,
    _ attend: () throws -> Void,
    _ progress: (Int) -> Void
  ) throws {
    let loader = BatchLoader(
      source: source, batchSize: settings.batchSize, schedule: .evaluation(split), threads: settings.loaderThreads)
    while let batch = try loader.next(attending: attend) {
      if batch.count == 0 { continue }
      let step = try plans.plan(batch: batch.count)
      try step.load(batch, from: source)
      if let observer { step.bound.observer = observer }
      step.bound.run()
      let samples = SampleViews(batch: batch, plan: step.bound, roles: settings.roles, source: source)
      add(batch, step.bound, samples, &sums, preview)
      if let extremes { rank(batch, samples, of: split, &sums.meter, extremes) }
      progress(sums.samples)
    }
  }

  private func rank(
    _ batch: Batch, _ samples: SampleViews, of split: DataSource.Split, _ meter: inout MetricMeter,
    _ extremes: ExtremeSamples
  ) {
    for index in 0..<batch.count {
      guard let prediction = samples.prediction(index), let target = samples.target(index),
        let value = meter.value(extremes.metric, prediction, target, samples.targetShape)
      else { continue }
      let title = source.sampleTitle(split, batch.draws[index])
      extremes.add(value, title: title) { samples.pictures(index) }
    }
  }

  private func add(
    _ batch: Batch, _ plan: BoundPlan, _ samples: SampleViews, _ sums: inout EvaluationSums, _ preview: PreviewSamples?
  ) {
    for (index, loss) in settings.losses.enumerated() {
      sums.add(loss: index, value: loss.value { plan.output($0).first } ?? .nan, samples: batch.count)
    }
    for index in 0..<batch.count {
      if let prediction = samples.prediction(index), let target = samples.target(index) {
        sums.meter.add(
          prediction: prediction, target: target, shape: samples.targetShape, input: samples.comparableInput(index))
      }
      if let preview, preview.wantsMore { preview.add(samples.pictures(index)) }
    }
    sums.samples += batch.count
  }
}

extension BatchLoader {
  /// The next batch. `attend` is called before, and again and again while it is waited for; where it throws, the loader is
  /// of no more use.
  func next(attending attend: () throws -> Void) throws -> Batch? {
    do {
      repeat { try attend() } while !isReady(within: 0.02)
    } catch {
      abandon()
      throw error
    }
    return try next()
  }
}

/// Sums over the batches of an evaluation.
struct EvaluationSums {
  var samples = 0
  var meter: MetricMeter
  private var losses: [Double]
  private let names: [String]

  init(_ settings: TrainingSettings, mapping: ValueMapping) {
    meter = MetricMeter(settings.metrics, mapping: mapping)
    names = settings.losses.map(\.name)
    losses = Array(repeating: 0, count: names.count)
  }

  /// Adds a batch's mean loss, weighted by its samples.
  mutating func add(loss index: Int, value: Double, samples: Int) { losses[index] += value * Double(samples) }

  func evaluation(weight: (Int) -> Double) -> Evaluation {
    let means = losses.map { samples == 0 ? 0 : $0 / Double(samples) }
    let total = means.indices.reduce(0.0) { $0 + (weight($1) == 0 ? 0 : weight($1) * means[$1]) }
    return Evaluation(
      samples: samples, loss: total, losses: zip(names, means).map { Evaluation.Loss(name: $0, value: $1) },
      metrics: meter.values)
  }
}
