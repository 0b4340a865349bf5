import NNTensor

/// Plays the steps of a plan through and finds each that would read something else than what was written for it.
///
/// A run begins with what is learnt, what the host wrote, and what preparing steps left in the retained memory. Nothing else
/// is there: they ran before some run long ago, and between runs other plans have the arena.
struct Playback {
  /// What steps are at: samples of the batch in a run of a loop, or all of them.
  private struct Run {
    var samples: Range<Int>
    /// Counted from 1; 0 outside of loops.
    var number = 0

    var isLoop: Bool { number > 0 }
  }

  private let plan: Plan
  private var arena = ByteOwners()
  private var retained = ByteOwners()
  /// Which channels of a buffer were written, of one in which others lie; its bytes are its own for all of them.
  private var channels: ChannelOwners
  /// For each buffer, how many samples of the batch, from the first on, went into what it holds: all, where a step outside
  /// of loops wrote it. For one with the samples of a run, that run's number. 0 where nothing was written for others to read.
  private var holds: [Int]
  /// For each buffer of a parameter or an optimizer's tensor, how often it was overwritten.
  private var versions: [Int]
  /// The parameters that preparing steps read.
  private var prepared = IDSet<BufferID>()
  private var runs = 0
  private var faults: [String] = []

  /// What goes wrong in a run of a plan, one sentence per fault. Its buffers and loops are where they can be.
  static func faults(in plan: Plan) -> [String] {
    var playback = Playback(plan: plan)
    playback.prepare()
    playback.playRun()
    return playback.faults
  }

  private init(plan: Plan) {
    self.plan = plan
    holds = Array(repeating: 0, count: plan.buffers.count)
    versions = holds
    channels = ChannelOwners(plan)
  }

  private var whole: Run { Run(samples: 0..<plan.batch) }

  /// The preparing steps run once, after the host wrote the inputs of the first run.
  private mutating func prepare() {
    if plan.preparingSteps == 0 { return }
    writeInputs()
    for step in 0..<plan.preparingSteps { play(step, whole) }
    for port in plan.inputs where !isOwner(port.buffer) {
      faults.append("preparing steps write over the input `\(port.name)`")
    }
    arena.clear()
  }

  private mutating func playRun() {
    writeInputs()
    var next = plan.preparingSteps
    for loop in plan.loops {
      for step in next..<loop.steps.lowerBound { play(step, whole) }
      play(loop)
      next = loop.steps.upperBound
    }
    for step in next..<plan.steps.count { play(step, whole) }
    for port in plan.outputs {
      if let fault = readFault(port.buffer, version: nil, whole) { faults.append("the host \(fault)") }
    }
  }

  /// The first run, and a second with the samples of all others: it shows what any of them would.
  private mutating func play(_ loop: Loop) {
    var parts = [loop.run(0)]
    if loop.count > 1 { parts.append(loop.run(1).lowerBound..<loop.run(loop.count - 1).upperBound) }
    for samples in parts {
      runs += 1
      for step in loop.steps { play(step, Run(samples: samples, number: runs)) }
    }
  }

  private mutating func writeInputs() {
    for port in plan.inputs {
      if case .unplaced = plan.buffers[port.buffer.index].place {
        faults.append("the host writes `\(port.name)`, which has no place")
      }
      take(port.buffer, holding: plan.batch)
    }
  }

  // MARK: A step

  private mutating func play(_ index: Int, _ run: Run) {
    let step = plan.steps[index]
    func note(_ fault: String?) { if let fault { faults.append("step \(index) (\(step.name)) \(fault)") } }
    let (inputs, outputs, versions) = (step.inputs, step.outputs, step.versions)
    for operand in inputs.indices {
      note(readFault(inputs[operand], version: operand < versions.count ? versions[operand] : 0, run))
      if index < plan.preparingSteps { prepared.insert(inputs[operand]) }
    }
    for fault in overlaps(in: step) { note(fault) }
    for output in outputs.indices {
      note(writeFault(outputs[output], index, run))
      if run.isLoop { note(loopFault(outputs[output], isSum: step.sums.contains(output), run)) }
    }
    for id in outputs {
      self.versions[id.index] += 1
      take(id, holding: plan.buffers[id.index].samples == .chunk ? run.number : run.samples.upperBound)
    }
    if let workspace = step.workspace {
      note(writeFault(workspace, index, run))
      take(workspace, holding: 0)
    }
  }

  private func name(_ id: BufferID) -> String { plan.buffers[id.index].name }

