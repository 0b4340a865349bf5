import NNPlan
import NNTensor

/// Which of the values that could lie within others do, from the fewest copies on.
enum ViewChoice: CaseIterable {
  /// All: nothing is copied that need not be.
  case all
  /// All operands of concatenations; of a gradient's parts the one that is read up first, so that the gradient lives no
  /// longer than without.
  case briefParts
  /// Of a concatenation's operands, too, only the one that is made last.
  case brief
}

extension Plan {
  /// Whether a step only puts channels together, or takes some out.
  var copiesChannels: Bool { steps.contains(where: \.copiesChannels) }

  /// The same with operands of concatenations written where their results are, and parts of gradients read where these
  /// are, if all steps that write or read them can; nil where nothing changes. A concatenation whose operands all lie in
  /// its result is no step any more; where only some do, a step copies each of the others.
  func joiningViews(_ choice: ViewChoice) -> Plan? {
    var finder = ViewFinder(self, choice)
    return finder.joined()
  }
}

private struct ViewFinder {
  /// What becomes of a step that copies channels.
  private enum Fate {
    case goes
    /// Each of the operands at these places is copied.
    case copies([Int])
  }

  private var plan: Plan
  private let choice: ViewChoice
  /// For each buffer, how many steps write it, the last of them, and the last that reads it; -1 where there is none.
  private var writers: [Int]
  private var lastWrite: [Int]
  private var lastRead: [Int]
  /// Whether the host sees a buffer, or a step that knows no views writes or reads it.
  private var isFixed: [Bool]
  private var copiers: [BufferID: [Int]] = [:]
  private var fates: [Int: Fate] = [:]

  init(_ plan: Plan, _ choice: ViewChoice) {
    (self.plan, self.choice) = (plan, choice)
    let none = [Int](repeating: -1, count: plan.buffers.count)
    (lastWrite, lastRead) = (none, none)
    writers = Array(repeating: 0, count: none.count)
    isFixed = plan.buffers.map { $0.place != .unplaced || $0.isReshaped }
    for port in plan.inputs + plan.outputs { isFixed[port.buffer.index] = true }
    for (index, step) in plan.steps.enumerated() { note(step, index) }
  }

  private mutating func note(_ step: Step, _ index: Int) {
    for (place, id) in step.inputs.enumerated() {
      lastRead[id.index] = index
      if !step.kernel.readsViews(at: place) { isFixed[id.index] = true }
    }
    for (place, id) in step.outputs.enumerated() {
      writers[id.index] += 1
      lastWrite[id.index] = index
      if !step.kernel.writesViews(at: place) { isFixed[id.index] = true }
    }
    if let workspace = step.workspace { isFixed[workspace.index] = true }
    if step.copiesChannels { copiers[step.outputs[0], default: []].append(index) }
  }

  mutating func joined() -> Plan? {
    for (index, step) in plan.steps.enumerated() where step.copiesChannels && fates[index] == nil {
      // All that write the result do the same, each in its loop.
      let result = step.outputs[0]
      guard let all = copiers[result], all[0] == index, all.count == writers[result.index],
        all.allSatisfy({ plan.steps[$0].kernel == step.kernel && plan.steps[$0].inputs == step.inputs })
      else { continue }
      if case .slice(let start, _) = step.kernel { slice(all, step.inputs[0], start, result) } else { join(all, step) }
    }
    return fates.isEmpty || emptiesALoop ? nil : applied()
  }

  // MARK: What can be

  private func canBeView(_ id: BufferID, of host: BufferID, at channel: Int) -> Bool {
    let (own, other) = (plan[id], plan[host])
    let (shape, outer) = (own.type.shape, other.type.shape)
    guard !isFixed[id.index], own.place == .unplaced, own.byteCount > 0, id != host, plan.root(of: host) != id,
      shape.rank == outer.rank, shape.rank > 1, own.type.element == other.type.element, own.samples == other.samples,
      channel + own.channels <= other.channels
    else { return false }
    for dimension in 0..<shape.rank - 1 where shape[dimension] != outer[dimension] { return false }
    switch own.type.element {
    case .float32: return true
    // Two numbers share a word.
    case .bfloat16: return (channel | own.channels | other.channels) % 2 == 0
    default: return false
    }
  }

  /// The operands of a concatenation.
  private mutating func join(_ steps: [Int], _ step: Step) {
    let result = step.outputs[0]
    guard !plan[result].isParameterLike else { return }
    let latest = step.inputs.map { lastWrite[$0.index] }.max() ?? -1
    var (channel, copied): (Int, [Int]) = (0, [])
    for (place, id) in step.inputs.enumerated() {
      if choice != .brief || lastWrite[id.index] == latest, canBeView(id, of: result, at: channel) {
        plan[id].place = .view(of: result, channel: channel)
      } else {
        copied.append(place)
      }
      channel += plan.channels(of: id, in: result)
    }
    if copied.count == step.inputs.count { return }
    for index in steps { fates[index] = copied.isEmpty ? .goes : .copies(copied) }
  }

