/// The counter-based generator Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as
/// 1, 2, 3", SC 2011): a pure function from a 64-bit key and a 128-bit counter to 128 random bits.
public struct Philox4x32: Sendable {
  /// The key's two words, low word first.
  public let key: SIMD2<UInt32>

  /// A generator for `key`, whose low 32 bits are the first word.
  public init(key: UInt64) {
    self.key = SIMD2(UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32))
  }

  /// The four random words at `counter`.
  public func block(at counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
    var state = counter
    var roundKey = key
    for _ in 0..<10 {
      state = Self.round(state, roundKey)
      roundKey = roundKey &+ SIMD2(0x9E37_79B9, 0xBB67_AE85)
    }
    return state
  }

  private static func round(_ state: SIMD4<UInt32>, _ key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    let first = (0xD251_1F53 as UInt32).multipliedFullWidth(by: state.x)
    let second = (0xCD9E_8D57 as UInt32).multipliedFullWidth(by: state.z)
    return SIMD4(second.high ^ state.y ^ key.x, second.low, first.high ^ state.w ^ key.y, first.low)
  }
}
