import NNDriver
import NNGraph
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

/// What a training step shows of itself, held against an evaluation of each loss alone in double precision.
@Suite struct GaugeAgreementTests {
  static let adversarial = """
    nnc: 1
    data: {photos: {images: nowhere, shape: [8, 8, 3], range: [-1, 1], degrade: [{noise: 0.1}]}}
    networks:
      generator: {input: photos.input, layers: [conv: {filters: 5, activation: silu}, output: {channels: 3, activation: tanh}]}
      critic: {input: [8, 8, 3], layers: [conv: {filters: 4, stride: 2, activation: silu}, output: {channels: 1}]}
      features: {input: [8, 8, 3], frozen: true, layers: [conv: {name: a, filters: 4, activation: tanh}, conv: {name: b, filters: 3, activation: silu}]}
    losses:
      pixel: {mae: {prediction: generator, target: photos.target}}
      look: {perceptual: {network: features, layers: {a: 1, b: 0.5}, prediction: generator, target: photos.target}, weight: 0.25}
      fool: {adversarial: {kind: KIND, discriminator: critic, fake: generator, real: photos.target}, weight: 0.5}
    train:
      steps: 1
      batch_size: 3
      phases:
        - {name: judge, update: [critic], losses: [fool.discriminator], optimizer: {adam: {learning_rate: 1e-3}}}
        - {name: make, update: [generator], losses: [pixel, look, fool.generator], optimizer: {sgd: {learning_rate: 1e-3}}}

    """

  static let logits = """
    nnc: 1
    data: {photos: {images: nowhere, shape: [8, 8, 3], degrade: [{noise: 0.1}]}}
    networks:
      encoder: {input: photos.input, layers: [conv: {name: code, filters: 3, activation: tanh}, conv: {filters: 3}]}
      decoder: {input: encoder, layers: [conv: {filters: 3, activation: sigmoid}]}
    losses:
      odds: {binary_cross_entropy: {prediction: decoder, target: photos.target}}
      pixel: {mse: {prediction: decoder, target: photos.target}, weight: 3}
      smooth: {total_variation: {prediction: decoder}, weight: 0.1}
      early: {mae: {prediction: encoder.code, target: photos.target}, weight: 0.5}
    train: {steps: 1, batch_size: 3, optimizer: {adam: {learning_rate: 1e-3}}}

    """

  @Test(arguments: AdversarialKind.allCases, [nil, 0.01])
  func `the gradients of pixels, features and an adversary are told apart`(
    _ kind: AdversarialKind, _ clip: Double?
  ) throws {
    let limit = clip.map { "  clip_gradient_norm: \($0)\n" } ?? ""
    let text = Self.adversarial.replacing("KIND", with: kind.rawValue) + limit
    for variant in Variant.all {
      let judged: Set<Gauge> =
        kind == .wgan ? [] : [.judgedReal(loss: "fool", side: .real), .judgedReal(loss: "fool", side: .fake)]
      let judge = try GaugeRun(text, phase: 0, variant)
      try judge.compare(expected: judged.union([.gradient(phase: "judge", network: "critic")]))
      let make = try GaugeRun(text, phase: 1, variant)
      let pulls = ["pixel", "look", "fool.generator"].map {
        Gauge.pull(phase: "make", place: "generator", losses: [$0])
      }
      try make.compare(expected: Set(pulls + [.gradient(phase: "make", network: "generator")]))
    }
  }

  @Test(arguments: Variant.all)
  func `what losses share on their way to a place is measured as one`(_ variant: Variant) throws {
    let run = try GaugeRun(Self.logits, phase: 0, variant)
    // The cross-entropy is computed from the logits, where the others come through the sigmoid.
    let pulls = [["odds"], ["pixel", "smooth"]].map { Gauge.pull(phase: "train", place: "decoder", losses: $0) }
    let early = [["odds", "pixel", "smooth"], ["early"]].map {
      Gauge.pull(phase: "train", place: "encoder.code", losses: $0)
    }
    let norms = ["encoder", "decoder"].map { Gauge.gradient(phase: "train", network: $0) }
    try run.compare(expected: Set(pulls + early + norms))
  }
}

/// One phase of a spec's step, run once.
private struct GaugeRun {
  private let model: Model
  private let record: PhaseRecord
  private let numbers: Numbers
  private let gauges: [Gauge: Double]
  private let leaves: @Sendable (NNGraph.Value, Graph) -> ReferenceTensor

