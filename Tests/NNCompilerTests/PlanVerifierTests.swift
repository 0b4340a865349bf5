import NNPlan
import NNTensor
import Testing

@testable import NNCompiler

/// Sound plans, each broken in one way that the verifier must find and name.
@Suite("The plan verifier") struct PlanVerifierTests {
  @Test("finds no fault in the plans that others are made of", arguments: SoundPlan.allCases)
  func sound(plan: SoundPlan) throws {
    #expect(PlanVerifier.faults(in: try plan.make()) == [])
  }

  @Test("refuses", arguments: BrokenPlan.places + BrokenPlan.lifetimes + BrokenPlan.loops + BrokenPlan.views)
  func refuses(broken: BrokenPlan) throws {
    let sound = try broken.sound.make()
    var plan = sound
    try broken.change(&plan)
    try #require(plan != sound)
    let faults = PlanVerifier.faults(in: plan)
    #expect(faults.contains { $0.contains(broken.says) }, "\(broken.name): \(faults)")
  }
}

/// Plans without faults.
enum SoundPlan: CaseIterable {
  /// Runs, with weights that are packed once.
  case run
  /// A training step with moving averages, all of five samples at once.
  case whole
  /// The same in loops of two samples and then one, each buffer with bytes of its own.
  case looped
  /// A training step whose concatenations are no steps.
  case joined

  func make() throws -> Plan {
    if self == .joined {
      return trainingPlan(try model(layers: joining, shape: [64, 64, 3], batch: 2, loss: "mse"), batch: 2)
    }
    if self == .run { return runPlan(try model(layers: autoencoder, shape: [16, 16, 3], batch: 2), batch: 2) }
    let model = try model(layers: autoencoder, shape: [16, 16, 3], batch: 5, loss: "mse")
    let names = model.graph.parameters.map(\.name)
    var recipe = TrainingRecipe([
      TrainingPhase(
        name: "train", losses: model.losses.flatMap { $0.parts.map(\.outputName) }, parameters: Set(names),
        optimizer: .adam)
    ])
    for name in names { recipe.averages[name] = TrainingRecipe.Average(slot: 2, phases: ["train"]) }
    var options = CompilerOptions(tiles: tiles)
    (options.chunk, options.reuse) = self == .looped ? (2, false) : (5, true)
    return Compiler(options: options).plan(
      model.trainingGraph, name: "test", purpose: .train, batch: 5, recipe: recipe)
  }
}

/// What is done to a sound plan, and what the verifier says of it.
struct BrokenPlan: Sendable, CustomTestStringConvertible {
  var name: String
  var says: String
  var sound: SoundPlan
  var change: @Sendable (inout Plan) throws -> Void

  init(_ name: String, says: String, _ sound: SoundPlan, change: @escaping @Sendable (inout Plan) throws -> Void) {
    (self.name, self.says, self.sound, self.change) = (name, says, sound, change)
  }

  var testDescription: String { name }
}

// MARK: Places

extension BrokenPlan {
  static let places: [BrokenPlan] = [
    BrokenPlan("a buffer behind the end of the arena", says: "of the arena, which has", .whole) {
      $0[try $0.output("conv")].place = .arena(offset: $0.arena.bytes)
    },
    BrokenPlan("a buffer before the arena's beginning", says: "of the arena, which has", .whole) {
      $0[try $0.output("conv")].place = .arena(offset: -Plan.alignment)
    },
    BrokenPlan("a buffer behind the end of the retained memory", says: "of the retained memory, which has", .run) {
      $0.retainedBytes -= Plan.alignment
    },
    BrokenPlan("a buffer that is not aligned", says: "not multiples of 64", .run) {
      $0[try $0.retained(0)].place = .retained(offset: 4)
    },
    BrokenPlan("a buffer that is shorter than its type", says: "is [5, 16, 16, 3] in", .whole) {
      $0[$0.inputs[0].buffer].byteCount -= Plan.alignment
    },
    BrokenPlan("a parameter that is larger than its place", says: "in the place of", .whole) {
      let id = try #require($0.buffers.firstIndex { $0.place == .parameter(0) })
      $0.buffers[id].type = TensorType([1 << 20])
    },
    BrokenPlan("two buffers of one parameter", says: "has the place of another buffer", .whole) {
      let id = try #require($0.buffers.firstIndex { $0.place == .parameter(1) })
      $0.buffers[id].place = .parameter(0)
    },
    BrokenPlan("two buffers of one tensor of an optimizer", says: "has the place of another buffer", .whole) {
      let id = try #require($0.buffers.firstIndex { $0.place == .state(parameter: 0, slot: 1) })
      $0.buffers[id].place = .state(parameter: 0, slot: 0)
    },
    BrokenPlan("a parameter that there is not", says: "belongs to parameter 99", .whole) {
      let id = try #require($0.buffers.firstIndex { $0.place == .parameter(1) })
      $0.buffers[id].place = .parameter(99)
    },
    BrokenPlan("a scalar that there is not", says: "in scalar 99", .whole) {
      let id = try #require($0.buffers.firstIndex { $0.place == .scalar(slot: 0) })
      $0.buffers[id].place = .scalar(slot: 99)
    },
    BrokenPlan("a host that sees more than there is", says: "the host sees", .whole) {
      $0.inputs[0].type = TensorType([1 << 20])
    },
    BrokenPlan("a host that writes a buffer without a place", says: "the host writes", .whole) {
      $0[$0.inputs[0].buffer].place = .unplaced
    },
    BrokenPlan("a step that reads a buffer without a place", says: "which has no place", .whole) {
      $0[try $0.output("conv")].place = .unplaced
    },
    BrokenPlan("a step that writes what the host sets", says: "which the host sets", .whole) {
      let id = try #require($0.buffers.firstIndex { $0.place == .scalar(slot: 0) })
      $0.steps[try $0.step("conv")].outputs = [BufferID(id)]
    },
  ]
}

