import NNPlan
import NNTensor

/// How many samples go through a plan's steps at a time: so few that what they need at once stays near the caches, but so
/// many that reading the weights anew for each run takes little of its time.
struct ChunkSize {
  /// What the samples of a run may take at once.
  static let budget = 6 << 20
  /// Floating-point operations in the time that a byte of weights takes to come from memory, times the passes over the
  /// weights of a run: reading them shall take a twentieth of a run's time at most.
  static let operationsPerWeightByte = 7 * 4
  /// Operations in the time that it takes to transform a byte of weights for Winograd's algorithm, as measured in the
  /// discriminator of `Specs/adversarial.yaml`.
  static let operationsPerTransformedByte = 48
  /// Operations in the time that a step takes which reads, or sums up, a byte of a dense layer's weights, as measured on two
  /// threads, which share the way to memory.
  static let operationsPerDenseByte = 20
  /// Such a part of a run's time at most goes there.
  static let leastShare = 20

  /// Samples of a run, at most the batch.
  let chunk: Int

  /// The size for a plan of the whole batch, its steps in this order.
  init(_ plan: Plan, _ timetable: Timetable) {
    let perSample = max(1, plan.mostLiveBytes(timetable) { $0.samples == .batch } / plan.batch)
    let operations = max(1, plan.flops / plan.batch)
    let needed = plan.weightBytes.multipliedSaturated(by: Self.leastShare * Self.operationsPerWeightByte)
    let least = needed == .max ? plan.batch : needed / operations + 1
    let wanted = min(plan.batch, max(Self.budget / perSample, least, 1))
    let runs = (plan.batch + wanted - 1) / wanted
    // Runs of the same size, where that takes less than twice as many; of nearly the same size otherwise.
    let even = (runs..<max(runs + 1, 2 * runs)).first { plan.batch % $0 == 0 } ?? runs
    chunk = (plan.batch + even - 1) / even
  }
}

extension Plan {
  /// Bytes of the parameters that its steps read.
  fileprivate var weightBytes: Int {
    buffers.reduce(0) { sum, buffer in
      if case .parameter = buffer.place { sum + buffer.byteCount } else { sum }
    }
  }

  /// What reading the weights again for each run of its loops costs, in operations, and transforming those that are not
  /// packed once.
  var costOfRuns: Int {
    let weights = weightBytes.multipliedSaturated(by: ChunkSize.operationsPerWeightByte)
    return loops.saturatedSum { loop in
      steps[loop.steps].saturatedSum { costOfWeights($0) }.addingSaturated(weights).multipliedSaturated(by: loop.count)
    }
  }

  /// Whether this takes a twentieth of its time at most.
  var runsAreCheap: Bool { costOfRuns <= flops / ChunkSize.leastShare }

  /// What a step does to its weights each time, besides reading them.
  private func costOfWeights(_ step: Step) -> Int {
    switch step.kernel {
    case .convolution(_, _, _, .winogradUnpacked):
      self[step.inputs[1]].byteCount.multipliedSaturated(by: ChunkSize.operationsPerTransformedByte)
    case .convolution(let problem, _, _, _) where problem.isDense:
      self[step.inputs[1]].byteCount.multipliedSaturated(by: ChunkSize.operationsPerDenseByte)
    case .weightGradient(let problem, _, _) where problem.isDense:
      self[step.outputs[0]].byteCount.multipliedSaturated(by: ChunkSize.operationsPerDenseByte)
    default: 0
    }
  }

  /// The largest sum of bytes of some unplaced buffers that live at the same step.
  fileprivate func mostLiveBytes(_ timetable: Timetable, of isCounted: (Buffer) -> Bool) -> Int {
    var live = LiveBytes(-1...steps.count)
    for index in buffers.indices where buffers[index].place == .unplaced && isCounted(buffers[index]) {
      live.add(buffers[index].byteCount, timetable.lifetimes[index])
    }
    return live.most
  }
}

extension ConvolutionProblem {
  /// Whether each weight is used once for a sample.
  fileprivate var isDense: Bool { inputSize == Size2D(1, 1) && outputSize == Size2D(1, 1) }
}
