import NNKernels
import NNPlan
import NNTensor

/// One call of the thread pool: a kernel, its arguments and its tasks.
struct Stage {
  let function: KernelFunction
  let arguments: UnsafeRawPointer
  let taskCount: Int
}

/// A plan's steps as stages: all that a run goes through.
struct Program {
  /// All stages, in order.
  private(set) var stages: [Stage] = []
  /// For each step of the plan, its stages.
  private(set) var steps: [Range<Int>] = []
  /// The most scratch memory that any stage needs of a thread.
  private(set) var scratchBytes = 0
  /// Whether a step writes to parameters.
  let changesParameters: Bool

  private let arguments = ArgumentMemory()

  /// Binds each step to kernels of `kernels` on buffers of `memory`.
  init(_ plan: Plan, _ memory: PlanMemory, _ scalars: ScalarTable, _ kernels: KernelTable) {
    changesParameters = plan.steps.contains { step in
      step.writes.contains { if case .parameter = plan[$0].place { true } else { false } }
    }
    for index in plan.steps.indices {
      var binder = StepBinder(
        plan: plan, index: index, memory: memory, scalars: scalars, kernels: kernels, arguments: arguments)
      binder.bind()
      steps.append(stages.count..<(stages.count + binder.stages.count))
      stages += binder.stages
      scratchBytes = max(scratchBytes, binder.scratchBytes)
    }
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