// MARK: Lifetimes

extension BrokenPlan {
  static let lifetimes: [BrokenPlan] = [
    BrokenPlan("a step that is left out", says: "before it is made", .whole) {
      $0.steps.remove(at: try $0.step("conv"))
    },
    BrokenPlan("a result over an operand that it may not replace", says: "over its operand", .whole) {
      let step = $0.steps[try $0.step("max_pool")]
      $0[step.outputs[0]].place = $0[step.inputs[0]].place
    },
    BrokenPlan("results of a step over each other", says: "` over `", .whole) {
      let step = try #require($0.steps.first { $0.outputs.count > 1 && $0.inPlace == nil })
      $0[step.outputs[1]].place = $0[step.outputs[0]].place
    },
    BrokenPlan("a buffer over one that is still read", says: "after its bytes were overwritten", .whole) {
      let early = $0[try $0.output("conv")]
      let late = try #require(
        $0.buffers.firstIndex {
          if case .arena = $0.place { $0.lifetime.lowerBound > early.lifetime.lowerBound + 1 } else { false }
        })
      try #require($0.buffers[late].lifetime.lowerBound < early.lifetime.upperBound)
      $0.buffers[late].place = early.place
    },
    BrokenPlan("an output that others overwrite before the host reads it", says: "the host reads", .whole) {
      let output = $0.outputs[0].buffer
      let late = try #require(
        $0.buffers.lastIndex { if case .arena = $0.place { $0.lifetime.lowerBound > 0 } else { false } })
      try #require($0.buffers[late].lifetime.lowerBound > $0[output].lifetime.lowerBound)
      $0.buffers[late].place = $0[output].place
    },
    BrokenPlan("two retained buffers at the same bytes", says: "after its bytes were overwritten", .run) {
      let (first, second) = (try $0.retained(0), try $0.retained(1))
      $0[second].place = $0[first].place
    },
    BrokenPlan("prepared weights in the arena, at bytes of their own", says: "after its bytes were overwritten", .run) {
      let id = try $0.retained(0)
      $0[id].place = .arena(offset: $0.arena.bytes)
      $0.arena.bytes += $0[id].byteCount
    },
    BrokenPlan("preparing steps that overwrite an input", says: "preparing steps write over the input", .run) {
      $0[try $0.retained(0)].place = $0[$0.inputs[0].buffer].place
    },
    BrokenPlan("retained memory that each run writes", says: "which only preparing steps fill", .run) {
      $0.preparingSteps -= 1
    },
    BrokenPlan("a parameter that changes after weights were packed", says: "from which preparing steps", .run) {
      let weight = $0.steps[0].inputs[0]
      $0.steps.append(
        Step(
          kernel: .clampParameter(bound: 1), name: "clamp", inputs: [weight], outputs: [weight], layers: [], flops: 0))
    },
    BrokenPlan("an update before the last reader of the old value", says: "after it is updated", .whole) {
      let update = try #require($0.steps.lastIndex { if case .update = $0.kernel { true } else { false } })
      let weight = $0.steps[update].outputs[0]
      let reader = try #require($0.steps[..<update].lastIndex { $0.inputs.contains(weight) })
      $0.steps.insert($0.steps.remove(at: reader), at: update)
    },
    BrokenPlan("a moving average before the update", says: "before it is updated", .whole) {
      let average = try #require($0.steps.firstIndex { $0.kernel == .movingAverage })
      let weight = $0.steps[average].inputs[0]
      let update = try #require($0.steps[..<average].lastIndex { $0.outputs.contains(weight) })
      $0.steps.insert($0.steps.remove(at: average), at: update)
    },
    BrokenPlan("an update that runs twice", says: "after it is updated", .whole) {
      let update = try #require($0.steps.firstIndex { if case .update = $0.kernel { true } else { false } })
      $0.steps.insert($0.steps[update], at: update)
    },
  ]
}

