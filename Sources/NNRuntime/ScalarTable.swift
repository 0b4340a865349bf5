import NNKernels
import NNPlan
import NNTensor

/// The numbers that the host sets, as doubles; kernels see floats made from them, and updates and perturbations the structs
/// that they read.
final class ScalarTable {
  private struct Rule {
    var optimizer: OptimizerKind
    var slots: [Int]
    var target: UnsafeMutablePointer<OptimizerScalars>
  }

  private let names: [String]
  private let slots: [String: Int]
  private let memory: PlanMemory
  private var values: [Double]
  private var unset: Set<Int>
  private var rules: [Rule] = []
  private var perturbations: [(target: UnsafeMutablePointer<PerturbationScalars>, slot: Int?)] = []

  init(_ plan: Plan, _ memory: PlanMemory) {
    names = plan.scalars
    self.memory = memory
    slots = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    values = Array(repeating: .nan, count: names.count)
    unset = Set(names.indices)
  }

  deinit {
    for rule in rules { rule.target.deallocate() }
    for perturbation in perturbations { perturbation.target.deallocate() }
  }

  /// Bytes of the structs.
  var byteCount: Int {
    rules.count * MemoryLayout<OptimizerScalars>.stride + perturbations.count * MemoryLayout<PerturbationScalars>.stride
  }

  // MARK: Binding

  /// The struct for updates by this rule with the numbers in these slots; the same for the same.
  func rule(_ optimizer: OptimizerKind, slots: [Int]) -> UnsafePointer<OptimizerScalars> {
    precondition(slots.count == optimizer.numbers.count, "update \(optimizer) with scalars \(slots)")
    if let rule = rules.first(where: { $0.optimizer == optimizer && $0.slots == slots }) {
      return UnsafePointer(rule.target)
    }
    let target = UnsafeMutablePointer<OptimizerScalars>.allocate(capacity: 1)
    target.initialize(to: optimizer.scalars { _ in 0 })
    rules.append(Rule(optimizer: optimizer, slots: slots, target: target))
    return UnsafePointer(target)
  }

  /// The struct for a dropout of this rate or noise of this deviation, or of that in `slot`. (Inlined, Swift 6.3.1's
  /// optimizer fails its own verification.)
  @inline(never) func perturbation(_ level: Float, slot: Int?) -> UnsafePointer<PerturbationScalars> {
    let target = UnsafeMutablePointer<PerturbationScalars>.allocate(capacity: 1)
    target.initialize(to: PerturbationScalars(seed: 0, step: 0, level: level))
    perturbations.append((target, slot))
    return UnsafePointer(target)
  }

  // MARK: Running

  /// Sets a number by its name.
  func set(_ name: String, _ value: Double) {
    guard let slot = slots[name] else { preconditionFailure("the plan has no scalar `\(name)`") }
    values[slot] = value
    memory.scalar(slot).pointee = Float(value)
    unset.remove(slot)
  }

  /// Sets what perturbations' masks depend on.
  func set(seed: UInt64, step: Int) {
    for perturbation in perturbations {
      perturbation.target.pointee.seed = seed
      perturbation.target.pointee.step = UInt32(truncatingIfNeeded: step)
    }
  }

  /// Computes what updates read. A number that was never set is a bug of the host.
  func prepareRun() {
    if let slot = unset.first { preconditionFailure("the scalar `\(names[slot])` was not set") }
    // By index: in debug builds the standard library's iterators allocate.
    var index = 0
    while index < rules.count {
      let rule = rules[index]
      rule.target.pointee = rule.optimizer.scalars { values[rule.slots[$0]] }
      index += 1
    }
    index = 0
    while index < perturbations.count {
      if let slot = perturbations[index].slot { perturbations[index].target.pointee.level = Float(values[slot]) }
      index += 1
    }
  }
}

extension OptimizerKind {
  /// What this rule's kernel reads, from its numbers by their index in `numbers`; all differences and quotients are
  /// computed in double precision.
  func scalars(_ number: (Int) -> Double) -> OptimizerScalars {
    switch self {
    case .sgd:
      return .sgd(learningRate: number(0), momentum: number(2), weightDecay: number(1), isFirstStep: number(3) != 0)
    case .adam, .adamw:
      return .adam(
        learningRate: number(0), beta1: number(2), beta2: number(3), epsilon: number(4), weightDecay: number(1),
        decoupled: self == .adamw, correction1: number(5), correction2: number(6))
    case .rmsprop:
      return .rmsprop(
        learningRate: number(0), alpha: number(2), epsilon: number(3), weightDecay: number(1),
        momentum: number(4))
    }
  }
}
