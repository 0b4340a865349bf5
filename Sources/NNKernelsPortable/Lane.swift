import CProcessor

/// The vector of this instruction set (128-bit registers: SSE2 on x86-64, NEON on arm64).
typealias Lane = SIMD4<Float>
/// Integers of the same shape: bits of a `Lane`, masks and indices.
typealias LaneBits = SIMD4<Int32>
/// A lane's values in double precision, in two registers.
typealias WideLane = SIMD4<Double>

/// `sum += a * b`, fused where the baseline has it (arm64), else rounded twice: never a libm call.
@inline(__always) func addProduct(_ sum: inout Lane, _ a: Lane, _ b: Lane) {
  #if arch(arm64)
    sum.addProduct(a, b)
  #else
    sum += a * b
  #endif
}

/// `a * b + c`, rounded as `addProduct`.
@inline(__always) func multiplyAdd(_ a: Lane, _ b: Lane, _ c: Lane) -> Lane {
  #if arch(arm64)
    processor_multiply_add4(a, b, c)
  #else
    c + a * b
  #endif
}

/// `a * b + c`, rounded as `addProduct`.
@inline(__always) func multiplyAdd(_ a: WideLane, _ b: WideLane, _ c: WideLane) -> WideLane {
  #if arch(arm64)
    processor_multiply_add_wide4(a, b, c)
  #else
    c + a * b
  #endif
}

/// √x, rounded; NaN below 0.
@inline(__always) func squareRoot(_ x: Lane) -> Lane { processor_square_root4(x) }

/// The values in double precision.
@inline(__always) func widened(_ x: Lane) -> WideLane { processor_widen4(x) }

/// The values, rounded.
@inline(__always) func narrowed(_ x: WideLane) -> Lane { processor_narrow4(x) }

extension SIMD4<Float> {
  /// Floats in a lane.
  @inline(__always) static var width: Int { 4 }
  /// 0, 1, 2 …: the position of each element.
  @inline(__always) static var positions: LaneBits { LaneBits(0, 1, 2, 3) }

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
  @inline(__always) func permuted(_ positions: LaneBits) -> Lane {
    Lane(self[Int(positions[0])], self[Int(positions[1])], self[Int(positions[2])], self[Int(positions[3])])
  }

  /// Four values.
  @inline(__always) init(first: SIMD4<Float>) { self = first }

  /// The sums of every fourth value.
  @inline(__always) var quarters: SIMD4<Float> { self }

  /// Writes the whole lane at any (unaligned) address.
  @inline(__always) func store(_ pointer: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: Lane.self)
  }

  /// Writes the first `count` floats (0 … width) and nothing behind them.
  @inline(__always) func store(_ pointer: UnsafeMutablePointer<Float>, count: Int) {
    if count >= Lane.width { return store(pointer) }
    var target = UnsafeMutableRawPointer(pointer)
    var rest2 = self.lowHalf
    if count & 2 != 0 {
      target.storeBytes(of: rest2, as: SIMD2<Float>.self)
      target += 8
      rest2 = self.highHalf
    }
    if count & 1 != 0 { target.storeBytes(of: rest2[0], as: Float.self) }
  }
}

/// Writes the lowest byte of each element.
@inline(__always) func storeBytes(_ bits: LaneBits, _ pointer: UnsafeMutablePointer<UInt8>) {
  withUnsafePointer(to: bits) { processor_store_bytes4(pointer, $0) }
}
