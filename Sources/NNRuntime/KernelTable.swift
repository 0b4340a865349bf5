import CProcessor
import NNKernels
import NNKernelsPortable

#if arch(x86_64)
  import NNKernelsAVX2
  import NNKernelsAVX512
#endif

/// All kernels of one instruction set.
public struct KernelTable: Sendable {
  /// What `NNC_KERNELS` calls it: `avx512`, `avx2` or `portable`.
  public let name: String
  /// Convolutions.
  public let convolution: ConvolutionKernels
  /// Everything else.
  public let vector: VectorKernels

  /// Whether they can store and multiply bf16 numbers on this processor.
  public let multipliesBFloat16: Bool

  /// The tiles that plans for these kernels must be compiled for.
  public var tiles: TileShape { convolution.shape }

  /// The tables that run on this processor, the fastest first. Plans for the portable one are the same on every machine.
  public static let available: [KernelTable] = {
    let portable = KernelTable(
      name: "portable", convolution: PortableKernels.convolution, vector: NNKernelsPortable.vectorKernels,
      multipliesBFloat16: false)
    #if arch(x86_64)
      var tables = [portable]
      if processor_has_avx2() {
        let table = KernelTable(
          name: "avx2", convolution: fitted(AVX2Kernels.convolution), vector: NNKernelsAVX2.vectorKernels,
          multipliesBFloat16: false)
        tables.insert(table, at: 0)
      }
      if processor_has_avx512() {
        let table = KernelTable(
          name: "avx512", convolution: fitted(AVX512Kernels.convolution), vector: NNKernelsAVX512.vectorKernels,
          multipliesBFloat16: processor_has_avx512_bf16())
        tables.insert(table, at: 0)
      }
      return tables
    #else
      return [portable]
    #endif
  }()

  /// The kernels, to be planned for this processor's caches.
  private static func fitted(_ kernels: ConvolutionKernels) -> ConvolutionKernels {
    var kernels = kernels
    kernels.shape.isRoomy = processor_second_level_bytes() >= 2 << 20
    return kernels
  }

  /// Every name that some processor has kernels for.
  public static let names = ["avx512", "avx2", "portable"]

  /// The table to use: the one that `NNC_KERNELS` names, otherwise the fastest.
  public static func chosen(_ wish: String? = Knob.kernels.value) throws(KnobFailure) -> KernelTable {
    guard let wish else { return available[0] }
    if let table = available.first(where: { $0.name == wish }) { return table }
    throw KnobFailure(
      knob: .kernels, value: wish, allowed: available.map(\.name),
      reason: names.contains(wish) ? "this processor cannot run these kernels" : "there are no such kernels")
  }
}