  /// A part of a gradient.
  private mutating func slice(_ steps: [Int], _ whole: BufferID, _ start: Int, _ part: BufferID) {
    guard !plan[whole].isReshaped, !plan[whole].isParameterLike, canBeView(part, of: whole, at: start) else { return }
    if choice != .all, lastRead[part.index] != firstEnd(ofPartsOf: whole) { return }
    plan[part].place = .view(of: whole, channel: start)
    for index in steps { fates[index] = .goes }
  }

  /// The last reader of that part of a gradient which is read up first.
  private func firstEnd(ofPartsOf whole: BufferID) -> Int {
    plan.steps.reduce(Int.max) { first, step in
      guard case .slice = step.kernel, step.inputs[0] == whole else { return first }
      return min(first, lastRead[step.outputs[0].index])
    }
  }

  /// Whether a loop would be left without steps.
  private var emptiesALoop: Bool {
    plan.loops.contains { loop in
      loop.steps.allSatisfy { if case .goes = fates[$0] { true } else { false } }
    }
  }

  // MARK: What becomes of the steps

  private mutating func applied() -> Plan {
    var (kept, starts): ([Step], [Int]) = ([], [])
    var parts: [BufferID: [BufferID]] = [:]
    for (index, step) in plan.steps.enumerated() {
      starts.append(kept.count)
      switch fates[index] {
      case .goes: continue
      case .copies(let places): kept += copies(places, step, &parts)
      case nil: kept.append(adjusted(step))
      }
    }
    starts.append(kept.count)
    for index in plan.loops.indices {
      let range = plan.loops[index].steps
      plan.loops[index].steps = starts[range.lowerBound]..<starts[range.upperBound]
    }
    plan.steps = kept
    return plan
  }

  /// A copy of each of these operands into its part of the result, which all loops share.
  private mutating func copies(_ places: [Int], _ step: Step, _ parts: inout [BufferID: [BufferID]]) -> [Step] {
    let result = step.outputs[0]
    let targets = parts[result] ?? places.map { part(of: result, for: $0, of: step) }
    parts[result] = targets
    return zip(places, targets).map { place, target in
      var copy = step
      copy.kernel = .slice(start: 0, count: plan[target].channels)
      (copy.inputs, copy.outputs) = ([step.inputs[place]], [target])
      copy.versions = step.versions.isEmpty ? [] : [step.versions[place]]
      return copy
    }
  }

  private mutating func part(of result: BufferID, for place: Int, of step: Step) -> BufferID {
    let channels = step.inputs[...place].map { plan.channels(of: $0, in: result) }
    var part = plan[result]
    part.type.shape[part.type.shape.rank - 1] = channels[place]
    part.place = .view(of: result, channel: channels[..<place].reduce(0, +))
    (part.isReshaped, part.byteCount) = (false, Plan.aligned(part.type.byteCount))
    plan.buffers.append(part)
    return BufferID(plan.buffers.count - 1)
  }

  /// A step whose result takes no view's place, and no view takes an operand's: of two alike that may be the other one.
  private func adjusted(_ step: Step) -> Step {
    guard let pair = step.inPlace else { return step }
    func isFree(_ pair: InPlace) -> Bool {
      !plan.isView(step.inputs[pair.input]) && !plan.isView(step.outputs[pair.output])
    }
    if isFree(pair) { return step }
    var changed = step
    changed.inPlace = nil
    switch step.kernel {
    case .add, .multiply:
      let other = InPlace(input: 1 - pair.input, output: pair.output)
      if isFree(other) { changed.inPlace = other }
    default: break
    }
    return changed
  }
}

extension Plan {
  /// Channels of a concatenation's operand, which may have another shape, and room for other samples.
  fileprivate func channels(of id: BufferID, in result: BufferID) -> Int {
    func perSample(_ id: BufferID) -> Int {
      let shape = self[id].type.shape
      return self[id].samples == .none ? shape.elementCount : shape.elementCount / shape[0]
    }
    return perSample(id) / (perSample(result) / self[result].channels)
  }
}

extension Step {
  /// Whether it only puts channels together, or takes some out.
  fileprivate var copiesChannels: Bool {
    switch self.kernel {
    case .concatenate, .slice: true
    default: false
    }
  }
}

extension Buffer {
  /// Whether its bytes are not the arena's.
  fileprivate var isParameterLike: Bool {
    switch place {
    case .unplaced, .view: false
    default: true
    }
  }
}
