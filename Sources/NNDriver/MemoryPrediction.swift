import NNData
import NNLayers
import NNPlan
import NNRuntime
import NNTensor
import NNTraining

/// What a process holds at its peak, resident in memory.
public struct MemoryPrediction: Hashable, Sendable {
  /// The program, its libraries and what reading a spec leaves: measured on x86-64 Linux.
  public var program: Int
  /// What plans themselves take, which grows with their steps.
  public var plans: Int
  /// The arena that plans share.
  public var arena: Int
  /// Parameters, and what is kept for them.
  public var weights: Int
  /// Weights as kernels read them, where they are packed once.
  public var packed: Int
  /// What each thread works in.
  public var scratch: Int
  /// How many threads there are.
  public var threads: Int
  /// Batches, those that wait among them, decoded pictures, results, a tensor on its way to a file.
  public var samples = 0

  /// All of it.
  public var total: Int { total(threads: threads) }

  /// All of it, with another number of threads.
  func total(threads: Int) -> Int {
    unavoidable.addingSaturated(plans).addingSaturated(arena).addingSaturated(packed)
      .addingSaturated(threads.multipliedSaturated(by: scratch))
  }

  /// What any plan of the same networks and batches takes at the least.
  var unavoidable: Int { program.addingSaturated(weights).addingSaturated(samples) }
}

extension MemoryPrediction {
  /// The program where it runs a network, and where it evaluates or trains one.
  fileprivate static let running = 20 << 20
  fileprivate static let evaluating = 21 << 20
  fileprivate static let training = 23 << 20

  /// Of plans that run one at a time with the same parameters.
  fileprivate init(_ plans: [Plan], threads: Int, program: Int) {
    arena = plans.map(\.arena.bytes).max() ?? 0
    let shared = SharedBytes(plans)
    packed = shared.prepared
    weights = shared.parameters + shared.states
    scratch = plans.map(\.scratchBytes).max() ?? 0
    self.threads = threads
    self.program = program
    let steps = plans.map(\.steps.count)
    self.plans = steps.reduce(0, +) * Plan.bytesPerStep + (steps.max() ?? 0) * Plan.bytesPerMadeStep
  }
}

extension [Plan] {
  /// Bytes of the largest parameter.
  fileprivate var largestParameterBytes: Int {
    reduce(0) { most, plan in plan.parameters.reduce(most) { Swift.max($0, $1.shape.elementCount * 4) } }
  }
}

extension Plan {
  /// Bytes while parameters are prepared: the largest of those that are given back again, and what preparing steps have in
  /// the arena.
  fileprivate var preparingBytes: Int {
    var (parameter, end) = (0, 0)
    for buffer in buffers {
      switch buffer.place {
      case .parameter: parameter = max(parameter, buffer.byteCount)
      case .arena(let offset) where (0..<preparingSteps).contains(buffer.lifetime.lowerBound):
        end = max(end, offset + buffer.byteCount)
      default: continue
      }
    }
    return (parameter < Memory.mapped ? 0 : parameter) + end
  }
}

extension Plans {
  /// Running one sample.
  public var runningMemory: MemoryPrediction { runningMemory(run(batch: 1)) }

  /// Running by `plan`; the host has its inputs and outputs, too.
  func runningMemory(_ plan: Plan) -> MemoryPrediction {
    var prediction = MemoryPrediction([plan], threads: threads, program: MemoryPrediction.running)
    let ports = 2 * (plan.inputs + plan.outputs).reduce(0) { $0 + $1.type.byteCount }
    prediction.samples = max(ports, plan.preparingBytes - plan.arena.bytes)
    return prediction
  }

  /// Evaluating; nil where the spec has no losses.
  public var evaluatingMemory: MemoryPrediction? {
    model.losses.isEmpty ? nil : evaluatingMemory(by: validationPlans(batch: trainingBatch))
  }

  /// Evaluating by the plans of a validation pass.
  func evaluatingMemory(by validation: [Plan]) -> MemoryPrediction {
    let batch = validation.map(\.batch).max() ?? 1
    var prediction = MemoryPrediction(validation, threads: threads, program: MemoryPrediction.evaluating)
    let count = validationBatches(of: batch)
    // Weights come from a file before there are samples.
    prediction.samples = max(
      batchBytes(count, of: batch) + outputBytes(validation) + max(decodedBytes, metricBytes)
        + sourceFacts.reduce(0) { $0 + $1.heldOutPictureBytes }, validation.largestParameterBytes)
    return prediction
  }

  /// Training; nil where the spec does not train.
  public var trainingMemory: MemoryPrediction? { steps(batch: trainingBatch).map { trainingMemory($0) } }

  /// Training by plans that are there; nil where the spec does not train.
  func trainingMemory(_ plans: UsualPlans) -> MemoryPrediction? {
    plans.train.map { trainingMemory($0, validation: plans.validation) }
  }

