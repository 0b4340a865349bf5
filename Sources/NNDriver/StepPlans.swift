import NNPlan
import NNRuntime
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
    if plans.count == 1 {
      (prepared, states) = (plans[0].retainedBytes, plans[0].stateBytes)
    } else {
      var known: Set<PreparedValue> = []
      var slots: Set<Slot> = []
      for plan in plans {
        for (id, value) in plan.prepared where known.insert(value).inserted { prepared += plan[id].byteCount }
        for buffer in plan.buffers {
          guard case .state(let index, let slot) = buffer.place else { continue }
          if slots.insert(Slot(parameter: plan.parameters[index].name, slot: slot)).inserted {
            states += buffer.byteCount
          }
        }
      }
    }
    var resident: Set<String> = []
    for plan in plans {
      for (name, bytes) in plan.residentParameters where resident.insert(name).inserted { parameters += bytes }
    }
  }

  private struct Slot: Hashable {
    var parameter: String
    var slot: Int
  }
}

extension Plan {
  /// The parameters that stay in memory, and their bytes. Where none changes, those that only preparing steps read are given
  /// back, if they are large enough to have pages of their own.
  fileprivate var residentParameters: [(name: String, bytes: Int)] {
    if purpose == .train { return parameters.map { ($0.name, $0.shape.elementCount * 4) } }
    let read = Set(steps[preparingSteps...].flatMap(\.inputs))
    return buffers.indices.compactMap { index in
      guard case .parameter(let parameter) = buffers[index].place else { return nil }
      let size = buffers[index].byteCount
      return read.contains(BufferID(index)) || size < Memory.mapped ? (parameters[parameter].name, size) : nil
    }
  }
}
