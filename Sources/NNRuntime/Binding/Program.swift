import NNKernels
import NNPlan
import NNTensor

/// One call of the thread pool: a kernel, its arguments and its tasks.
struct Stage {
  let function: KernelFunction
  let arguments: UnsafeRawPointer
  let taskCount: Int
}

/// A run of a step: once, or on some samples of the batch.
struct Call {
  /// The step.
  let step: Int
  /// Its stages.
  let stages: Range<Int>
  /// The samples that it is at.
  let samples: Range<Int>
  /// Whether its loop goes through these steps again.
  let isRepeated: Bool
}

/// A plan's steps as stages: all that a run goes through.
struct Program {
  /// All stages, in order.
  private(set) var stages: [Stage] = []
  /// All steps in the order in which they run, those of loops as often as they run.
  private(set) var calls: [Call] = []
  /// The most scratch memory that any stage needs of a thread.
  private(set) var scratchBytes = 0
  /// The parameters that steps write to, by their indices in the store.
  let changed: [Int]

  private let arguments = ArgumentMemory()

  /// Binds each step to kernels of `kernels` on buffers of `memory`.
  init(
    _ plan: Plan, _ memory: PlanMemory, _ scalars: ScalarTable, _ kernels: KernelTable, _ store: ParameterStore
  ) {
    var changed: Set<Int> = []
    for id in plan.steps.flatMap(\.writes) {
      guard case .parameter(let index) = plan[id].place else { continue }
      if let place = store.index(of: plan.parameters[index].name) { changed.insert(place) }
    }
    self.changed = changed.sorted()
    let binder = { [arguments] (step: Int, samples: Range<Int>) in
      StepBinder(
        plan: plan, index: step, samples: samples, memory: memory, scalars: scalars, kernels: kernels,
        arguments: arguments)
    }
    var step = 0
    for loop in plan.loops {
      for single in step..<loop.steps.lowerBound { call(binder(single, 0..<plan.batch)) }
      call(loop, binder)
      step = loop.steps.upperBound
    }
    for single in step..<plan.steps.count { call(binder(single, 0..<plan.batch)) }
  }

  private mutating func call(_ binder: StepBinder) {
    let stages = bind(binder).stages
    calls.append(Call(step: binder.index, stages: stages, samples: binder.samples, isRepeated: false))
  }

  /// The runs of a loop. Stages that are the same whichever samples they are at are bound for the first two runs only,
  /// since sums begin with the first.
  private mutating func call(_ loop: Loop, _ binder: (_ step: Int, _ samples: Range<Int>) -> StepBinder) {
    var last: [(stages: Range<Int>, dependsOnSamples: Bool)] = []
    for run in 0..<loop.count {
      for (place, step) in loop.steps.enumerated() {
        let samples = loop.run(run)
        if run == 0 {
          last.append(bind(binder(step, samples)))
        } else if run == 1 || last[place].dependsOnSamples {
          last[place] = bind(binder(step, samples))
        }
        calls.append(
          Call(step: step, stages: last[place].stages, samples: samples, isRepeated: run < loop.count - 1))
      }
    }
  }

  private mutating func bind(_ unbound: StepBinder) -> (stages: Range<Int>, dependsOnSamples: Bool) {
    var binder = unbound
    binder.bind()
    let start = stages.count
    stages += binder.stages
    scratchBytes = max(scratchBytes, binder.scratchBytes)
    return (start..<stages.count, binder.dependsOnSamples)
  }

  /// Bytes of the stages' arguments.
  var argumentBytes: Int { arguments.byteCount }
}

/// The argument structs of a program, which kernels find by their addresses.
final class ArgumentMemory {
  private var blocks: [UnsafeMutableRawPointer] = []
  /// Bytes of all structs.
  private(set) var byteCount = 0

  deinit { for block in blocks { block.deallocate() } }

  /// A copy of numbers, aligned as buffers are and with as many readable bytes behind them.
  func place(_ values: [Float]) -> UnsafePointer<Float> {
    let bytes = Plan.aligned(values.count * MemoryLayout<Float>.size) + Plan.alignment
    let block = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: Plan.alignment)
    let floats = block.initializeMemory(as: Float.self, repeating: 0, count: bytes / MemoryLayout<Float>.size)
    for (index, value) in values.enumerated() { floats[index] = value }
    blocks.append(block)
    byteCount += bytes
    return UnsafePointer(floats)
  }

  /// A copy of a struct without references that lives as long as this object.
  func place<Arguments>(_ arguments: Arguments) -> UnsafeRawPointer {
    precondition(_isPOD(Arguments.self), "\(Arguments.self) is not plain data")
    let block = UnsafeMutablePointer<Arguments>.allocate(capacity: 1)
    block.initialize(to: arguments)
    blocks.append(UnsafeMutableRawPointer(block))
    byteCount += MemoryLayout<Arguments>.stride
    return UnsafeRawPointer(block)
  }
}