  /// Evaluating by plans that are there; nil where the spec has no losses.
  func evaluatingMemory(_ plans: UsualPlans) -> MemoryPrediction? {
    plans.validation.isEmpty ? nil : evaluatingMemory(by: plans.validation)
  }

  /// Training by these plans, with validation after each epoch; `validation` are the plans of that, made where they are not
  /// given.
  func trainingMemory(_ steps: StepPlans, validation: [Plan]? = nil) -> MemoryPrediction {
    let batch = steps.batch
    let validation = validation ?? validationPlans(batch: batch)
    var prediction = MemoryPrediction(steps.plans + validation, threads: threads, program: MemoryPrediction.training)
    if endsEpochs(with: batch) {
      // The same steps on fewer samples, with the same parameters.
      prediction.plans += steps.updating.reduce(0) { $0 + $1.steps.count } * Plan.bytesPerStep
    }
    let batches = batchesHeld(of: batch) + accumulate - 1 + validationBatches(of: batch)
    prediction.samples =
      batchBytes(batches, of: batch) + outputBytes(validation) + keptPictureBytes
      + max(decodedBytes + metricBytes, sheetBytes(validation), steps.plans.largestParameterBytes)
    return prediction
  }

  /// The plans of a validation pass: of a full batch, and of what is left at its end.
  func validationPlans(batch: Int) -> [Plan] {
    if let made = made(batch: batch) { return made.validation }
    let samples = validatedSamples
    let sizes = samples > batch ? [batch, samples % batch].filter { $0 > 0 } : [max(1, samples)]
    return sizes.map { evaluate(batch: $0) }
  }

  /// The most that running one sample or training takes, by plans that are there.
  func peakMemory(_ plans: UsualPlans) -> Int {
    max(plans.run.map { runningMemory($0).total } ?? 0, trainingMemory(plans)?.total ?? 0)
  }
}

// MARK: - Samples

extension Plans {
  private var sourceFacts: [DataFacts] { model.sources.compactMap { facts[$0] } }

  private var fields: [SampleField] {
    sourceFacts.flatMap(\.fields).map { SampleField(name: $0.name, shape: $0.shape) }
  }

  private func batchesHeld(of batch: Int) -> Int { BatchLoader.batchesHeld(fields, batchSize: batch) }

  /// Samples of a validation pass: those held out, or those learnt from where there are none.
  private var validatedSamples: Int {
    sourceFacts.first.map { facts in
      facts.validationSamples.flatMap { $0 > 0 ? $0 : nil } ?? facts.samplesPerEpoch ?? trainingBatch
    } ?? 0
  }

  /// Whether training comes to the end of an epoch, and finds fewer samples there than a batch has.
  private func endsEpochs(with batch: Int) -> Bool {
    guard epochSamples > batch, epochSamples % batch > 0 else { return false }
    guard case .steps(let steps) = settings(TrainingOptions()).length else { return true }
    return steps >= updatesPerEpoch
  }

  private func validationBatches(of batch: Int) -> Int {
    min(batchesHeld(of: batch), (validatedSamples - 1) / batch + 1)
  }

  private func batchBytes(_ count: Int, of batch: Int) -> Int {
    count * batch * fields.reduce(0) { $0 + $1.count } * MemoryLayout<Float>.size
  }

  /// The outputs of a batch, which the host copies.
  private func outputBytes(_ validation: [Plan]) -> Int {
    validation.map { $0.outputs.reduce(0) { $0 + $1.type.byteCount } }.max() ?? 0
  }

  private var keptPictureBytes: Int { sourceFacts.reduce(0) { $0 + $1.keptPictureBytes } }

  /// A picture that is being decoded.
  private var decodedBytes: Int { sourceFacts.map(\.decodedPictureBytes).max() ?? 0 }

  /// What the structural similarity of a sample takes: sums over windows of both pictures.
  private var metricBytes: Int {
    guard spec.metrics.contains(where: { $0.value == .ssim }), let loss = model.losses.leading else { return 0 }
    return 6 * loss.predictionShape.reduce(1, *) * MemoryLayout<Float>.size
  }

  /// What drawing a preview takes: the pictures of its rows as values, and all of them enlarged on a sheet, which is then
  /// written as a file. Enlarging repeats pixels, so the file has hardly more bytes than the pictures had.
  private func sheetBytes(_ validation: [Plan]) -> Int {
    let outputs = validation.first?.outputs.map { Array($0.type.shape.dimensions.dropFirst()) } ?? []
    let shapes = fields.map(\.shape) + outputs
    let pictures = shapes.filter { $0.count == 3 && [1, 3].contains($0[2]) }
    let rows = min(validatedSamples, PreviewSheet.sampleLimit)
    let sheet = SheetLayout(Array(repeating: pictures.map { Size2D($0[0], $0[1]) }, count: rows))
    let values = pictures.reduce(0) { $0 + $1.reduce(1, *) } * MemoryLayout<Float>.size
    let file = rows * pictures.reduce(0) { $0 + $1.reduce(1, *) }
    return rows * values + (sheet?.pixels ?? 0) * 3 + file
  }
}
