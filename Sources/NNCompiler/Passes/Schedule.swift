import NNPlan

extension Plan {
  /// Decides the order of steps: each as the graph has it, but weights are packed just before they are needed and
  /// parameters updated, and gradients measured, as soon as these are complete and nobody reads the old value any more, so
  /// that neither waits in memory. Steps that depend on parameters alone come first, once, where parameters do not change.
  mutating func schedule() {
    moveFirst(stepsOfParametersAlone)
    moveLate { if case .packWeights = $0.kernel { true } else { false } }
    moveEarly {
      switch $0.kernel {
      case .update, .trackStatistics, .clampParameter, .movingAverage, .sumOfSquares, .shareAbove: true
      default: false
      }
    }
    computeLifetimes()
  }

  /// The indices of steps that read nothing but parameters that no step writes, and each other's results.
  private var stepsOfParametersAlone: Set<Int> {
    let written = Set(steps.flatMap(\.writes))
    var constant = Set(
      buffers.indices.filter {
        if case .parameter = buffers[$0].place { !written.contains(BufferID($0)) } else { false }
      })
    var result: Set<Int> = []
    for (index, step) in steps.enumerated() where step.inputs.allSatisfy({ constant.contains($0.index) }) {
      result.insert(index)
      constant.formUnion(step.outputs.map(\.index))
    }
    return result
  }

  private mutating func moveFirst(_ chosen: Set<Int>) {
    steps =
      steps.indices.filter(chosen.contains).map { steps[$0] }
      + steps.indices.filter { !chosen.contains($0) }.map { steps[$0] }
    preparingSteps = chosen.count
  }

  /// Moves each chosen step to just before the first reader of its results.
  private mutating func moveLate(_ isChosen: (Step) -> Bool) {
    var waiting: [BufferID: Step] = [:]
    var order = Array(steps[..<preparingSteps])
    for step in steps[preparingSteps...] {
      if isChosen(step), let output = step.outputs.first {
        waiting[output] = step
        continue
      }
      for input in step.inputs { if let needed = waiting.removeValue(forKey: input) { order.append(needed) } }
      order.append(step)
    }
    steps = order
  }

  /// Moves each chosen step to just after the last step before it that makes one of its operands or reads what it
  /// overwrites. Chosen steps that use the same buffers keep their order.
  private mutating func moveEarly(_ isChosen: (Step) -> Bool) {
    var (lastWrite, lastUse): ([BufferID: Int], [BufferID: Int]) = ([:], [:])
    var following: [Int: [Step]] = [:]
    var others: [Step] = []
    for step in steps {
      var place = others.count
      if isChosen(step) {
        place = (step.inputs.compactMap { lastWrite[$0] } + step.writes.compactMap { lastUse[$0] }).max() ?? -1
        following[place, default: []].append(step)
      } else {
        others.append(step)
      }
      for buffer in step.inputs { lastUse[buffer] = max(place, lastUse[buffer] ?? place) }
      for buffer in step.writes { (lastWrite[buffer], lastUse[buffer]) = (place, place) }
    }
    steps = (following[-1] ?? []) + others.enumerated().flatMap { [$1] + (following[$0] ?? []) }
  }

  /// Sets each buffer's lifetime from the steps that use it, and from the host where it writes or reads it.
  private mutating func computeLifetimes() {
    var ranges = [ClosedRange<Int>?](repeating: nil, count: buffers.count)
    func extend(_ id: BufferID, _ step: Int) {
      let old = ranges[id.index] ?? step...step
      ranges[id.index] = min(old.lowerBound, step)...max(old.upperBound, step)
    }
    for port in inputs { extend(port.buffer, -1) }
    for (index, step) in steps.enumerated() { (step.inputs + step.writes).forEach { extend($0, index) } }
    for port in outputs { extend(port.buffer, steps.count) }
    for (index, range) in ranges.enumerated() { buffers[index].lifetime = range ?? -1 ... -1 }
  }
}
