import NNKernels

/// The bits of the floats.
@inline(__always) func bits(_ x: Lane) -> LaneBits { unsafeBitCast(x, to: LaneBits.self) }

/// The floats of the bits.
@inline(__always) func floats(_ x: LaneBits) -> Lane { unsafeBitCast(x, to: Lane.self) }

extension SIMDMask<LaneBits> {
  /// `other` where the mask is set, elsewhere `base`, bit by bit. (`replacing(with:where:)` of the standard library is a
  /// loop over the elements, which keeps the optimizer from inlining what uses it.)
  @inline(__always) func blend(_ base: LaneBits, _ other: LaneBits) -> LaneBits {
    let kept = unsafeBitCast(base, to: Self.self) .& .!self
    return unsafeBitCast((unsafeBitCast(other, to: Self.self) .& self) .| kept, to: LaneBits.self)
  }
}

extension Lane {
  /// `other` where `mask` is set, elsewhere this.
  @inline(__always) func selecting(_ other: Lane, where mask: SIMDMask<LaneBits>) -> Lane {
    floats(mask.blend(bits(self), bits(other)))
  }

  /// Takes over `other` where `mask` is set.
  @inline(__always) mutating func select(_ other: Lane, where mask: SIMDMask<LaneBits>) {
    self = selecting(other, where: mask)
  }
}

extension LaneBits {
  /// Takes over `other` where `mask` is set.
  @inline(__always) mutating func select(_ other: LaneBits, where mask: SIMDMask<LaneBits>) {
    self = mask.blend(self, other)
  }
}

/// |x|.
@inline(__always) func magnitude(_ x: Lane) -> Lane { floats(bits(x) & LaneBits(repeating: 0x7FFF_FFFF)) }

/// |x| with the sign of `sign`.
@inline(__always) func withSign(_ x: Lane, of sign: Lane) -> Lane {
  floats(bits(magnitude(x)) | (bits(sign) & LaneBits(repeating: Int32.min)))
}

/// a · b + c for a constant c.
@inline(__always) func multiplyAdd(_ a: Lane, _ b: Lane, _ c: Float) -> Lane { multiplyAdd(a, b, Lane(repeating: c)) }

/// x where x < limit, otherwise limit; NaN stays.
@inline(__always) func atMost(_ x: Lane, _ limit: Float) -> Lane {
  x.selecting(Lane(repeating: limit), where: x .> Lane(repeating: limit))
}

/// x where x > limit, otherwise limit; NaN stays.
@inline(__always) func atLeast(_ x: Lane, _ limit: Float) -> Lane {
  x.selecting(Lane(repeating: limit), where: x .< Lane(repeating: limit))
}

/// eˣ: Cody and Waite's reduction, the polynomial of Cephes' `expf` (S. Moshier).
@inline(__always) func exponential(_ x: Lane) -> Lane {
  let (p, exponent) = exponentialParts(atLeast(atMost(x, 130), -110))
  let half = exponent &>> LaneBits(repeating: 1)
  return p * powerOfTwo(half) * powerOfTwo(exponent &- half)
}

/// eˣ for |x| ≤ 87.
@inline(__always) func exponentialOfSmall(_ x: Lane) -> Lane {
  let (p, exponent) = exponentialParts(x)
  return p * powerOfTwo(exponent)
}

/// The factors of eˣ: one of about 1, and the power of two with an exponent.
@inline(__always) private func exponentialParts(_ x: Lane) -> (Lane, LaneBits) {
  let shifter = Lane(repeating: 12_582_912)
  let shifted = multiplyAdd(x, Lane(repeating: 1.442_695_04), shifter)
  let n = shifted - shifter
  var r = multiplyAdd(n, Lane(repeating: -0.693_359_375), x)
  r = multiplyAdd(n, Lane(repeating: 2.121_944_4e-4), r)
  var p = multiplyAdd(r, Lane(repeating: 1.987_569_15e-4), 1.398_199_950_7e-3)
  p = multiplyAdd(p, r, 8.333_451_907_3e-3)
  p = multiplyAdd(p, r, 4.166_579_589_4e-2)
  p = multiplyAdd(p, r, 1.666_666_545_9e-1)
  p = multiplyAdd(p, r, 5.000_000_120_1e-1)
  return (multiplyAdd(p, r * r, r) + Lane(repeating: 1), bits(shifted) &- bits(shifter))
}