  init(_ text: String, phase: Int, _ variant: Variant) throws {
    let facts = [
      "photos": DataFacts(fields: [
        .init(name: "input", shape: [8, 8, 3]), .init(name: "target", shape: [8, 8, 3]),
      ])
    ]
    let reading = SpecReader.read(text: text, path: "gauges.yaml")
    let spec = try #require(reading.spec)
    let one = ModelBuilder.build(spec, facts: facts, batch: 1)
    let errors = (reading.diagnostics.sorted + one.diagnostics.sorted).filter { $0.severity == .error }
    try #require(errors.isEmpty, "\(errors.map(\.message))")
    let plans = Plans(spec: spec, facts: facts, model: one, options: variant.compiler.options)
    let numbers = Numbers(plans.settings(TrainingOptions()), batchesPerEpoch: 10)
    let plan = try #require(plans.train(batch: 3, part: StepPart([phase])))
    model = ModelBuilder.build(spec, facts: facts, batch: 3)
    record = model.phases[phase]
    self.numbers = numbers
    let store = ParameterStore()
    try store.add(plan.parameters)
    for parameter in plan.parameters {
      try store.importTensor(parameter.name, parameter.inFileOrder(Self.values(parameter)).floats)
    }
    let bound = try BoundPlan(
      plan, store: store, pool: ThreadPool(threadCount: 1), kernels: variant.kernels, poison: true)
    for name in plan.scalars {
      bound.set(scalar: name, numbers.value(try #require(numbers.meaning(name)), step: 1))
    }
    bound.set(seed: 1, step: 1)
    try bound.run(
      Dictionary(uniqueKeysWithValues: plan.inputs.map { ($0.name, Self.input($0.name, $0.type.shape)) }))
    gauges = Dictionary(bound.gauges.map { ($0.gauge, $0.value) }, uniquingKeysWith: { $0 + $1 })
    leaves = { value, graph in
      switch value.origin {
      case .input(let name): Self.input(name, value.type.shape)
      case .parameter(let index): Self.values(graph.parameters[index])
      case .scalar(let name):
        ReferenceTensor(scalar: numbers.meaning(name).map { numbers.value($0, step: 1) } ?? 0)
      default: ReferenceTensor(value.type.shape)
      }
    }
  }

  private static func input(_ name: String, _ shape: Shape) -> ReferenceTensor {
    SharedHash.symmetric(shape, seed: name).mapped { Double(Float(0.45 + 0.4 * $0)) }
  }

  private static func values(_ parameter: Parameter) -> ReferenceTensor {
    SharedHash.symmetric(parameter.shape, seed: parameter.name).mapped { Double(Float(0.5 * $0)) }
  }

  /// Each gauge that is expected, and no other, shows what an evaluation in double precision gives.
  func compare(expected: Set<Gauge>) throws {
    #expect(Set(gauges.keys) == expected)
    for (gauge, value) in gauges {
      switch gauge {
      case .gradient(_, let network):
        let exact = norm(record.losses) { graph in
          graph.parameters.indices.filter { graph.parameters[$0].belongs(to: network) }
            .compactMap { graph.leaf(.parameter($0)) }
        }
        #expect(exact > 0 && abs(value.squareRoot() - exact) <= 1e-5 * exact, "\(gauge): \(value), \(exact)")
      case .pull(_, let place, let losses):
        let exact = norm(losses) { graph in [self.place(place, graph)] }
        #expect(exact > 0 && abs(value.squareRoot() - exact) <= 1e-5 * exact, "\(gauge): \(value), \(exact)")
      case .judgedReal(let loss, let side):
        let part = try #require(
          model.losses.flatMap(\.parts).first { $0.outputName == "losses.\(loss).discriminator.\(side)" })
        let judged = try #require(model.graph.producer(of: part.value)).inputs[0]
        let threshold = model.losses.compactMap { $0.judge?.adversarial?.threshold }.first ?? 0
        let values = evaluate(model.graph)[judged.index].values
        let exact = Double(values.filter { $0 > Double(threshold) }.count) / Double(values.count)
        #expect(abs(value - exact) <= 1e-6 && values.count == 48, "\(gauge): \(value), \(exact)")
      }
    }
  }

  /// The place as its gradient is measured: the logits where a cross-entropy is computed from them.
  private func place(_ name: String, _ graph: Graph) -> ValueID {
    let value = model.losses.first { $0.network == name }?.prediction
    let node = value.flatMap { graph.producer(of: $0) } ?? graph.nodes.last { $0.layer == name }
    guard let node, let result = value ?? node.outputs.first else { preconditionFailure("no \(name)") }
    return (node.operation as? Activate)?.activation == .sigmoid ? node.inputs[0] : result
  }

  /// The norm of the gradient that these losses alone have.
  private func norm(_ losses: [String], _ targets: (Graph) -> [ValueID]) -> Double {
    var graph = model.trainingGraph
    let parts = model.losses.filter { losses.contains($0.name) }.flatMap(\.parts)
    let seeds = parts.map { (value: $0.value, gradient: graph.scalar("\($0.outputName).weight")) }
    let gradients = graph.addGradients(of: seeds, to: targets(graph))
    let values = evaluate(graph)
    return gradients.values.reduce(0) { $0 + values[$1.index].values.reduce(0) { $0 + $1 * $1 } }.squareRoot()
  }

  private func evaluate(_ graph: Graph) -> [ReferenceTensor] {
    var given: [Origin: ReferenceTensor] = [:]
    for value in graph.values {
      if case .node = value.origin { continue }
      given[value.origin] = leaves(value, graph)
    }
    return Evaluator().evaluate(graph, leaves: given)
  }
}
