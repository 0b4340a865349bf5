import NNData
import NNPlan
import NNRuntime
import NNTensor

/// What plans run on: threads and kernels. All plans of a process share one.
public struct Device {
  /// The threads.
  public let pool: ThreadPool
  /// The kernels; plans must be compiled for `kernels.tiles`.
  public let kernels: KernelTable

  /// The memory that plans share, since one runs at a time.
  let arena = SharedArena()

  /// Threads and kernels.
  public init(pool: ThreadPool, kernels: KernelTable) {
    self.pool = pool
    self.kernels = kernels
  }
}

/// Gives a plan for a batch of this many samples.
public typealias PlanMaker = (_ batch: Int) throws -> Plan

/// What a training plan is asked to do.
public struct StepPart: Hashable, Sendable {
  /// The phases that take part, by their indices.
  public var phases: [Int]
  /// What their gradients are for.
  public var gradients: GradientUse
  /// The phases of the same step that follow in plans of their own.
  public var later: [Int]

  /// A step of these phases, unless told otherwise.
  public init(_ phases: [Int], gradients: GradientUse = .update, later: [Int] = []) {
    self.phases = phases
    self.gradients = gradients
    self.later = later
  }

  /// What a step of these phases is made of: one plan, or, where `batches` batches make a step, for each phase a plan
  /// that collects gradients and one that also updates.
  public static func parts(of phases: [Int], accumulates: Bool) -> [(collect: StepPart?, update: StepPart)] {
    if !accumulates { return phases.isEmpty ? [] : [(nil, StepPart(phases))] }
    return phases.indices.map { index in
      let (phase, later) = ([phases[index]], Array(phases[(index + 1)...]))
      return (
        StepPart(phase, gradients: .collect, later: later), StepPart(phase, gradients: .collectAndUpdate, later: later)
      )
    }
  }
}

/// Gives the plan of a part of a training step for a batch of this many samples.
public typealias StepPlanMaker = (_ batch: Int, _ part: StepPart) throws -> Plan

/// Plans bound to memory, one for each size of batch that comes up: a full one, and an epoch's last.
final class PlanCache {
  private let maker: PlanMaker
  private let store: ParameterStore
  private let device: Device
  private var made: [Int: Plan] = [:]
  private var bound: [Int: BoundStep] = [:]

  init(_ maker: @escaping PlanMaker, store: ParameterStore, device: Device) {
    self.maker = maker
    self.store = store
    self.device = device
  }

  /// The plan for `batch` samples, which takes no memory yet.
  func make(_ batch: Int) throws -> Plan {
    if let plan = made[batch] { return plan }
    let plan = try maker(batch)
    precondition(plan.batch == batch, "a plan for a batch of \(plan.batch), not \(batch)")
    made[batch] = plan
    return plan
  }

  /// The plan for `batch` samples, with its parameters prepared.
  func plan(batch: Int) throws -> BoundStep {
    let step = try bound[batch] ?? bind(batch)
    try step.bound.prepare()
    return step
  }

  private func bind(_ batch: Int) throws -> BoundStep {
    let step = try BoundStep(
      BoundPlan(try make(batch), store: store, pool: device.pool, kernels: device.kernels, arena: device.arena))
    bound[batch] = step
    return step
  }
}

/// A bound plan whose inputs are fields of a data source.
final class BoundStep {
  /// The plan.
  let bound: BoundPlan
  private var fields: [Int]?

  init(_ bound: BoundPlan) {
    self.bound = bound
    if Knob.debug.isOn { bound.observer = DebugLines.write }
  }

  /// Copies a batch into the plan's inputs, which are named `<source>.<field>`.
  func load(_ batch: Batch, from source: DataSource) throws {
    let fields = try self.fields ?? bind(batch, source)
    self.fields = fields
    for (port, field) in zip(bound.plan.inputs, fields) {
      let target = bound.input(port.name)
      let count = batch.count * batch.fields[field].sampleCount
      precondition(target.count == count, "`\(port.name)` takes \(target.count) values, not \(count)")
      batch.fields[field].values.withUnsafeBufferPointer { values in
        _ = target.update(fromContentsOf: values[..<count])
      }
    }
  }

  private func bind(_ batch: Batch, _ source: DataSource) throws -> [Int] {
    try bound.plan.inputs.map { port in
      guard let index = batch.index(of: port.name, in: source) else {
        throw TrainingFailure.unknownField(port: port.name, source: source.description.name)
      }
      return index
    }
  }
}

extension Batch {
  /// The index of the field that a plan's input `<source>.<field>` means; nil where the source has none.
  func index(of port: String, in source: DataSource) -> Int? {
    source.field(ofPort: port).flatMap { field in fields.firstIndex { $0.name == field.name } }
  }
}
