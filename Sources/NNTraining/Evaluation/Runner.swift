import NNRuntime

/// Runs a network that has one input and one output on any number of samples.
public final class Runner {
  /// The shape of a sample that goes in, without the batch: `[H, W, C]` or `[F]`.
  public let inputShape: [Int]
  /// The shape of what comes out.
  public let outputShape: [Int]
  private let plans: PlanCache
  private let batchSize: Int

  /// `plans` gives the plan that runs a batch of this many samples; up to `batchSize` go through at a time.
  public init(plans: @escaping PlanMaker, batchSize: Int, store: ParameterStore, device: Device) throws {
    self.plans = PlanCache(plans, store: store, device: device)
    self.batchSize = max(1, batchSize)
    let plan = try translating { [plans = self.plans] in try plans.plan(batch: 1).bound.plan }
    precondition(
      plan.inputs.count == 1 && plan.outputs.count == 1, "a plan with \(plan.inputs.count) inputs to run")
    inputShape = Array(plan.inputs[0].type.shape.dimensions.dropFirst())
    outputShape = Array(plan.outputs[0].type.shape.dimensions.dropFirst())
  }

  /// The outputs for whole samples, NHWC, one after the other; as many come out as went in.
  public func predict(_ values: [Float]) throws -> [Float] {
    let sample = inputShape.reduce(1, *)
    guard values.count % sample == 0 else {
      throw TrainingFailure.sampleSize(values: values.count, perSample: sample)
    }
    let count = values.count / sample
    var results: [Float] = []
    results.reserveCapacity(count * outputShape.reduce(1, *))
    for first in stride(from: 0, to: count, by: batchSize) {
      let batch = min(batchSize, count - first)
      let range = first * sample..<(first + batch) * sample
      results += try translating { try run(values[range], batch: batch) }
    }
    return results
  }

  private func run(_ values: ArraySlice<Float>, batch: Int) throws -> UnsafeBufferPointer<Float> {
    let plan = try plans.plan(batch: batch).bound
    _ = plan.input(plan.plan.inputs[0].name).update(fromContentsOf: values)
    plan.run()
    return plan.output(plan.plan.outputs[0].name)
  }
}
