import NNRandom

/// A 64-bit hash of names and numbers' bits: FNV-1a's steps on 32-bit words, with the high half folded in.
struct ContentHash {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ name: String) { mix(StableHash.fnv1a(name)) }

  mutating func add(_ values: [Float]) {
    mix(UInt64(values.count))
    values.withUnsafeBufferPointer { values in
      for number in values { mix(UInt64(number.bitPattern)) }
    }
  }

  private mutating func mix(_ word: UInt64) {
    value = (value ^ word) &* 0x9e37_79b9_7f4a_7c15
    value ^= value >> 32
  }
}