  /// Why `id` does not hold what was written to be read, if so; `version` is how often what lasts from run to run was
  /// overwritten by then, nil where that does not matter.
  private func readFault(_ id: BufferID, version: Int?, _ run: Run) -> String? {
    guard let held = held(id) else { return "reads `\(name(id))` after its channels were overwritten" }
    switch plan[channels.root(of: id)].place {
    case .scalar: return nil
    case .unplaced, .view: return "reads `\(name(id))`, which has no place"
    case .parameter, .state:
      guard let version, version != versions[id.index] else { return nil }
      return "reads `\(name(id))` \(version < versions[id.index] ? "after" : "before") it is updated"
    case .arena, .retained:
      if held == 0 { return "reads `\(name(id))` before it is made" }
      if !isOwner(id) { return "reads `\(name(id))` after its bytes were overwritten" }
      let samples = plan.buffers[id.index].samples
      if samples == .chunk {
        return held == run.number ? nil : "reads `\(name(id))`, which holds samples of another run"
      }
      let needed = run.isLoop && samples == .batch ? run.samples.upperBound : plan.batch
      return held >= needed ? nil : "reads `\(name(id))` after \(held) of \(needed) samples"
    }
  }

  /// Why a step may not write `id`, if so.
  private func writeFault(_ id: BufferID, _ index: Int, _ run: Run) -> String? {
    if !run.isLoop, plan.buffers[id.index].samples == .chunk {
      return "writes `\(name(id))`, samples of a loop, outside of it"
    }
    switch plan[channels.root(of: id)].place {
    case .arena: return nil
    case .scalar: return "writes `\(name(id))`, which the host sets"
    case .unplaced, .view: return "writes `\(name(id))`, which has no place"
    case .retained:
      return index < plan.preparingSteps ? nil : "writes `\(name(id))`, which only preparing steps fill"
    case .parameter, .state:
      if run.isLoop { return "overwrites `\(name(id))` in each run of a loop" }
      let isRead = index < plan.preparingSteps || prepared.contains(id)
      return isRead ? "overwrites `\(name(id))`, from which preparing steps made others" : nil
    }
  }

  /// Why a run of a loop cannot add its samples to `id`, if so: what others made of the samples before must be there still.
  private func loopFault(_ id: BufferID, isSum: Bool, _ run: Run) -> String? {
    let samples = plan.buffers[id.index].samples
    guard samples == .batch || isSum else {
      return samples == .chunk ? nil : "writes `\(name(id))` in a loop, neither samples nor a sum of them"
    }
    if run.samples.lowerBound == 0 { return nil }
    if isOwner(id), held(id) == run.samples.lowerBound { return nil }
    return "adds to `\(name(id))`, which does not hold the \(run.samples.lowerBound) samples before"
  }

  // MARK: Bytes

  private mutating func take(_ id: BufferID, holding held: Int) {
    holds[id.index] = held
    let root = channels.root(of: id)
    if channels.knows(id) {
      if !isOwner(root) { channels.clear(around: id) }
      channels.give(id, holding: held)
    }
    let bytes = plan.buffers[root.index].byteCount
    if bytes == 0 { return }
    switch plan.buffers[root.index].place {
    case .arena(let start): arena.give(start, bytes, to: root)
    case .retained(let start): retained.give(start, bytes, to: root)
    default: return
    }
  }

  /// What was written of all of a buffer's numbers; nil where some of them are others' by now.
  private func held(_ id: BufferID) -> Int? { channels.knows(id) ? channels.held(id) : holds[id.index] }

  /// Whether the bytes of `id` still are those that were written to it.
  private func isOwner(_ id: BufferID) -> Bool {
    let root = channels.root(of: id)
    return switch plan.buffers[root.index].place {
    case .arena(let start): arena.isOwner(root, at: start)
    case .retained(let start): retained.isOwner(root, at: start)
    default: true
    }
  }

  /// Outputs that lie over inputs or each other, other than the pair that may.
  private func overlaps(in step: Step) -> [String] {
    if step.outputs.count == 1, step.workspace == nil, !step.inputs.contains(where: { overlap($0, step.outputs[0]) }) {
      return []
    }
    var faults: [String] = []
    let writes = step.writes
    for (o, output) in writes.enumerated() {
      for (i, input) in step.inputs.enumerated() where overlap(input, output) {
        let allowed =
          step.inPlace == InPlace(input: i, output: o) && plan[input].place == plan[output].place
          && plan[input].byteCount == plan[output].byteCount
        if !allowed { faults.append("writes `\(plan[output].name)` over its operand `\(plan[input].name)`") }
      }
      for other in writes[(o + 1)...] where overlap(other, output) {
        faults.append("writes `\(plan[output].name)` over `\(plan[other].name)`")
      }
    }
    return faults
  }

  private func overlap(_ a: BufferID, _ b: BufferID) -> Bool {
    if let overlap = channels.overlap(a, b) { return overlap }
    let (a, b) = (channels.root(of: a), channels.root(of: b))
    return switch (plan.buffers[a.index].place, plan.buffers[b.index].place) {
    case (.arena(let x), .arena(let y)), (.retained(let x), .retained(let y)):
      x < y + plan.buffers[b.index].byteCount && y < x + plan.buffers[a.index].byteCount
    default: false
    }
  }
}
