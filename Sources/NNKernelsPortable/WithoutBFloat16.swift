// There are no instructions for bf16 numbers, and no plan for these kernels has any.
extension Lane {
  /// Whether the instruction set has what follows.
  @inline(__always) static var hasBFloat16: Bool { false }
  @inline(__always) init(bfloat16 words: UnsafePointer<Float>) { fatalError(noBFloat16) }
  @inline(__always) func storeBFloat16(_ words: UnsafeMutablePointer<Float>) { fatalError(noBFloat16) }
  @inline(__always) func storeBFloat16(_ words: UnsafeMutablePointer<Float>, count: Int) { fatalError(noBFloat16) }
  @inline(__always) init(joining low: UnsafePointer<Float>, _ high: UnsafePointer<Float>) { fatalError(noBFloat16) }
  @inline(__always) func paired(_ high: Lane) -> Lane { fatalError(noBFloat16) }
}
@inline(__always) func addPairProducts(_ sum: inout Lane, _ a: Lane, _ b: Lane) { fatalError(noBFloat16) }
private var noBFloat16: String { "these kernels have no bf16" }
