import NNRuntime

/// Runs a network that has one output on any number of samples.
public final class Runner {
  /// The inputs' names.
  public let inputNames: [String]
  /// The shapes of what goes into each, without the batch: `[H, W, C]` or `[F]`.
  public let inputShapes: [[Int]]
  /// The shape of what comes out.
  public let outputShape: [Int]
  private let plans: PlanCache
  private let batchSize: Int

  /// `plans` gives the plan that runs a batch of this many samples; up to `batchSize` go through at a time.
  public init(plans: @escaping PlanMaker, batchSize: Int, store: ParameterStore, device: Device) throws {
    let plan = try translating { try plans(1) }
    // The plan for one sample is there already.
    self.plans = PlanCache({ $0 == 1 ? plan : try plans($0) }, store: store, device: device)
    self.batchSize = max(1, batchSize)
    precondition(
      plan.inputs.count >= 1 && plan.outputs.count == 1, "a plan with \(plan.outputs.count) outputs to run")
    inputNames = plan.inputs.map(\.name)
    inputShapes = plan.inputs.map { Array($0.type.shape.dimensions.dropFirst()) }
    outputShape = Array(plan.outputs[0].type.shape.dimensions.dropFirst())
  }

  /// The shape of a sample of the first input.
  public var inputShape: [Int] { inputShapes[0] }

  /// The outputs for whole samples of the only input, NHWC, one after the other; as many come out as went in.
  public func predict(_ values: [Float]) throws -> [Float] { try predict(inputs: [values]) }

  /// The same for several inputs, with as many samples of each.
  public func predict(inputs values: [[Float]]) throws -> [Float] {
    precondition(values.count == inputShapes.count, "\(values.count) inputs for a plan with \(inputShapes.count)")
    let sizes = inputShapes.map { $0.reduce(1, *) }
    let count = values[0].count / sizes[0]
    for (values, size) in zip(values, sizes) where values.count != count * size {
      throw TrainingFailure.sampleSize(values: values.count, perSample: size)
    }
    var results: [Float] = []
    results.reserveCapacity(count * outputShape.reduce(1, *))
    for first in stride(from: 0, to: count, by: batchSize) {
      let batch = min(batchSize, count - first)
      let parts = zip(values, sizes).map { $0[first * $1..<(first + batch) * $1] }
      results += try translating { try run(parts, batch: batch) }
    }
    return results
  }

  private func run(_ values: [ArraySlice<Float>], batch: Int) throws -> UnsafeBufferPointer<Float> {
    let plan = try plans.plan(batch: batch).bound
    for (name, values) in zip(inputNames, values) { _ = plan.input(name).update(fromContentsOf: values) }
    plan.run()
    return plan.output(plan.plan.outputs[0].name)
  }
}
