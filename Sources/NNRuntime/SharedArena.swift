import NNPlan

/// One arena for plans that run one at a time, such as a training step, an epoch's last smaller one and validation:
/// between two runs nothing in an arena is needed, once the outputs have been read.
public final class SharedArena {
  private var memory: Memory?
  private var demand = 0

  /// An arena that is reserved when the first plan is bound.
  public init() {}

  /// Has room for these plans, too, from when the next plan is bound on: told of all before, plans have one memory in
  /// whichever order they are bound.
  public func expect(_ plans: [Plan]) { demand = plans.reduce(demand) { max($0, $1.arena.bytes) } }

  /// At least `byteCount` bytes: those that earlier plans have where they suffice, otherwise so many as all expected plans
  /// need.
  func reserve(_ byteCount: Int, for purpose: @autoclosure () -> String) throws(MemoryFailure) -> Memory {
    if let memory, memory.byteCount >= byteCount { return memory }
    let larger = try Memory(max(byteCount, demand), for: purpose())
    memory = larger
    return larger
  }
}
