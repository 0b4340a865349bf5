import NNCompiler
import NNKernels
import NNPlan
import NNRuntime
import NNTensor
import NNText
import NNTraining
import Testing

@testable import NNDriver

@Suite("Tuning") struct TunerTests {
  private static let network = """
    nnc: 1
    data: {shapes: {synthetic: shapes, shape: [16, 16, 3]}}
    network:
      - conv: {filters: 32, activation: relu}
      - conv: {filters: 48, activation: relu}
      - conv: {filters: 32, activation: relu}
      - output: {channels: 3}
    loss: mse
    train: {epochs: 1, batch_size: 2, optimizer: adam}

    """

  private static let adversarial = """
    nnc: 1
    data: {shapes: {synthetic: shapes, shape: [16, 16, 3], degrade: [{noise: 0.1}]}}
    networks:
      generator: {input: shapes.input, layers: [conv: {filters: 16}, output: {channels: 3}]}
      critic: {input: [16, 16, 3], layers: [conv: {filters: 24, stride: 2}, conv: {filters: 1}]}
    losses:
      adv: {adversarial: {kind: vanilla, discriminator: critic, fake: generator, real: shapes.target}}
    train:
      steps: 8
      batch_size: 2
      optimizer: adam
      phases:
        - {name: critic, update: [critic], losses: [adv.discriminator]}
        - {name: generator, update: [generator], losses: [adv.generator]}

    """

  private func plans(_ text: String) throws -> (CheckedSpec, Plans) {
    let checked = CheckedSpec.check(bytes: Array(text.utf8), path: "spec.yaml", kernels: try portableKernels())
    return (checked, try checked.plans())
  }

  /// What a tuner finds where every other way takes half of the time, and a whole run with them so many seconds instead
  /// of 10. Each look at the clock takes a second.
  private func result(wholeRun: Double) throws -> Tuner.Result {
    let plan = try plans(Self.network).1.run(batch: 1)
    let candidates = TuningCandidates(plan, tiles: try portableKernels().tiles)
    #expect(candidates.items.count == 3)
    var seconds = 0.0
    let tuner = Tuner(
      candidates: candidates, seconds: 50,
      clock: {
        seconds += 1
        return seconds
      },
      make: { tuning throws(CommandFailure) in
        TuningRun {
          let costs = candidates.items.map { ($0.name, tuning.choices[$0.name] == nil ? 1 : 0.5) }
          return (tuning.choices.isEmpty ? 10 : wholeRun, Dictionary(costs) { first, _ in first })
        }
      })
    return try tuner.run { _ in }
  }

  @Test("what is faster is kept where the whole plan is faster with it")
  func gain() throws {
    let result = try result(wholeRun: 9)
    #expect(result.changes.count == 3 && result.before == 10 && result.after == 9)
  }

  @Test("nothing is kept where the whole plan is no faster with it", arguments: [10.0, 11])
  func noGain(wholeRun: Double) throws {
    let result = try result(wholeRun: wholeRun)
    #expect(result.changes.isEmpty && result.before == 10 && result.after == 10)
  }

  @Test("Winograd's algorithm without packed weights is one of the ways, in running and in training")
  func unpacked() throws {
    let plans = try plans(Self.network).1
    for plan in [plans.run(batch: 1), try #require(plans.train(batch: 2))] {
      let items = TuningCandidates(plan, tiles: try portableKernels().tiles).items
      // None of three channels, of which tiles of 4×4 are not exact enough.
      let convolutions = items.filter { $0.name.contains("kernel 3×3") && !$0.name.hasPrefix("weights") }
      for item in convolutions where !item.name.contains("×3 →") {
        let isRule = item.title.contains(ConvolutionAlgorithm.winogradUnpacked.suffix)
        #expect(isRule || item.choices.contains { $0.algorithm == .winogradUnpacked }, "\(item.name): \(item.choices)")
      }
    }
  }

  @Test("each plan that steps of alternating phases are made of is one of its parts")
  func parts() throws {
    func parts(_ changes: (String, String)...) throws -> [StepPart] {
      try plans(changes.reduce(Self.adversarial) { $0.replacing($1.0, with: $1.1) }).1.stepParts
    }
    #expect(try parts() == [StepPart([0, 1])])
    #expect(
      try parts(("losses: [adv.generator]", "losses: [adv.generator], every: 2")) == [StepPart([0, 1]), StepPart([0])])
    #expect(
      try parts(("losses: [adv.generator]", "losses: [adv.generator], start: 3 steps, every: 2"))
        == [StepPart([0]), StepPart([0, 1])])
    let collecting = try parts(("batch_size: 2", "batch_size: 2\n  accumulate: 2"))
    #expect(collecting.map(\.phases) == [[0], [0], [1], [1]])
    #expect(collecting.map(\.gradients) == [.collect, .collectAndUpdate, .collect, .collectAndUpdate])
  }

  @Test("the convolutions of all phases are tuned, where they take turns, too")
  func phases() throws {
    let turns = Self.adversarial.replacing("batch_size: 2", with: "batch_size: 2\n  accumulate: 2")
    let (checked, plans) = try plans(turns)
    let session = try Session(checked, plans: plans, threads: 1)
    let report = try session.tune(BenchOptions(), seconds: 0) { _ in }
    var missing: Set<String> = []
    for part in plans.stepParts {
      let plan = try #require(plans.train(batch: 2, part: part))
      missing.formUnion(TuningCandidates(plan, tiles: session.device.kernels.tiles).items.map(\.name))
    }
    #expect(missing.count > 6)
    missing.subtract(report.names)
    #expect(missing.isEmpty)
    guard case .array(let parts)? = report.json["plans"] else { throw CommandFailure.usage("no plans") }
    let names = parts.compactMap { $0["name"]?.string }
    #expect(names.contains { $0.contains("critic") } && names.contains { $0.contains("generator") }, "\(names)")
  }
}
