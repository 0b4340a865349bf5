#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The cosine and sine of an angle.
func unitCircle(degrees: Double) -> (cosine: Double, sine: Double) {
  let radians = degrees * .pi / 180
  return (cos(radians), sin(radians))
}

/// e to the `exponent`.
func exponential(_ exponent: Double) -> Double { exp(exponent) }

/// `base` to the `exponent`.
func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

/// The 64-bit FNV-1a hash (Fowler, Noll, Vo) of a text's UTF-8, finished with MurmurHash3's mixer so that its upper
/// bits are even for short names too. It is part of what a validation split means: never change it.
func stableHash(_ text: String) -> UInt64 {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
  hash = (hash ^ hash >> 33) &* 0xFF51_AFD7_ED55_8CCD
  hash = (hash ^ hash >> 33) &* 0xC4CE_B9FE_1A85_EC53
  return hash ^ hash >> 33
}