/// 2ⁿ for −126 ≤ n ≤ 127.
@inline(__always) func powerOfTwo(_ n: LaneBits) -> Lane {
  floats((n &+ LaneBits(repeating: 127)) &<< LaneBits(repeating: 23))
}

/// The natural logarithm: the polynomial of Cephes' `logf`; −∞ at 0, NaN below.
@inline(__always) func logarithm(_ x: Lane) -> Lane {
  let tiny = x .< Lane(repeating: Float.leastNormalMagnitude)
  let scaled = x.selecting(x * Lane(repeating: 8_388_608), where: tiny)
  let offset = bits(scaled) &- LaneBits(repeating: 0x3F35_04F3)
  let exponent = offset &>> LaneBits(repeating: 23)
  let f = floats(bits(scaled) &- (exponent &<< LaneBits(repeating: 23))) - Lane(repeating: 1)
  let shifter = LaneBits(repeating: 0x4B40_0000)
  var e = floats(exponent &+ shifter) - floats(shifter)
  e.select(e - Lane(repeating: 23), where: tiny)
  let square = f * f
  var result = f * square * logarithmPolynomial(f)
  result = multiplyAdd(e, Lane(repeating: -2.121_944_4e-4), result)
  result = multiplyAdd(square, Lane(repeating: -0.5), result)
  result = multiplyAdd(e, Lane(repeating: 0.693_359_375), f + result)
  result.select(Lane(repeating: -Float.infinity), where: x .== Lane.zero)
  result.select(Lane(repeating: Float.nan), where: x .< Lane.zero)
  return result.selecting(x, where: (x .== Lane(repeating: Float.infinity)) .| (x .!= x))
}

@inline(__always) private func logarithmPolynomial(_ f: Lane) -> Lane {
  var p = multiplyAdd(f, Lane(repeating: 7.037_683_629_2e-2), -1.151_461_031e-1)
  p = multiplyAdd(p, f, 1.167_699_874e-1)
  p = multiplyAdd(p, f, -1.242_014_084_6e-1)
  p = multiplyAdd(p, f, 1.424_932_278_7e-1)
  p = multiplyAdd(p, f, -1.666_805_766_5e-1)
  p = multiplyAdd(p, f, 2.000_071_476_5e-1)
  p = multiplyAdd(p, f, -2.499_999_399_3e-1)
  return multiplyAdd(p, f, 3.333_333_117_4e-1)
}

/// log(1 + x): the logarithm of the rounded sum, and what the rounding lost.
@inline(__always) func logarithmOfOnePlus(_ x: Lane) -> Lane {
  let one = Lane(repeating: 1)
  let sum = one + x
  let lost = (x - (sum - one)) / sum
  let finite = (sum .> Lane.zero) .& (sum .< Lane(repeating: Float.infinity))
  let result = logarithm(sum)
  return result.selecting(result + lost, where: finite)
}

/// 1 / (1 + e⁻ˣ), without overflow on either side.
@inline(__always) func logistic(_ x: Lane) -> Lane {
  let e = exponential(Lane.zero - magnitude(x))
  let one = Lane(repeating: 1)
  return one.selecting(e, where: x .< Lane.zero) / (one + e)
}

