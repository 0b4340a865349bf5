import CProcessor

/// The vector of this instruction set (x86-64-v3: 256-bit registers, 16 of them).
typealias Lane = SIMD8<Float>
/// Integers of the same shape: bits of a `Lane`, masks and indices.
typealias LaneBits = SIMD8<Int32>
/// A lane's values in double precision, in two registers.
typealias WideLane = SIMD8<Double>

/// `sum += a * b`, rounded once, for sums that stay in registers through a loop.
@inline(__always) func addProduct(_ sum: inout Lane, _ a: Lane, _ b: Lane) { sum.addProduct(a, b) }

/// `a * b + c`, rounded once.
@inline(__always) func multiplyAdd(_ a: Lane, _ b: Lane, _ c: Lane) -> Lane { processor_multiply_add8(a, b, c) }

/// `a * b + c`, rounded once.
@inline(__always) func multiplyAdd(_ a: WideLane, _ b: WideLane, _ c: WideLane) -> WideLane {
  processor_multiply_add_wide8(a, b, c)
}

/// √x, rounded; NaN below 0.
@inline(__always) func squareRoot(_ x: Lane) -> Lane { processor_square_root8(x) }

/// The values in double precision.
@inline(__always) func widened(_ x: Lane) -> WideLane { processor_widen8(x) }

/// The values, rounded.
@inline(__always) func narrowed(_ x: WideLane) -> Lane { processor_narrow8(x) }

extension SIMD8<Float> {
  /// Floats in a lane.
  @inline(__always) static var width: Int { 8 }
  /// 0, 1, 2 …: the position of each element.
  @inline(__always) static var positions: LaneBits { LaneBits(0, 1, 2, 3, 4, 5, 6, 7) }

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
  @inline(__always) func permuted(_ positions: LaneBits) -> Lane { processor_permute8(self, positions) }

  /// Four values, and zeros behind them.
  @inline(__always) init(first: SIMD4<Float>) { self.init(lowHalf: first, highHalf: .zero) }

  /// The sums of every fourth value.
  @inline(__always) var quarters: SIMD4<Float> { lowHalf + highHalf }

  /// Writes the whole lane at any (unaligned) address.
  @inline(__always) func store(_ pointer: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: Lane.self)
  }

  /// Writes the first `count` floats (0 … width) and nothing behind them.
  @inline(__always) func store(_ pointer: UnsafeMutablePointer<Float>, count: Int) {
    if count >= Lane.width { return store(pointer) }
    var target = UnsafeMutableRawPointer(pointer)
    var rest4 = self.lowHalf
    if count & 4 != 0 {
      target.storeBytes(of: rest4, as: SIMD4<Float>.self)
      target += 16
      rest4 = self.highHalf
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

/// Writes the lowest byte of each element.
@inline(__always) func storeBytes(_ bits: LaneBits, _ pointer: UnsafeMutablePointer<UInt8>) {
  withUnsafePointer(to: bits) { processor_store_bytes8(pointer, $0) }
}
