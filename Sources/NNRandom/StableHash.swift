/// Hashes of texts that stay the same on every machine and in every version.
public enum StableHash {
  /// FNV-1a, 64 bits (Fowler, Noll, Vo), of the text's UTF-8 bytes.
  public static func fnv1a(_ text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
  }

  /// The same, finished with MurmurHash3's mixer, so that its upper bits are even for short texts too. It is part of what
  /// a validation split means: never change it.
  public static func mixed(_ text: String) -> UInt64 {
    var hash = fnv1a(text)
    hash = (hash ^ hash >> 33) &* 0xFF51_AFD7_ED55_8CCD
    hash = (hash ^ hash >> 33) &* 0xC4CE_B9FE_1A85_EC53
    return hash ^ hash >> 33
  }
}