// MARK: Loops

extension BrokenPlan {
  static let loops: [BrokenPlan] = [
    BrokenPlan("loops that leave samples out", says: "ends at sample 4 of 5", .looped) { $0.loops.removeLast() },
    BrokenPlan("a loop that runs too rarely", says: "not at 2", .looped) { $0.loops[0].count -= 1 },
    BrokenPlan("a loop that runs past the batch", says: "ends at sample 6, the batch at 5", .looped) {
      $0.loops[0].count += 1
    },
    BrokenPlan("a loop with other samples than the next", says: "begins at sample 1, not at 0", .looped) {
      $0.loops[0].first += 1
    },
    BrokenPlan("a loop that never runs", says: "runs 0 times", .looped) { $0.loops[0].count = 0 },
    BrokenPlan("loops that overlap", says: "not among the steps", .looped) {
      $0.loops[1].steps = $0.loops[0].steps.lowerBound..<$0.loops[1].steps.upperBound
    },
    BrokenPlan("more preparing steps than steps", says: "steps prepare", .looped) {
      $0.preparingSteps = $0.steps.count + 1
    },
    BrokenPlan("samples of a run outside of loops", says: "outside of it", .looped) { $0.loops = [] },
    BrokenPlan("samples of another loop's run", says: "which holds samples of another run", .looped) {
      let (main, rest) = ($0.loops[0].steps, $0.loops[1].steps)
      let buffers = $0.buffers
      let isChunk = { (id: BufferID) in buffers[id.index].samples == .chunk }
      let made = try #require($0.steps[main].first { isChunk($0.outputs[0]) }).outputs[0]
      let reader = try #require($0.steps[rest].firstIndex { isChunk($0.inputs[0]) })
      $0.steps[reader].inputs[0] = made
    },
    BrokenPlan("samples that the run before made", says: "which holds samples of another run", .looped) {
      let loop = $0.loops[0].steps
      let buffers = $0.buffers
      let made = try #require($0.steps[loop].first { buffers[$0.outputs[0].index].samples == .chunk }).outputs[0]
      let late = try #require($0.steps[loop].last { buffers[$0.outputs[0].index].samples == .chunk }).outputs[0]
      let first = try #require($0.steps[loop].firstIndex { $0.inputs.contains(made) })
      $0.steps[first].inputs = $0.steps[first].inputs.map { $0 == made ? late : $0 }
    },
    BrokenPlan("a sum that lacks the samples of a loop", says: "after 4 of 5 samples", .looped) {
      let rest = $0.loops[1].steps
      let step = try #require($0.steps[rest].firstIndex { $0.sums == [0] && $0.outputs.count == 1 })
      var other = $0[$0.steps[step].outputs[0]]
      other.place = .arena(offset: $0.arena.bytes)
      $0.arena.bytes += other.byteCount
      $0.buffers.append(other)
      $0.steps[step].outputs[0] = BufferID($0.buffers.count - 1)
    },
    BrokenPlan("a sum whose bytes a run uses for something else", says: "adds to `", .looped) {
      let loop = $0.loops[0].steps
      let buffers = $0.buffers
      let sum = try #require($0.steps[loop].first { $0.sums == [0] }).outputs[0]
      let other = try #require(
        $0.steps[loop].first {
          buffers[$0.outputs[0].index].samples == .chunk
            && buffers[$0.outputs[0].index].byteCount >= buffers[sum.index].byteCount
        }
      ).outputs[0]
      $0[sum].place = $0[other].place
    },
    BrokenPlan("a sum that each run makes anew", says: "neither samples nor a sum", .looped) {
      let step = try #require($0.steps[$0.loops[0].steps].firstIndex { !$0.sums.isEmpty })
      $0.steps[step].sums = []
    },
    BrokenPlan("an update in each run of a loop", says: "in each run of a loop", .looped) {
      let rest = $0.loops[1].steps
      let update = try #require(
        $0.steps[rest.upperBound...].firstIndex { if case .update = $0.kernel { true } else { false } })
      $0.loops[1].steps = rest.lowerBound..<update + 1
    },
  ]
}

extension Plan {
  /// The first step whose name begins so.
  fileprivate func step(_ name: String) throws -> Int {
    try #require(steps.firstIndex { $0.name.hasPrefix(name) })
  }

  /// What that step writes.
  fileprivate func output(_ step: String) throws -> BufferID { steps[try self.step(step)].outputs[0] }

  /// The buffer of the retained memory at an index.
  fileprivate func retained(_ index: Int) throws -> BufferID {
    let all = buffers.indices.filter { if case .retained = buffers[$0].place { true } else { false } }
    return BufferID(try #require(all.dropFirst(index).first))
  }
}
