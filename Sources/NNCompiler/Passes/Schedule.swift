import NNPlan
import NNTensor

extension Plan {
  /// Decides the order of steps: each as the graph has it, but weights are packed just before they are needed and
  /// parameters updated, and gradients measured, as soon as these are complete and nobody reads the old value any more, so
  /// that neither waits in memory. Steps that depend on parameters alone come first, once, where parameters do not change;
  /// those that do the same become one. A loop's steps stay together. Without `updatesEarly` updates and measures stay where
  /// the graph has them.
  mutating func schedule(updatesEarly: Bool = true) {
    mergeEqual(stepsOfParametersAlone)
    var order = ScheduleOrder(self)
    order.moveFirst(stepsOfParametersAlone)
    order.moveLate(\.packsWeights)
    if updatesEarly {
      order.moveEarly {
        switch $0 {
        case .update, .trackStatistics, .clampParameter, .movingAverage, .sumOfSquares, .shareAbove: true
        default: false
        }
      }
    }
    (steps, loops) = (order.steps, order.loops)
    preparingSteps = order.preparingSteps
    computeLifetimes()
  }

  /// Lets each of the chosen steps, of no loop, that does what one before it does be that one.
  private mutating func mergeEqual(_ isChosen: [Bool]) {
    struct Work: Hashable {
      var kernel: Kernel
      var inputs: [BufferID]
    }
    guard isChosen.contains(true) else { return }
    var known: [Work: Int] = [:]
    var renamed: [BufferID: BufferID] = [:]
    var isDropped = [Bool](repeating: false, count: steps.count)
    for index in steps.indices {
      if !renamed.isEmpty { steps[index] = steps[index].reading(renamed) }
      guard isChosen[index] else { continue }
      let work = Work(kernel: steps[index].kernel, inputs: steps[index].inputs)
      guard let same = known[work] else {
        known[work] = index
        continue
      }
      for (output, other) in zip(steps[index].outputs, steps[same].outputs) { renamed[output] = other }
      for id in steps[index].writes { self[id].byteCount = 0 }
      isDropped[index] = true
    }
    if !renamed.isEmpty { drop(isDropped) }
  }

  /// Drops steps, none of them a loop's.
  private mutating func drop(_ isDropped: [Bool]) {
    var places: [Int] = []
    var kept: [Step] = []
    for (index, step) in steps.enumerated() {
      places.append(kept.count)
      if !isDropped[index] { kept.append(step) }
    }
    for index in loops.indices {
      let range = loops[index].steps
      loops[index].steps = places[range.lowerBound]..<places[range.upperBound - 1] + 1
    }
    steps = kept
  }

  /// The steps that read nothing but parameters that no step writes, and each other's results.
  private var stepsOfParametersAlone: [Bool] {
    var isConstant = [Bool](repeating: false, count: buffers.count)
    for index in buffers.indices { if case .parameter = buffers[index].place { isConstant[index] = true } }
    for index in steps.indices {
      for id in steps[index].outputs { isConstant[id.index] = false }
      if let id = steps[index].workspace { isConstant[id.index] = false }
    }
    return steps.indices.map { index in
      for input in steps[index].inputs where !isConstant[input.index] { return false }
      for output in steps[index].outputs { isConstant[output.index] = true }
      return true
    }
  }

  /// Sets each buffer's lifetime from the steps that use it, and from the host where it writes or reads it. What a loop
  /// uses lives through all of its runs, but for what each run makes anew.
  mutating func computeLifetimes() {
    let never = (first: Int.max, last: Int.min)
    var lives = [(first: Int, last: Int)](repeating: never, count: buffers.count)
    func extend(_ id: BufferID, _ first: Int, _ last: Int) {
      lives[id.index] = (min(lives[id.index].first, first), max(lives[id.index].last, last))
    }
    for port in inputs { extend(port.buffer, -1, -1) }
    for index in steps.indices {
      for id in steps[index].inputs { extend(id, index, index) }
      for id in steps[index].outputs { extend(id, index, index) }
      if let id = steps[index].workspace { extend(id, index, index) }
    }
    for port in outputs { extend(port.buffer, steps.count, steps.count) }
    for loop in loops {
      let (start, end) = (loop.steps.lowerBound, loop.steps.upperBound - 1)
      for index in loop.steps {
        let outputs = steps[index].outputs
        for id in steps[index].inputs where lives[id.index].first < start { extend(id, start, end) }
        for sum in steps[index].sums { extend(outputs[sum], start, end) }
        for id in outputs where buffers[id.index].samples == .batch { extend(id, start, end) }
      }
    }
    for (index, life) in lives.enumerated() {
      buffers[index].lifetime = life.first > life.last ? -1 ... -1 : life.first...life.last
    }
  }
}

