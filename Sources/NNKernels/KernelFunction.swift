/// A numeric kernel: does part `task` of the work that `arguments` describes (each kernel has its own plain struct).
/// Tasks of one stage may run in any order on any threads; `scratch` is the calling thread's own memory.
public typealias KernelFunction =
  @Sendable (_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) -> Void
