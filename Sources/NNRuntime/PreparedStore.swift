import NNPlan

/// Bytes that preparing steps fill, for all plans with the same steps on the same parameters.
final class Prepared {
  /// The first byte.
  let start: UnsafeMutableRawPointer
  /// How many there are.
  let byteCount: Int
  /// The store's version that they were made of; 0 before they are.
  var version: UInt64 = 0
  private let block: Memory

  init(_ block: Memory, at offset: Int, _ byteCount: Int) {
    (self.block, self.byteCount) = (block, byteCount)
    start = block.start + offset
  }
}

/// What preparing steps make of parameters, each once, for as long as a plan reads it.
struct PreparedStore {
  /// Kernels of different tables make different bytes.
  private struct Key: Hashable {
    var kernels: String
    var value: PreparedValue
  }

  private struct Reference { weak var prepared: Prepared? }

  private var known: [Key: Reference] = [:]

  /// Where a plan's preparing steps write with these kernels; what no other plan has yet, is side by side in `new`.
  mutating func places(
    of plan: Plan, kernels: String
  ) throws(MemoryFailure) -> (places: [BufferID: Prepared], new: Memory) {
    var places: [BufferID: Prepared] = [:]
    var missing: [(id: BufferID, key: Key, offset: Int)] = []
    var end = 0
    for (id, value) in plan.prepared {
      let key = Key(kernels: kernels, value: value)
      if let prepared = known[key]?.prepared {
        places[id] = prepared
      } else {
        missing.append((id, key, end))
        end += plan[id].byteCount
      }
    }
    let new = try Memory(end, for: "the packed weights of `\(plan.name)`")
    for (id, key, offset) in missing {
      let prepared = Prepared(new, at: offset, plan[id].byteCount)
      (places[id], known[key]) = (prepared, Reference(prepared: prepared))
    }
    known = known.filter { $0.value.prepared != nil }
    return (places, new)
  }
}