/// Steps in an order that can be changed: single ones, and loops as a whole.
private struct ScheduleOrder {
  /// What is moved: steps by their indices.
  private struct Item {
    var steps: Range<Int>
    /// The index of the loop that they are.
    var loop: Int?
  }

  private let plan: Plan
  private var items: [Item] = []
  /// What the steps of each loop read, and what they write.
  private var loopInputs: [[BufferID]] = []
  private var loopWrites: [[BufferID]] = []
  /// How many steps run only once for all runs.
  private(set) var preparingSteps = 0

  init(_ plan: Plan) {
    self.plan = plan
    var index = 0
    for (number, loop) in plan.loops.enumerated() {
      items += (index..<loop.steps.lowerBound).map { Item(steps: $0..<$0 + 1) }
      items.append(Item(steps: loop.steps, loop: number))
      loopInputs.append(Array(Set(plan.steps[loop.steps].flatMap(\.inputs))).sorted())
      loopWrites.append(Array(Set(plan.steps[loop.steps].flatMap(\.writes))).sorted())
      index = loop.steps.upperBound
    }
    items += (index..<plan.steps.count).map { Item(steps: $0..<$0 + 1) }
  }

  /// All steps in order.
  var steps: [Step] {
    var steps: [Step] = []
    steps.reserveCapacity(plan.steps.count)
    for item in items { steps += plan.steps[item.steps] }
    return steps
  }

  /// The loops at their places.
  var loops: [Loop] {
    var start = 0
    return items.compactMap { item in
      defer { start += item.steps.count }
      guard let number = item.loop else { return nil }
      var loop = plan.loops[number]
      loop.steps = start..<start + item.steps.count
      return loop
    }
  }

  private func inputs(of item: Item) -> [BufferID] {
    if let loop = item.loop { return loopInputs[loop] }
    return plan.steps[item.steps.lowerBound].inputs
  }

  private func writes(of item: Item) -> [BufferID] {
    if let loop = item.loop { return loopWrites[loop] }
    let step = item.steps.lowerBound
    return plan.steps[step].workspace.map { plan.steps[step].outputs + [$0] } ?? plan.steps[step].outputs
  }

  /// Moves steps, by their indices, before all others; loops' steps are not among them.
  mutating func moveFirst(_ isChosen: [Bool]) {
    let first = items.filter { $0.loop == nil && isChosen[$0.steps.lowerBound] }
    if first.isEmpty { return }
    items = first + items.filter { $0.loop != nil || !isChosen[$0.steps.lowerBound] }
    preparingSteps = first.count
  }

  /// Moves each chosen step to just before the first reader of its results.
  mutating func moveLate(_ isChosen: (Kernel) -> Bool) {
    var waiting = IDMap<BufferID, Item>()
    var order = Array(items[..<preparingSteps])
    order.reserveCapacity(items.count)
    for item in items[preparingSteps...] {
      if item.loop == nil, isChosen(plan.steps[item.steps.lowerBound].kernel),
        let output = plan.steps[item.steps.lowerBound].outputs.first
      {
        waiting[output] = item
        continue
      }
      if !waiting.isEmpty {
        for input in inputs(of: item) { if let needed = waiting.removeValue(forKey: input) { order.append(needed) } }
      }
      order.append(item)
    }
    items = order
  }

  /// Moves each chosen step to just after the last step before it that makes one of its operands or reads what it
  /// overwrites. Chosen steps that use the same buffers keep their order.
  mutating func moveEarly(_ isChosen: (Kernel) -> Bool) {
    // By buffer, and counted from 1: 0 stands for before all.
    var lastWrite = [Int](repeating: 0, count: plan.buffers.count)
    var lastUse = lastWrite
    var following = [[Item]](repeating: [], count: items.count + 1)
    var others: [Item] = []
    others.reserveCapacity(items.count)
    for item in items {
      let (inputs, writes) = (inputs(of: item), writes(of: item))
      var place = others.count + 1
      if item.loop == nil, isChosen(plan.steps[item.steps.lowerBound].kernel) {
        place = writes.reduce(inputs.reduce(0) { max($0, lastWrite[$1.index]) }) { max($0, lastUse[$1.index]) }
        following[place].append(item)
      } else {
        others.append(item)
      }
      for buffer in inputs { lastUse[buffer.index] = max(place, lastUse[buffer.index]) }
      for buffer in writes { (lastWrite[buffer.index], lastUse[buffer.index]) = (place, place) }
    }
    items = following[0]
    for (index, item) in others.enumerated() {
      items.append(item)
      items += following[index + 1]
    }
  }
}
