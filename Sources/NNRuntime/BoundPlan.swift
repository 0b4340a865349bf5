import NNPlan
import NNTensor

/// A plan with its memory and kernels: ready to run, again and again. Nothing is allocated by a run.
///
/// The host writes all inputs (`input`) before each run, since their memory is used for other things once they have
/// been read, sets the scalars that changed, calls `run`, and reads the outputs (`output`) before the next.
/// One thread at a time uses it, and one at a time all plans that share a pool.
public final class BoundPlan {
  /// What is run.
  public let plan: Plan
  /// The parameters, which other plans may share.
  public let store: ParameterStore
  /// Who computes.
  public let pool: ThreadPool
  /// Called after each run of a step with this plan and the step's index, while it is set.
  public var observer: ((BoundPlan, Int) -> Void)?
  /// What each step took, while it is set; see `startProfile`.
  public internal(set) var profile: Profile?

  let memory: PlanMemory
  let scalars: ScalarTable
  private let program: Program
  private let poisoner: Poisoner?
  /// The samples that the last run of a step was at.
  private(set) var samples: Range<Int>
  private let preparation: Preparation
  private let inputs: [String: Port]
  private let outputs: [String: Port]

  /// Reserves the plan's memory, adds its parameters to the store and binds its steps to kernels. The plan must have
  /// been compiled for `kernels.tiles`. Plans that are given one `arena` must run one at a time, each one's outputs
  /// read before the next. With `poison`, memory is filled with NaN whenever its contents are dead.
  public init(
    _ plan: Plan, store: ParameterStore, pool: ThreadPool, kernels: KernelTable, arena: SharedArena? = nil,
    poison: Bool = Knob.poison.isOn
  ) throws(MemoryFailure) {
    self.plan = plan
    self.store = store
    self.pool = pool
    samples = 0..<plan.batch
    memory = try PlanMemory(plan, store, arena, kernels)
    preparation = Preparation(plan, memory, store)
    scalars = ScalarTable(plan, memory)
    program = Program(plan, memory, scalars, kernels, store)
    try pool.reserveScratch(program.scratchBytes)
    poisoner = poison ? Poisoner(plan, memory) : nil
    inputs = Dictionary(plan.inputs.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    outputs = Dictionary(plan.outputs.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    poisoner?.fillAll()
  }

  // MARK: What the host writes and reads

  /// Where the host writes the values of an input, in the order of its shape (`plan.inputs`), before each run.
  public func input(_ name: String) -> UnsafeMutableBufferPointer<Float> {
    guard let port = inputs[name] else { preconditionFailure("the plan `\(plan.name)` has no input `\(name)`") }
    return memory.floats(port)
  }

  /// Where the host finds the values of an output, in the order of its shape (`plan.outputs`), until it writes inputs
  /// for the next run.
  public func output(_ name: String) -> UnsafeBufferPointer<Float> {
    guard let port = outputs[name] else { preconditionFailure("the plan `\(plan.name)` has no output `\(name)`") }
    return UnsafeBufferPointer(memory.floats(port))
  }

  /// What each gauge of the plan shows, in their order among `plan.outputs`, until the host writes inputs for the next
  /// run.
  public var gauges: [(gauge: Gauge, value: Double)] {
    plan.outputs.compactMap { port in port.gauge.map { ($0, memory.number(port)) } }
  }

  /// Sets one of `plan.scalars`; it stays until it is set again. All must be set before the first run.
  public func set(scalar name: String, _ value: Double) { scalars.set(name, value) }

  /// Sets what the masks of dropouts are drawn from: the run's seed and the number of the training step.
  public func set(seed: UInt64, step: Int) { scalars.set(seed: seed, step: step) }

  // MARK: Running

  /// Where a file keeps values of parameters that changed: reads them and runs the steps that prepare them. Those that only
  /// such steps need are in memory no longer than that.
  public func prepare() throws {
    if preparation.isCurrent(store) || store.isWhole { return }
    let uses = ParameterUses(plan)
    for name in uses.lasting { try store.fetch(name) }
    _ = preparation.findStale(store)
    for step in 0..<plan.preparingSteps {
      if preparation.isStale(step: step) {
        for name in uses.names(in: step) { try store.fetch(name) }
        execute(step..<step + 1)
      }
      for name in uses.names(endingAt: step) { store.release(name) }
    }
    preparation.finish(store)
  }

  /// Runs the plan once; steps that prepare parameters run only after these changed, and no plan has prepared them since.
  /// Where a file keeps values, `prepare` has been called.
  public func run() {
    scalars.prepareRun()
    prepareStale()
    poisoner?.fillStale()
    execute(plan.preparingSteps..<program.calls.count)
    if !program.changed.isEmpty { store.noteChange(ofParameters: program.changed) }
  }

  private func prepareStale() {
    if preparation.isCurrent(store) { return }
    if preparation.findStale(store) {
      precondition(store.isWhole, "`\(plan.name)`: parameters that a file keeps are not prepared")
      var step = 0
      while step < plan.preparingSteps {
        if preparation.isStale(step: step) { execute(step..<step + 1) }
        step += 1
      }
    }
    preparation.finish(store)
  }

  // By index: in debug builds the standard library's iterators allocate.
  private func execute(_ calls: Range<Int>) {
    var index = calls.lowerBound
    while index < calls.upperBound {
      let call = program.calls[index]
      let start = profile == nil ? 0 : Clock.seconds()
      runStages(call.stages)
      if profile != nil { profile?.add(Clock.seconds() - start, toStep: call.step) }
      samples = call.samples
      if let observer { observer(self, call.step) }
      poisoner?.fillDead(after: call.step, isRepeated: call.isRepeated)
      index += 1
    }
  }

  private func runStages(_ stages: Range<Int>) {
    var index = stages.lowerBound
    while index < stages.upperBound {
      let stage = program.stages[index]
      pool.run(stage.function, stage.arguments, taskCount: stage.taskCount)
      index += 1
    }
  }

  /// Bytes of all that this plan holds: arena, packed weights, its parameters and their optimizer's tensors (which it
  /// may share), the threads' scratch memory and the kernels' arguments.
  public var peakBytes: Int {
    memory.byteCount + program.argumentBytes + scalars.byteCount + pool.scratchBytes * pool.threadCount
  }
}

/// Which parameters a plan's preparing steps read, and for how long they are needed.
private struct ParameterUses {
  /// Those that other steps read, too.
  let lasting: [String]
  private let plan: Plan
  private var last: [String: Int] = [:]

  init(_ plan: Plan) {
    self.plan = plan
    var names: Set<String> = []
    for step in plan.steps[plan.preparingSteps...] { names.formUnion(plan.parameterNames(in: step)) }
    lasting = names.sorted()
    for step in 0..<plan.preparingSteps {
      for name in plan.parameterNames(in: plan.steps[step]) where !names.contains(name) { last[name] = step }
    }
  }

  func names(in step: Int) -> [String] { plan.parameterNames(in: plan.steps[step]) }
  func names(endingAt step: Int) -> [String] { names(in: step).filter { last[$0] == step } }
}
