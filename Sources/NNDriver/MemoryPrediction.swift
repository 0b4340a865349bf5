import NNData
import NNLayers
import NNPlan
import NNTensor
import NNTraining

/// What a process holds at its peak, resident in memory.
public struct MemoryPrediction: Hashable, Sendable {
  /// The program and its libraries, and what reading a spec leaves: measured on x86-64 Linux.
  static let program = 17 << 20
  /// What reading, decoding and writing pictures and weights adds: measured too.
  static let data = 3 << 20

  /// What the plans hold: arena, packed weights, parameters and what is kept for them.
  public var plans: Int
  /// Batches, those that wait among them, and decoded pictures.
  public var samples = 0

  /// All of it.
  public var total: Int { Self.program + plans + samples }
}

extension Plans {
  /// Running one sample.
  public var runningMemory: MemoryPrediction { runningMemory(run(batch: 1)) }

  /// Running by `plan`; the host has its inputs and outputs, too.
  func runningMemory(_ plan: Plan) -> MemoryPrediction {
    let ports = (plan.inputs + plan.outputs).reduce(0) { $0 + $1.type.byteCount }
    return MemoryPrediction(plans: plan.totalBytes, samples: MemoryPrediction.data + 2 * ports)
  }

  /// Training; nil where the spec does not train.
  public var trainingMemory: MemoryPrediction? { train(batch: trainingBatch).map { trainingMemory($0) } }

  /// The same by plans that are there.
  func trainingMemory(_ plans: UsualPlans) -> MemoryPrediction? {
    plans.train.flatMap { plan in plans.evaluate.map { trainingMemory(plan, validation: $0) } }
  }

  /// Training by `plan`, the largest of a step, with validation after each epoch.
  func trainingMemory(_ plan: Plan) -> MemoryPrediction {
    trainingMemory(plan, validation: evaluate(batch: trainingBatch))
  }

  private func trainingMemory(_ plan: Plan, validation: Plan) -> MemoryPrediction {
    let arena = max(plan.arena.bytes, validation.arena.bytes)
    var prediction = MemoryPrediction(plans: plan.totalBytes - plan.arena.bytes + arena + validation.retainedBytes)
    let fields = model.sources.flatMap { facts[$0]?.fields ?? [] }.map { SampleField(name: $0.name, shape: $0.shape) }
    let sample = fields.reduce(0) { $0 + $1.count } * MemoryLayout<Float>.size
    let held = BatchLoader.batchesHeld(fields, batchSize: trainingBatch)
    let sources = model.sources.compactMap { facts[$0] }
    let validated = sources.first.map { max($0.validationSamples ?? 0, 1) } ?? 0
    let batches = held + accumulate - 1 + min(held, (validated - 1) / trainingBatch + 1)
    prediction.samples =
      MemoryPrediction.data + batches * trainingBatch * sample
      + validation.outputs.reduce(0) { $0 + $1.type.byteCount } + sources.reduce(0) { $0 + $1.keptPictureBytes }
      + previewBytes(fields, validation, rows: min(validated, PreviewSheet.sampleLimit))
    return prediction
  }

  /// What drawing a preview takes: each picture enlarged, and all of them on a sheet.
  private func previewBytes(_ fields: [SampleField], _ validation: Plan, rows: Int) -> Int {
    let shapes = fields.map(\.shape) + validation.outputs.map { Array($0.type.shape.dimensions.dropFirst()) }
    let pictures = shapes.filter { $0.count == 3 && [1, 3].contains($0[2]) }
    return pictures.reduce(0) { sum, shape in
      let factor = max(1, (PreviewSheet.minimumSide + min(shape[0], shape[1]) - 1) / min(shape[0], shape[1]))
      let bytes = shape.reduce(1, *) * MemoryLayout<Float>.size
      return sum + rows * (bytes + min(2 * bytes * factor * factor, PreviewSheet.maximumPixels * 8))
    }
  }

  /// The most that running one sample or training takes.
  public var peakMemory: Int { max(runningMemory.total, trainingMemory?.total ?? 0) }
}

extension Plans {
  /// The most samples at a time, of the batch, its half, a quarter and so on, with which training takes at most `limit`
  /// bytes; one where none does, nil where the compiler's own choice does.
  func chunk(within limit: Int) -> Int? {
    guard let memory = trainingMemory, memory.total > limit else { return nil }
    var plans = self
    var chunk = trainingBatch
    while chunk > 1 {
      chunk = (chunk + 1) / 2
      plans.trainingChunk = chunk
      if let memory = plans.trainingMemory, memory.total <= limit { return chunk }
    }
    return 1
  }
}