/// tanh x: the polynomial of Cephes' `tanhf` below 0.625, otherwise 1 − 2 / (e²ˣ + 1).
@inline(__always) func hyperbolicTangent(_ x: Lane) -> Lane {
  let size = magnitude(x)
  let square = x * x
  var p = multiplyAdd(square, Lane(repeating: -5.704_988_727_45e-3), 2.063_908_879_54e-2)
  p = multiplyAdd(p, square, -5.373_971_555_31e-2)
  p = multiplyAdd(p, square, 1.333_144_220_36e-1)
  p = multiplyAdd(p, square, -3.333_328_194_22e-1)
  let small = multiplyAdd(p * square, x, x)
  let one = Lane(repeating: 1)
  let large = one - Lane(repeating: 2) / (exponential(size + size) + one)
  return withSign(large, of: x).selecting(small, where: size .< Lane(repeating: 0.625))
}

/// The error function, by two minimax polynomials (N. Juffa's `erff`): x · p(x²) near 0, 1 − e^q(|x|) elsewhere.
@inline(__always) func errorFunction(_ x: Lane) -> Lane {
  let square = x * x
  var p = multiplyAdd(square, Lane(repeating: -5.967_617_03e-4), 4.991_194_23e-3)
  p = multiplyAdd(p, square, -2.676_813_49e-2)
  p = multiplyAdd(p, square, 1.128_199_25e-1)
  p = multiplyAdd(p, square, -3.761_253_36e-1)
  p = multiplyAdd(p, square, 1.283_791_66e-1)
  let small = multiplyAdd(p, x, x)
  let size = atMost(magnitude(x), 4)
  var q = multiplyAdd(size, Lane(repeating: -1.728_534_7e-5), 3.831_971_26e-4)
  q = multiplyAdd(q, size * size, multiplyAdd(size, Lane(repeating: -3.883_964_38e-3), 2.425_462_19e-2))
  q = multiplyAdd(q, size, -1.067_778_77e-1)
  q = multiplyAdd(q, size, -6.348_466_87e-1)
  q = multiplyAdd(q, size, -1.287_175_12e-1)
  q = multiplyAdd(q, size, Lane.zero - size)
  let large = withSign(Lane(repeating: 1) - exponentialOfSmall(q), of: x)
  let isSmall = size .<= Lane(repeating: 0.927_734_375)
  return large.selecting(small, where: isSmall).selecting(x, where: x .!= x)
}

/// The inverse of the error function for −1 < x < 1: M. Giles, "Approximating the erfinv function", GPU Computing Gems
/// Jade Edition, 2011, listing for single precision.
@inline(__always) func inverseErrorFunction(_ x: Lane) -> Lane {
  let one = Lane(repeating: 1)
  let w = Lane.zero - logarithm((one - x) * (one + x))
  let a = w - Lane(repeating: 2.5)
  var near = multiplyAdd(a, Lane(repeating: 2.810_226_36e-08), 3.432_739_39e-07)
  near = multiplyAdd(near, a, -3.523_387_7e-06)
  near = multiplyAdd(near, a, -4.391_506_54e-06)
  near = multiplyAdd(near, a, 0.000_218_580_87)
  near = multiplyAdd(near, a, -0.001_253_725_03)
  near = multiplyAdd(near, a, -0.004_177_681_640)
  near = multiplyAdd(near, a, 0.246_640_727)
  near = multiplyAdd(near, a, 1.501_409_41)
  let b = squareRoot(atLeast(w, 0)) - Lane(repeating: 3)
  var far = multiplyAdd(b, Lane(repeating: -0.000_200_214_257), 0.000_100_950_558)
  far = multiplyAdd(far, b, 0.001_349_343_22)
  far = multiplyAdd(far, b, -0.003_673_428_44)
  far = multiplyAdd(far, b, 0.005_739_507_73)
  far = multiplyAdd(far, b, -0.007_622_461_3)
  far = multiplyAdd(far, b, 0.009_438_870_47)
  far = multiplyAdd(far, b, 1.001_674_06)
  far = multiplyAdd(far, b, 2.832_976_82)
  return near.selecting(far, where: w .>= Lane(repeating: 5)) * x
}
