import NNPlan

extension Plan {
  /// Decides the order of steps: each as the graph has it, but weights are packed just before they are needed and
  /// parameters updated, and gradients measured, as soon as these are complete and nobody reads the old value any more, so
  /// that neither waits in memory. Steps that depend on parameters alone come first, once, where parameters do not change;
  /// those that do the same become one.
  /// A loop's steps stay together. Without `updatesEarly` updates and measures stay where the graph has them.
  mutating func schedule(updatesEarly: Bool = true) {
    var order = ScheduleOrder(self)
    order.moveFirst(stepsOfParametersAlone)
    for id in order.mergeFirst() { self[id].byteCount = 0 }
    order.moveLate(\.kernel.packsWeights)
    if updatesEarly {
      order.moveEarly {
        switch $0.kernel {
        case .update, .trackStatistics, .clampParameter, .movingAverage, .sumOfSquares, .shareAbove: true
        default: false
        }
      }
    }
    (steps, loops) = (order.steps, order.loops)
    preparingSteps = order.preparingSteps
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

  /// Sets each buffer's lifetime from the steps that use it, and from the host where it writes or reads it. What a loop
  /// uses lives through all of its runs, but for what each run makes anew.
  mutating func computeLifetimes() {
    var ranges = [ClosedRange<Int>?](repeating: nil, count: buffers.count)
    func extend(_ id: BufferID, _ steps: ClosedRange<Int>) {
      let old = ranges[id.index] ?? steps
      ranges[id.index] = min(old.lowerBound, steps.lowerBound)...max(old.upperBound, steps.upperBound)
    }
    for port in inputs { extend(port.buffer, -1 ... -1) }
    for (index, step) in steps.enumerated() { (step.inputs + step.writes).forEach { extend($0, index...index) } }
    for port in outputs { extend(port.buffer, steps.count...steps.count) }
    for loop in loops {
      let whole = loop.steps.lowerBound...(loop.steps.upperBound - 1)
      for step in steps[loop.steps] {
        for id in step.inputs where ranges[id.index].map({ $0.lowerBound < whole.lowerBound }) ?? false {
          extend(id, whole)
        }
        for id in step.sums.map({ step.outputs[$0] }) + step.outputs.filter({ self[$0].samples == .batch }) {
          extend(id, whole)
        }
      }
    }
    for (index, range) in ranges.enumerated() { buffers[index].lifetime = range ?? -1 ... -1 }
  }
}

/// Steps in an order that can be changed: single ones, and loops as a whole.
private struct ScheduleOrder {
  /// What is moved.
  private struct Item {
    var steps: [Step]
    /// Buffers that are read, and those that are written.
    var inputs: [BufferID]
    var writes: [BufferID]
    var loop: Loop?

    init(_ step: Step) {
      steps = [step]
      inputs = step.inputs
      writes = step.writes
    }

    init(_ steps: [Step], _ loop: Loop) {
      self.steps = steps
      self.loop = loop
      inputs = Array(Set(steps.flatMap(\.inputs))).sorted()
      writes = Array(Set(steps.flatMap(\.writes))).sorted()
    }

    /// Lets its steps read other buffers.
    mutating func rename(_ buffers: [BufferID: BufferID]) {
      if buffers.isEmpty || !inputs.contains(where: { buffers[$0] != nil }) { return }
      for index in steps.indices { steps[index].inputs = steps[index].inputs.map { buffers[$0] ?? $0 } }
      self = loop.map { Item(steps, $0) } ?? Item(steps[0])
    }

    /// The only step.
    var step: Step? { loop == nil ? steps.first : nil }
  }

  private var items: [Item] = []
  /// How many steps run only once for all runs.
  private(set) var preparingSteps = 0

  init(_ plan: Plan) {
    var index = 0
    for loop in plan.loops {
      items += plan.steps[index..<loop.steps.lowerBound].map { Item($0) }
      items.append(Item(Array(plan.steps[loop.steps]), loop))
      index = loop.steps.upperBound
    }
    items += plan.steps[index...].map { Item($0) }
  }

  /// All steps in order.
  var steps: [Step] { items.flatMap(\.steps) }

  /// The loops at their places.
  var loops: [Loop] {
    var start = 0
    return items.compactMap { item in
      defer { start += item.steps.count }
      guard var loop = item.loop else { return nil }
      loop.steps = start..<start + item.steps.count
      return loop
    }
  }

  /// Moves steps, by their indices, before all others; loops' steps are not among them.
  mutating func moveFirst(_ chosen: Set<Int>) {
    var (first, others): ([Item], [Item]) = ([], [])
    var index = 0
    for item in items {
      if chosen.contains(index), item.loop == nil { first.append(item) } else { others.append(item) }
      index += item.steps.count
    }
    items = first + others
    preparingSteps = first.count
  }

  /// Lets each of the first steps that does what one before it does be that one; gives the buffers that nobody uses then.
  mutating func mergeFirst() -> [BufferID] {
    struct Work: Hashable {
      var kernel: Kernel
      var inputs: [BufferID]
    }
    var known: [Work: Step] = [:]
    var renamed: [BufferID: BufferID] = [:]
    var unused: [BufferID] = []
    var kept: [Item] = []
    for var item in items {
      item.rename(renamed)
      if kept.count < preparingSteps, let step = item.step {
        let work = Work(kernel: step.kernel, inputs: step.inputs)
        if let same = known[work] {
          for (output, other) in zip(step.outputs, same.outputs) { renamed[output] = other }
          unused += step.writes
          preparingSteps -= 1
          continue
        }
        known[work] = step
      }
      kept.append(item)
    }
    items = kept
    return unused
  }

  /// Moves each chosen step to just before the first reader of its results.
  mutating func moveLate(_ isChosen: (Step) -> Bool) {
    var waiting: [BufferID: Item] = [:]
    var order = Array(items[..<preparingSteps])
    for item in items[preparingSteps...] {
      if let step = item.step, isChosen(step), let output = step.outputs.first {
        waiting[output] = item
        continue
      }
      for input in item.inputs { if let needed = waiting.removeValue(forKey: input) { order.append(needed) } }
      order.append(item)
    }
    items = order
  }

  /// Moves each chosen step to just after the last step before it that makes one of its operands or reads what it
  /// overwrites. Chosen steps that use the same buffers keep their order.
  mutating func moveEarly(_ isChosen: (Step) -> Bool) {
    var (lastWrite, lastUse): ([BufferID: Int], [BufferID: Int]) = ([:], [:])
    var following: [Int: [Item]] = [:]
    var others: [Item] = []
    for item in items {
      var place = others.count
      if item.step.map(isChosen) ?? false {
        place = (item.inputs.compactMap { lastWrite[$0] } + item.writes.compactMap { lastUse[$0] }).max() ?? -1
        following[place, default: []].append(item)
      } else {
        others.append(item)
      }
      for buffer in item.inputs { lastUse[buffer] = max(place, lastUse[buffer] ?? place) }
      for buffer in item.writes { (lastWrite[buffer], lastUse[buffer]) = (place, place) }
    }
    items = (following[-1] ?? []) + others.enumerated().flatMap { [$1] + (following[$0] ?? []) }
  }
}
