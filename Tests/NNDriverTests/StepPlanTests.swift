import NNPlan
import NNTraining
import Testing

@testable import NNDriver
@testable import NNRuntime

/// The plans that a training step is made of: what they share, and that what is said of them is said of all.
@Suite("Plans of a training step") struct StepPlanTests {
  private static let adversarial = """
    nnc: 1
    data: {d: {synthetic: shapes, shape: [16, 16, 3], samples_per_epoch: 32, degrade: [{noise: 0.1}], validation: 10%}}
    networks:
      g: {input: d.input, layers: [conv: {filters: 16, normalization: batch}, conv: {filters: 16}, output: {channels: 3}]}
      critic: {input: [16, 16, 3], layers: [conv: {filters: 8, stride: 2}, dense: {units: 1}]}
    losses:
      pixel: {mse: {prediction: g, target: d.target}}
      adv: {adversarial: {kind: hinge, discriminator: critic, fake: g, real: d.target}, weight: 0.1}
    train:
      steps: 4
      batch_size: 4
      accumulate: 2
      optimizer: adam
      phases: [FIRST, SECOND]

    """
  private static let critic = "{name: critic, update: [critic], losses: [adv.discriminator]}"
  private static let generator = "{name: g, update: [g], losses: [pixel, adv.generator]}"

  private static let perceptual = """
    nnc: 1
    data: {d: {synthetic: shapes, shape: [16, 16, 3], samples_per_epoch: 32, degrade: [{noise: 0.1}], validation: 10%}}
    networks:
      g: {input: d.input, layers: [conv: {filters: 8, activation: relu}, output: {channels: 3}]}
      features: {input: [16, 16, 3], frozen: true, layers: [conv: {filters: 16}, conv: {name: last, filters: 16}]}
    losses:
      feature: {perceptual: {network: features, layers: {last: 1}, prediction: g, target: d.target}, allow: [random-features]}
    train: {steps: 4, batch_size: 4, optimizer: adam, accumulate: 2}

    """

  private func plans(_ text: String) throws -> (checked: CheckedSpec, plans: Plans, steps: StepPlans) {
    let checked = CheckedSpec.check(bytes: Array(text.utf8), path: "s.yaml", kernels: try portableKernels(), threads: 2)
    let plans = try checked.plans()
    return (checked, plans, try #require(plans.steps(batch: plans.trainingBatch)))
  }

  private func adversarial(
    _ first: String, _ second: String
  ) throws -> (
    checked: CheckedSpec, plans: Plans, steps: StepPlans
  ) {
    try plans(Self.adversarial.replacing("FIRST", with: first).replacing("SECOND", with: second))
  }

  @Test("plans that are bound smallest first share one arena, where it was told of all of them")
  func arena() throws {
    let (checked, plans, steps) = try adversarial(Self.critic, Self.generator)
    let session = try Session(checked, plans: plans, threads: 1)
    let sorted = steps.plans.sorted { $0.arena.bytes < $1.arena.bytes }
    try #require(sorted.count == 4 && sorted[0].arena.bytes < sorted[3].arena.bytes)
    let arena = SharedArena()
    arena.expect(sorted)
    let bound = try sorted.map { try session.bind($0, arena: arena) }
    #expect(Set(bound.map { $0.memory.shared.baseAddress }).count == 1)
  }

  @Test("the order of phases changes nothing of what training is said to take, and all of their plans are in it")
  func prediction() throws {
    let one = try adversarial(Self.critic, Self.generator)
    let other = try adversarial(Self.generator, Self.critic)
    let memory = one.plans.trainingMemory(one.steps)
    #expect(other.plans.trainingMemory(other.steps) == memory)
    #expect(memory.arena == one.steps.plans.map(\.arena.bytes).max())
    let session = try Session(one.checked, plans: one.plans, threads: 1)
    let bound = try one.steps.plans.map { try session.bind($0) }
    // All of what plans keep for parameters is in the store by now; plans count it in whole lines of the cache.
    let rest = memory.weights - session.store.byteCount
    #expect((0...session.store.names.count * 4 * Plan.alignment).contains(rest), "\(rest) bytes, \(bound.count) plans")
    #expect(memory.weights < one.steps.plans.reduce(0) { $0 + $1.parameterBytes + $1.stateBytes })
  }

  @Test("training runs the very plans that were made for its check")
  func same() throws {
    let (checked, plans, steps) = try adversarial(Self.critic, Self.generator)
    var session = try Session(checked, plans: plans, threads: 1)
    let made = try session.makeTraining()
    #expect(made.steps == steps)
    for item in made.steps.items { #expect(try session.trainingPlans.train(4, item.part) == item.plan) }
    for plan in made.validation { #expect(try session.trainingPlans.evaluate(plan.batch) == plan) }
  }

  @Test("what is made of frozen weights is held once for all plans, and made once, until these weights change")
  func preparing() throws {
    let (checked, plans, steps) = try plans(Self.perceptual)
    try #require(steps.plans.count == 2)
    let validation = plans.validationPlans(batch: 4)
    func held(_ plan: Plan) -> [PreparedValue] { plan.prepared.map(\.value) }
    func frozen(_ plans: [Plan]) -> [PreparedValue] {
      plans.flatMap(held).filter { $0.parameters.contains { $0.hasPrefix("features.") } }
    }
    let distinct = Set(steps.plans.flatMap(held) + validation.flatMap(held))
    try #require(Set(frozen([steps.plans[0]])) == Set(frozen([steps.plans[1]])) && frozen([steps.plans[0]]).count >= 3)
    var packed = 0
    for case .result(_, _, _, _, let bytes) in distinct { packed += bytes }
    #expect(plans.trainingMemory(steps, validation: validation).packed == packed)
    #expect(packed < (steps.plans + validation).reduce(0) { $0 + $1.retainedBytes })

    let session = try Session(checked, plans: plans, threads: 1)
    try session.initialize(seed: 1)
    let bound = try (steps.plans + validation).map { try session.bind($0) }
    let blocks = Set(bound.flatMap { plan in plan.plan.prepared.map { plan.memory.address($0.id) } })
    #expect(blocks.count == distinct.count)

    var runs = 0
    for plan in bound {
      plan.observer = { plan, step in
        let isFrozen = plan.plan.steps[step].layers.contains { $0.hasPrefix("features.") }
        runs += isFrozen && step < plan.plan.preparingSteps ? 1 : 0
      }
    }
    func step() -> Int {
      runs = 0
      for plan in bound[..<2] {
        session.fill(plan)
        plan.run()
      }
      return runs
    }
    let all = step()
    #expect(all == frozen([steps.plans[0]]).count)
    #expect(step() == 0 && step() == 0)
    let learnt = try session.store.exportTensor("g.conv_1.weight")
    try session.store.importTensor("g.conv_1.weight", learnt)
    #expect(step() == 0)
    let weight = try session.store.exportTensor("features.last.weight")
    try session.store.importTensor("features.last.weight", weight)
    #expect((1..<all).contains(step()))
    #expect(step() == 0)
  }
}
