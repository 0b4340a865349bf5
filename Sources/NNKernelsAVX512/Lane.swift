import CProcessor

/// The vector of this instruction set (x86-64-v4: 512-bit registers, 32 of them).
typealias Lane = SIMD16<Float>
/// Integers of the same shape: bits of a `Lane`, masks and indices.
typealias LaneBits = SIMD16<Int32>
/// A lane's values in double precision, in two registers.
typealias WideLane = SIMD16<Double>

/// `sum += a * b`, rounded once, for sums that stay in registers through a loop.
@inline(__always) func addProduct(_ sum: inout Lane, _ a: Lane, _ b: Lane) { sum.addProduct(a, b) }

/// `a * b + c`, rounded once.
@inline(__always) func multiplyAdd(_ a: Lane, _ b: Lane, _ c: Lane) -> Lane { processor_multiply_add16(a, b, c) }

/// `a * b + c`, rounded once.
@inline(__always) func multiplyAdd(_ a: WideLane, _ b: WideLane, _ c: WideLane) -> WideLane {
  processor_multiply_add_wide16(a, b, c)
}

/// √x, rounded; NaN below 0.
@inline(__always) func squareRoot(_ x: Lane) -> Lane { processor_square_root16(x) }

/// The values in double precision.
@inline(__always) func widened(_ x: Lane) -> WideLane { processor_widen16(x) }

/// The values, rounded.
@inline(__always) func narrowed(_ x: WideLane) -> Lane { processor_narrow16(x) }

extension SIMD16<Float> {
  /// Floats in a lane.
  @inline(__always) static var width: Int { 16 }
  /// 0, 1, 2 …: the position of each element.
  @inline(__always) static var positions: LaneBits { LaneBits(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) }

  /// The lane at any (unaligned) address.
  @inline(__always) init(_ pointer: UnsafePointer<Float>) {
    self = UnsafeRawPointer(pointer).loadUnaligned(as: Lane.self)
  }

  /// The first `count` floats at `pointer`, zero behind them. Reads a whole lane: buffers are padded for that.
  @inline(__always) init(_ pointer: UnsafePointer<Float>, count: Int) {
    let loaded = Lane(pointer)
    self = Lane.zero.replacing(
      with: loaded, where: Lane.positions .< LaneBits(repeating: Int32(truncatingIfNeeded: count)))
  }

  /// In place of each value the one at a position.
  @inline(__always) func permuted(_ positions: LaneBits) -> Lane { processor_permute16(self, positions) }

  /// Four values, and zeros behind them.
  @inline(__always) init(first: SIMD4<Float>) {
    self.init(lowHalf: SIMD8(lowHalf: first, highHalf: .zero), highHalf: .zero)
  }

  /// The sums of every fourth value.
  @inline(__always) var quarters: SIMD4<Float> {
    let halves = lowHalf + highHalf
    return halves.lowHalf + halves.highHalf
  }

  /// Writes the whole lane at any (unaligned) address.
  @inline(__always) func store(_ pointer: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: Lane.self)
  }

  /// Writes the first `count` floats (0 … width) and nothing behind them.
  @inline(__always) func store(_ pointer: UnsafeMutablePointer<Float>, count: Int) {
    if count >= Lane.width { return store(pointer) }
    var target = UnsafeMutableRawPointer(pointer)
    var rest8 = self.lowHalf
    if count & 8 != 0 {
      target.storeBytes(of: rest8, as: SIMD8<Float>.self)
      target += 32
      rest8 = self.highHalf
    }
    var rest4 = rest8.lowHalf
    if count & 4 != 0 {
      target.storeBytes(of: rest4, as: SIMD4<Float>.self)
      target += 16
      rest4 = rest8.highHalf
    }
    var rest2 = rest4.lowHalf
    if count & 2 != 0 {
      target.storeBytes(of: rest2, as: SIMD2<Float>.self)
      target += 8
      rest2 = rest4.highHalf
    }
    if count & 1 != 0 { target.storeBytes(of: rest2[0], as: Float.self) }
  }
}

// bf16 numbers, two in a word: their addresses are those of words, and lanes of them take half a lane's room.
extension SIMD16<Float> {
  /// Whether the instruction set has what follows; the processor may lack it (`KernelTable.multipliesBFloat16`).
  @inline(__always) static var hasBFloat16: Bool { true }

  /// The numbers at any (unaligned) address.
  @inline(__always) init(bfloat16 words: UnsafePointer<Float>) { self = processor_load_bf16(words) }

  /// Writes the lane, rounded to the nearest numbers.
  @inline(__always) func storeBFloat16(_ words: UnsafeMutablePointer<Float>) { processor_store_bf16(words, self) }

  /// Writes the first `count` (0 … width) and nothing behind them.
  @inline(__always) func storeBFloat16(_ words: UnsafeMutablePointer<Float>, count: Int) {
    if count >= Lane.width { return storeBFloat16(words) }
    processor_store_some_bf16(words, self, Int32(truncatingIfNeeded: count))
  }

  /// Words of the numbers at `low` and those at `high`.
  @inline(__always) init(joining low: UnsafePointer<Float>, _ high: UnsafePointer<Float>) {
    self = processor_join_bf16(low, high)
  }

  /// Words of these numbers and of `high`, rounded.
  @inline(__always) func paired(_ high: Lane) -> Lane { processor_pair_bf16(self, high) }
}

/// `sum +=` the products of both numbers of each word.
@inline(__always) func addPairProducts(_ sum: inout Lane, _ a: Lane, _ b: Lane) { sum = processor_dot_bf16(sum, a, b) }

/// Writes the lowest byte of each element.
@inline(__always) func storeBytes(_ bits: LaneBits, _ pointer: UnsafeMutablePointer<UInt8>) {
  withUnsafePointer(to: bits) { processor_store_bytes16(pointer, $0) }
}
