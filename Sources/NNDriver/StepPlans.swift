import NNPlan
import NNRuntime
import NNTensor
import NNTraining

/// The plans of all parts that steps of training are made of, for batches of one size: what training runs, and what is said
/// of it before.
public struct StepPlans: Hashable, Sendable {
  /// A part and its plan.
  struct Item: Hashable, Sendable {
    var part: StepPart
    var plan: Plan
  }

  /// All of them, each once, in the order in which they first come up.
  let items: [Item]
  /// The one that takes the most memory: what people see of a step.
  public let largest: Plan

  /// Plans of parts; nil where there are none.
  init?(_ items: [Item]) {
    guard let largest = items.map(\.plan).max(by: { $0.totalBytes < $1.totalBytes }) else { return nil }
    (self.items, self.largest) = (items, largest)
  }

  /// All plans.
  var plans: [Plan] { items.map(\.plan) }

  /// The one with the largest arena, which all share.
  var widest: Plan { plans.max { $0.arena.bytes < $1.arena.bytes } ?? largest }

  /// Samples in a batch.
  var batch: Int { largest.batch }

  /// The plan of a part; nil for one that is none of these.
  subscript(part: StepPart) -> Plan? { items.first { $0.part == part }?.plan }

  /// Those that an epoch's last batch goes through.
  var updating: [Plan] { items.filter { $0.part.gradients != .collect }.map(\.plan) }
}

/// What plans that share parameters keep for them, each once.
struct SharedBytes {
  /// Of what preparing steps make.
  private(set) var prepared = 0
  /// Of tensors that optimizers keep.
  private(set) var states = 0
  /// Of parameters that stay in memory.
  private(set) var parameters = 0

  /// Of plans that one process binds.
  init(_ plans: [Plan]) {
    var known: Set<PreparedValue> = []
    var slots: Set<Slot> = []
    var numbering = ParameterNumbering()
    var isResident: [Bool] = []
    for plan in plans {
      if plans.count == 1 {
        (prepared, states) = (plan.retainedBytes, plan.stateBytes)
      } else {
        for (id, value) in plan.prepared where known.insert(value).inserted { prepared += plan[id].byteCount }
      }
      let numbers = numbering.numbers(of: plan)
      if plans.count > 1 {
        for buffer in plan.buffers {
          guard case .state(let index, let slot) = buffer.place else { continue }
          if slots.insert(Slot(parameter: numbers[index], slot: slot)).inserted { states += buffer.byteCount }
        }
      }
      isResident += repeatElement(false, count: numbering.count - isResident.count)
      for (index, bytes) in plan.residentParameters where !isResident[numbers[index]] {
        isResident[numbers[index]] = true
        parameters += bytes
      }
    }
  }

  private struct Slot: Hashable {
    var parameter: Int
    var slot: Int
  }
}

/// Numbers for the parameters of several plans: the same for the same name.
private struct ParameterNumbering {
  /// The names, by number.
  private var names: [String] = []
  /// The numbers, by name; empty while all plans have had the same names.
  private var numbers: [String: Int] = [:]

  /// How many parameters there are.
  var count: Int { names.count }

  /// For each parameter of a plan its number. Plans of one model mostly have the same parameters in the same order.
  mutating func numbers(of plan: Plan) -> [Int] {
    let own = plan.parameters.map(\.name)
    if names.isEmpty { names = own }
    if names == own { return Array(names.indices) }
    if numbers.isEmpty { for (number, name) in names.enumerated() { numbers[name] = number } }
    return own.map { name in
      if let number = numbers[name] { return number }
      names.append(name)
      numbers[name] = names.count - 1
      return names.count - 1
    }
  }
}

extension Plan {
  /// The parameters that stay in memory, and their bytes. Where none changes, those that only preparing steps read are given
  /// back, if they are large enough to have pages of their own.
  fileprivate var residentParameters: [(index: Int, bytes: Int)] {
    if purpose == .train { return parameters.indices.map { ($0, parameters[$0].shape.elementCount * 4) } }
    var isRead = [Bool](repeating: false, count: buffers.count)
    for step in steps[preparingSteps...] { for input in step.inputs { isRead[input.index] = true } }
    return buffers.indices.compactMap { index in
      guard case .parameter(let parameter) = buffers[index].place else { return nil }
      let size = buffers[index].byteCount
      return isRead[index] || size < Memory.mapped ? (parameter, size) : nil
    }
  }
}
