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

  /// Samples of a run, at most the batch.
  let chunk: Int

  /// The size for a plan of the whole batch, its steps in this order.
  init(_ plan: Plan, _ timetable: Timetable) {
    let perSample = max(1, plan.mostLiveBytes(timetable) { $0.samples == .batch } / plan.batch)
    let operations = max(1, plan.flops / plan.batch)
    let needed = plan.weightBytes.multipliedSaturated(by: 20 * Self.operationsPerWeightByte)
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

  /// What reading the weights again for each run of its loops costs, in operations.
  var costOfRuns: Int {
    loops.reduce(0) { $0 + $1.count }.multipliedSaturated(by: weightBytes)
      .multipliedSaturated(by: ChunkSize.operationsPerWeightByte)
  }

  /// The largest sum of bytes of some unplaced buffers that live at the same step.
  fileprivate func mostLiveBytes(_ timetable: Timetable, of isCounted: (Buffer) -> Bool) -> Int {
    var changes = [Int](repeating: 0, count: steps.count + 3)
    for index in buffers.indices where buffers[index].place == .unplaced && isCounted(buffers[index]) {
      changes[timetable.lifetimes[index].lowerBound + 1] += buffers[index].byteCount
      changes[timetable.lifetimes[index].upperBound + 2] -= buffers[index].byteCount
    }
    var (live, most) = (0, 0)
    for change in changes {
      live += change
      most = max(most, live)
    }
    return most
  }
}
