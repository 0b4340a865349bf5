import NNText
import NNDiagnostics
import NNLayers
import NNPlan
import NNTensor

/// The table of layers that `check` prints, and its JSON.
public struct CheckReport {
  private let checked: CheckedSpec
  private let plans: Plans?
  private let runPlan: Plan?
  private let trainPlan: Plan?
  private let runMemory: Int?
  private let evaluateMemory: Int?
  private let trainMemory: Int?
  /// Layers that the plan computes in the same step as the layer before.
  private let fused: Set<String>
  /// Layers whose output the plan writes to memory.
  private let stored: Set<String>

  /// A report; the table and the memory lines need a spec without errors.
  public init(_ checked: CheckedSpec) {
    self.checked = checked
    let made = checked.madePlans()
    let (plans, usual) = (made?.plans, made?.usual)
    runPlan = usual?.run
    trainPlan = usual?.train?.largest
    runMemory = plans.flatMap { plans in usual?.run.map { plans.runningMemory($0).total } }
    evaluateMemory = plans.flatMap { plans in usual.flatMap { plans.evaluatingMemory($0)?.total } }
    trainMemory = plans.flatMap { plans in usual.flatMap { plans.trainingMemory($0)?.total } }
    self.plans = plans
    let steps = usual?.run?.steps ?? []
    fused = Set(steps.flatMap { $0.layers.dropFirst() })
    stored = Set(steps.dropFirst(runPlan?.preparingSteps ?? 0).compactMap { $0.layers.last })
  }

  // MARK: Text

  /// The table of layers of every network, then the memory of running and training.
  public var text: String {
    guard let model = checked.model, runPlan != nil else { return "" }
    return model.networks.map { layers(of: $0) + "\n" }.joined() + learning + memory
  }

  /// Who learns from what, where the spec has phases.
  private var learning: String {
    guard let model = checked.model, checked.spec?.train?.phasesSpan != nil else { return "" }
    let rows = model.phases.map { phase in
      [
        "  " + phase.name, phase.networks.joined(separator: ", "), losses(phase, model),
        "\(OptimizerKind(phase.optimizer.rule))", turn(phase),
      ]
    }
    return table(["phase", "updates", "learns from", "by", ""], rows, rightAligned: []).joined(separator: "\n") + "\n\n"
  }

  private func losses(_ phase: PhaseRecord, _ model: Model) -> String {
    phase.losses.map { name in
      let weight = model.losses.first { $0.name == name }?.weight
      guard let weight, weight.isConstant else { return "\(name) (scheduled)" }
      return weight.from == 1 ? name : "\(name) × \(weight.from)"
    }.joined(separator: ", ")
  }

  private func turn(_ phase: PhaseRecord) -> String {
    var parts = phase.every == 1 ? [] : ["every \(phase.every) steps"]
    if phase.start.steps(perEpoch: 1) > 0 { parts.append("after \(phase.start)") }
    if let end = phase.end { parts.append("up to \(end)") }
    return parts.joined(separator: ", ")
  }

  private func layers(of network: NetworkRecord) -> String {
    var rows = [
      ["  " + network.inputName, "", dimensions(network.input ?? []), "", "", "1", size(network.input ?? [])]
    ]
    for layer in network.layers {
      let isFused = fused.contains(layer.path)
      rows.append([
        "  " + layer.name, (isFused ? "└ " : "") + layer.summary, dimensions(layer.output),
        layer.parameters == 0 ? "" : grouped(layer.parameters),
        layer.flops == 0 ? "" : decimal(Double(layer.flops) / 1e6, 1), layer.field.text,
        stored.contains(layer.path) ? size(layer.output) : "",
      ])
    }
    rows.append([
      "  total", "", "", grouped(network.parameters), decimal(Double(network.flops) / 1e6, 1), "", "",
    ])
    let header = [network.name, "", "output", "parameters", "MFLOPs", "field", "memory"]
    return table(header, rows, rightAligned: [2, 3, 4, 5, 6]).joined(separator: "\n") + "\n"
  }

  private func dimensions(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: "×") }

  private func size(_ shape: [Int]) -> String { ByteCount.text(Shape(shape).elementCount * 4) }

  private var memory: String {
    var lines: [String] = []
    if let runPlan, let runMemory { lines.append("run     batch 1: " + summary(runPlan, runMemory)) }
    if let trainPlan, let trainMemory, let phases = plans?.model.phases {
      var rules: [String] = []
      for rule in phases.map({ "\(OptimizerKind($0.optimizer.rule))" }) where !rules.contains(rule) {
        rules.append(rule)
      }
      let count = phases.count == 1 ? "1 phase" : "\(phases.count) phases"
      lines.append(
        "train   batch \(trainPlan.batch): \(summary(trainPlan, trainMemory)), \(rules.joined(separator: " and ")), \(count)"
      )
      if let text = trainPlan.limitText { lines.append("        " + text) }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private func summary(_ plan: Plan, _ total: Int) -> String {
    "\(ByteCount.text(total)) (arena \(ByteCount.text(plan.arena.bytes)) = \(plan.arenaRatio) × lower bound; "
      + "\(ByteCount.text(plan.arena.unsharedBytes)) without sharing)"
  }

  // MARK: JSON

  /// The file's object in `check --format json`.
  public var json: JSON {
    var members: [(String, JSON)] = [
      ("path", .string(checked.path)),
      ("diagnostics", JSONRenderer(sources: checked.sources).json(checked.diagnostics)),
      ("networks", .array((checked.model?.networks ?? []).map(network))),
    ]
    if let runMemory {
      var memory: [(String, JSON)] = [("run_bytes", .integer(runMemory))]
      if let evaluateMemory { memory.append(("evaluate_bytes", .integer(evaluateMemory))) }
      if let trainMemory { memory.append(("train_bytes", .integer(trainMemory))) }
      members.append(("memory", .object(memory)))
    }
    return .object(members)
  }

  private func network(_ network: NetworkRecord) -> JSON {
    .object([
      ("name", .string(network.name)),
      (
        "layers",
        .array(
          network.layers.map { layer in
            .object([
              ("path", .string(layer.path)), ("kind", .string(layer.kind)),
              ("output", .array(layer.output.map { .integer($0) })), ("parameters", .integer(layer.parameters)),
              ("flops", .integer(layer.flops)),
            ])
          })
      ), ("parameters", .integer(network.parameters)), ("flops", .integer(network.flops)),
    ])
  }
}
