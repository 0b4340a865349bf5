import NNDriver
import NNKernels
import NNLayers
import NNPlan
import NNReference
import NNRuntime
import NNSpec
import NNTensor
import Testing

@testable import NNCompiler
@testable import NNDriver
@testable import NNTraining

/// A training run in phases, held against a PyTorch loop over the same networks and batches.
@Suite struct PhaseAgreementTests {
  static let names = ((try? ReferenceSet(group: "phases").phases) ?? []).map(\.name)

  @Test(arguments: names, Variant.plans(KernelTable.available[0]))
  func `two alternating phases follow a PyTorch loop`(_ name: String, _ variant: Variant) throws {
    let record = try #require(try ReferenceSet(group: "phases").phases.first { $0.name == name })
    var run = try PhaseRun(record, variant)
    let steps = try #require(record.field("steps").flatMap { Int($0) })
    for step in 1...steps {
      let computed = try run.step(step)
      #expect(computed.contains("pixel"))
      for (loss, value) in run.losses where computed.contains(loss) {
        let expected = try #require(record.results["losses.\(loss)"]).values[step - 1]
        #expect(abs(value - expected) <= 1e-4 * max(abs(expected), 0.01), "\(loss) at \(step): \(value), \(expected)")
      }
      for loss in run.losses.keys where !computed.contains(loss) {
        #expect(record.results["losses.\(loss)"]?.values[step - 1] == 0, "\(loss) at \(step) should be computed")
      }
    }
    try run.compareFinalValues(record)
  }

  @Test(arguments: names, [0, 1])
  func `a phase leaves the weights of all that it does not update as they are, bit for bit`(
    _ name: String, _ phase: Int
  ) throws {
    let record = try #require(try ReferenceSet(group: "phases").phases.first { $0.name == name })
    var run = try PhaseRun(record, Variant(kernels: try KernelTable.chosen(), isOptimized: true))
    let before = try run.values()
    try run.run([phase], step: 1)
    let updated = phase == 0 ? "critic." : "generator."
    let changed = try run.values().filter { $1 != before[$0] }.map(\.key)
    #expect(changed.allSatisfy { $0.hasPrefix(updated) }, "\(changed)")
    #expect(changed.contains("\(updated)conv_1.weight"))
  }

  @Test func `there are references of every kind of adversarial loss`() throws {
    let text = try ReferenceSet(group: "phases").phases.flatMap { $0.fields["yaml"] ?? [] }.joined(separator: "\n")
    for kind in AdversarialKind.allCases where kind != .vanilla { #expect(text.contains("kind: \(kind)")) }
    #expect(PhaseAgreementTests.names.count >= 7)
  }
}

/// A run of a reference's spec, plan by plan, as the trainer makes it.
private struct PhaseRun {
  private let plans: Plans
  private let settings: TrainingSettings
  private let numbers: Numbers
  private let variant: Variant
  private let record: ReferenceRecord
  private let store = ParameterStore()
  private let batch: Int
  private var bound: [[Int]: BoundPlan] = [:]
  /// The losses as they were last computed, by name.
  var losses: [String: Double] = [:]

  init(_ record: ReferenceRecord, _ variant: Variant) throws {
    self.record = record
    self.variant = variant
    let text = (record.fields["yaml"] ?? []).joined(separator: "\n") + "\n"
    let facts = [
      "photos": DataFacts(fields: [
        .init(name: "input", shape: [8, 8, 3]), .init(name: "target", shape: [16, 16, 3]),
      ])
    ]
    batch = try #require(record.field("batch").flatMap { Int($0) })
    let reading = SpecReader.read(text: text, path: "reference.yaml")
    let spec = try #require(reading.spec)
    let model = ModelBuilder.build(spec, facts: facts, batch: 1)
    let errors = (reading.diagnostics.sorted + model.diagnostics.sorted).filter { $0.severity == .error }
    try #require(errors.isEmpty, "\(errors.map(\.message))\n\(text)")
    plans = Plans(spec: spec, facts: facts, model: model, options: variant.compiler.options)
    settings = plans.settings(TrainingOptions())
    numbers = Numbers(settings, batchesPerEpoch: 10)
    try store.add(model.graph.parameters)
    for parameter in model.graph.parameters {
      try store.importTensor(parameter.name, record.generated(parameter.name).floats)
    }
    if let average = settings.average { try store.startAverages(average.slots) }
  }

  /// Makes a step; gives the names of the losses that it computed.
  mutating func step(_ step: Int) throws -> [String] {
    let active = numbers.activePhases(step: step)
    let plan = try run(active, step: step)
    let computed = Set(active.flatMap { settings.phases[$0].losses })
    for index in settings.losses.indices {
      let value = computed.contains(index) ? settings.losses[index].value { plan.output($0).first } : 0
      losses[settings.losses[index].name] = value
    }
    return computed.map { settings.losses[$0].name }
  }

  /// Runs the plan of these phases with the batch and the numbers of a step.
  @discardableResult mutating func run(_ active: [Int], step: Int) throws -> BoundPlan {
    let plan = try self.plan(active)
    for name in plan.plan.scalars {
      plan.set(scalar: name, numbers.value(try #require(numbers.meaning(name), "\(name)"), step: step))
    }
    plan.set(seed: 1, step: step)
    try plan.run([
      "photos.input": record.generated("input.\(step)"), "photos.target": record.generated("target.\(step)"),
    ])
    return plan
  }

  /// All parameters as they are.
  func values() throws -> [String: [Float]] {
    try store.names.reduce(into: [:]) { $0[$1] = try store.exportTensor($1) }
  }

  private mutating func plan(_ phases: [Int]) throws -> BoundPlan {
    if let present = bound[phases] { return present }
    let plan = try #require(plans.train(batch: batch, part: StepPart(phases)))
    let pool = try ThreadPool(threadCount: 1)
    let made = try BoundPlan(plan, store: store, pool: pool, kernels: variant.kernels, poison: true)
    bound[phases] = made
    return made
  }

  func compareFinalValues(_ record: ReferenceRecord) throws {
    var count = 0
    for (name, expected) in record.results {
      if name.hasPrefix("final.") {
        let values = try store.exportTensor(String(name.dropFirst("final.".count))).map(Double.init)
        #expect(ReferenceTensor(expected.shape, values).relativeDifference(to: expected) <= 1e-4, "\(name)")
        count += 1
      } else if name.hasPrefix("average.") {
        let parameter = String(name.dropFirst("average.".count))
        let slot = try #require(settings.average?.slots[parameter])
        let values = try #require(try store.exportState(parameter, slot: slot)).map(Double.init)
        #expect(ReferenceTensor(expected.shape, values).relativeDifference(to: expected) <= 1e-4, "\(name)")
        count += 1
      }
    }
    #expect(count >= 8)
  }
}
