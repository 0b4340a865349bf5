import NNPlan
import NNTensor

extension Plan {
  /// Lets each step that depends on parameters alone, where these do not change, and does what one before it does, be that
  /// one.
  mutating func mergeEqualPreparations() {
    struct Work: Hashable {
      var step: Step

      static func == (a: Work, b: Work) -> Bool { a.step.inputs == b.step.inputs && a.step.kernel == b.step.kernel }

      func hash(into hasher: inout Hasher) { hasher.combine(step.inputs) }
    }
    let isChosen = stepsOfParametersAlone
    guard isChosen.contains(true) else { return }
    var known: [Work: Int] = [:]
    var renamed: [BufferID: BufferID] = [:]
    var isDropped = [Bool](repeating: false, count: steps.count)
    for index in steps.indices {
      if !renamed.isEmpty { steps[index] = steps[index].reading(renamed) }
      guard isChosen[index] else { continue }
      let work = Work(step: steps[index])
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
  fileprivate var stepsOfParametersAlone: [Bool] {
    var isConstant = buffers.map { if case .parameter = $0.place { true } else { false } }
    for step in steps { step.forEachWrite { isConstant[$0.index] = false } }
    // Where all are learnt, as mostly in training, there is none.
    if !isConstant.contains(true) { return Array(repeating: false, count: steps.count) }
    return steps.map { step in
      for input in step.inputs where !isConstant[input.index] { return false }
      for output in step.outputs { isConstant[output.index] = true }
      return true
    }
  }

  /// Puts the steps in order, with the lifetimes that buffers have then.
  mutating func arrange(by timetable: Timetable) {
    steps = timetable.order.map { steps[$0] }
    (loops, preparingSteps) = (timetable.loops, timetable.preparingSteps)
    for index in buffers.indices { buffers[index].lifetime = timetable.lifetimes[index] }
  }

  /// Sets each buffer's lifetime from the steps that use it, as they are.
  mutating func computeLifetimes() {
    let lifetimes = Timetable.lifetimes(of: self, Array(steps.indices), loops)
    for index in buffers.indices { buffers[index].lifetime = lifetimes[index] }
  }
}

/// An order of a plan's steps, and how long each buffer is needed in it: all that places in memory depend on.
struct Timetable {
  /// The steps in order, by their indices in the plan.
  let order: [Int]
  /// The loops, by places in this order.
  let loops: [Loop]
  /// How many steps run only once for all runs, before all others.
  let preparingSteps: Int
  /// For each buffer, the places of the first and the last step that use it.
  let lifetimes: [ClosedRange<Int>]

  /// The order and lifetimes that a plan has.
  init(_ plan: Plan) {
    order = Array(plan.steps.indices)
    (loops, preparingSteps) = (plan.loops, plan.preparingSteps)
    lifetimes = plan.buffers.map(\.lifetime)
  }

  /// Decides the order of steps: each as the graph has it, but weights are packed just before they are needed and
  /// parameters updated, and gradients measured, as soon as these are complete and nobody reads the old value any more, so
  /// that neither waits in memory. Steps that depend on parameters alone come first, once, where parameters do not change.
  /// A loop's steps stay together. Without `updatesEarly` updates and measures stay where the graph has them.
  init(scheduling plan: Plan, updatesEarly: Bool) {
    var schedule = ScheduleOrder(plan)
    schedule.moveFirst(plan.stepsOfParametersAlone)
    schedule.moveLate(\.packsWeights)
    if updatesEarly {
      schedule.moveEarly {
        switch $0 {
        case .update, .trackStatistics, .clampParameter, .movingAverage, .sumOfSquares, .shareAbove: true
        default: false
        }
      }
    }
    (order, loops, preparingSteps) = (schedule.steps, schedule.loops, schedule.preparingSteps)
    lifetimes = Timetable.lifetimes(of: plan, order, loops)
  }

  /// The loop that the step at a place belongs to; nil for a step that runs once.
  func loop(at place: Int) -> Loop? { loops.loop(ofStep: place) }

  /// For each buffer, the first and the last of the steps in this order that use it, and the host where it writes or reads
  /// it. What a loop uses lives through all of its runs, but for what each run makes anew. What lies in a buffer keeps it
  /// alive.
  static func lifetimes(of plan: Plan, _ order: [Int], _ loops: [Loop]) -> [ClosedRange<Int>] {
    var lives = Lives(plan)
    for port in plan.inputs { lives.extend(port.buffer, -1, -1) }
    for (place, step) in order.enumerated() { plan.steps[step].forEachUse { lives.extend($0, place, place) } }
    for port in plan.outputs { lives.extend(port.buffer, order.count, order.count) }
    for loop in loops {
      let (start, end) = (loop.steps.lowerBound, loop.steps.upperBound - 1)
      for place in loop.steps {
        let step = plan.steps[order[place]]
        for id in step.inputs where lives.first(plan.root(of: id)) < start { lives.extend(id, start, end) }
        for sum in step.sums { lives.extend(step.outputs[sum], start, end) }
        for id in step.outputs where plan.buffers[id.index].samples == .batch { lives.extend(id, start, end) }
      }
    }
    return lives.ranges
  }

  /// The first and the last use of each buffer.
  private struct Lives {
    private var lives: [(first: Int, last: Int)]
    /// For each buffer, the one that it lies in; -1 for none.
    private let hosts: [Int]

    init(_ plan: Plan) {
      lives = Array(repeating: (.max, .min), count: plan.buffers.count)
      hosts = plan.buffers.map { if case .view(let host, _) = $0.place { host.index } else { -1 } }
    }

    /// A buffer's first use; greater than all places where it has none.
    func first(_ id: BufferID) -> Int { lives[id.index].first }

    /// Lets a buffer, and what it lies in, live from a place to another.
    mutating func extend(_ id: BufferID, _ first: Int, _ last: Int) {
      var index = id.index
      while index >= 0 {
        lives[index] = (min(lives[index].first, first), max(lives[index].last, last))
        index = hosts[index]
      }
    }

    var ranges: [ClosedRange<Int>] { lives.map { $0.first > $0.last ? -1 ... -1 : $0.first...$0.last } }
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

  /// All steps in order, by their indices.
  var steps: [Int] { items.flatMap { $0.steps } }

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

  /// Views count as the buffers that they lie in.
  private func forEachInput(of item: Item, _ body: (BufferID) -> Void) {
    if let loop = item.loop {
      for id in loopInputs[loop] { body(plan.root(of: id)) }
    } else {
      for id in plan.steps[item.steps.lowerBound].inputs { body(plan.root(of: id)) }
    }
  }

  private func forEachWrite(of item: Item, _ body: (BufferID) -> Void) {
    if let loop = item.loop {
      for id in loopWrites[loop] { body(plan.root(of: id)) }
    } else {
      plan.steps[item.steps.lowerBound].forEachWrite { body(plan.root(of: $0)) }
    }
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
    // By buffer, the index of the item that waits for its first reader; -1 for none.
    var waiting = [Int](repeating: -1, count: plan.buffers.count)
    var order = Array(items[..<preparingSteps])
    order.reserveCapacity(items.count)
    for index in preparingSteps..<items.count {
      let item = items[index]
      if item.loop == nil, isChosen(plan.steps[item.steps.lowerBound].kernel),
        let output = plan.steps[item.steps.lowerBound].outputs.first
      {
        waiting[output.index] = index
        continue
      }
      forEachInput(of: item) { input in
        let needed = waiting[input.index]
        if needed < 0 { return }
        waiting[input.index] = -1
        order.append(items[needed])
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
    var others: [Item] = []
    others.reserveCapacity(items.count)
    var moved: [(item: Item, place: Int)] = []
    for item in items {
      var place = others.count + 1
      if item.loop == nil, isChosen(plan.steps[item.steps.lowerBound].kernel) {
        place = 0
        forEachInput(of: item) { place = max(place, lastWrite[$0.index]) }
        forEachWrite(of: item) { place = max(place, lastUse[$0.index]) }
        moved.append((item, place))
      } else {
        others.append(item)
      }
      forEachInput(of: item) { lastUse[$0.index] = max(place, lastUse[$0.index]) }
      forEachWrite(of: item) { (lastWrite[$0.index], lastUse[$0.index]) = (place, place) }
    }
    // Where the next of those that follow each place goes: behind so many others, and all that follow places before.
    var counts = [Int](repeating: 0, count: others.count + 1)
    for (_, place) in moved { counts[place] += 1 }
    var next = counts
    var start = 0
    for place in counts.indices {
      next[place] = start + place
      start += counts[place]
    }
    for (index, item) in others.enumerated() { items[next[index] + counts[index]] = item }
    for (item, place) in moved {
      items[next[place]] = item
      next[place] += 1
    }
  }
}
