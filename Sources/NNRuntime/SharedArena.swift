/// One arena for plans that run one at a time, such as a training step, an epoch's last smaller one and validation:
/// between two runs nothing in an arena is needed, once the outputs have been read.
public final class SharedArena {
  private var memory: Memory?

  /// An arena that is reserved when the first plan is bound.
  public init() {}

  /// At least `byteCount` bytes: those that earlier plans have where they suffice, so bind the largest plan first.
  func reserve(_ byteCount: Int, for purpose: @autoclosure () -> String) throws(MemoryFailure) -> Memory {
    if let memory, memory.byteCount >= byteCount { return memory }
    let larger = try Memory(byteCount, for: purpose())
    memory = larger
    return larger
  }
}
