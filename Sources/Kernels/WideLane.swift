/// A pointer to doubles that a kernel reads and writes.
typealias Doubles = UnsafeMutablePointer<Double>

extension WideLane {
  /// The values at any (unaligned) address.
  @inline(__always) init(_ pointer: UnsafePointer<Double>) {
    self = UnsafeRawPointer(pointer).loadUnaligned(as: WideLane.self)
  }

  /// Writes all values at any (unaligned) address.
  @inline(__always) func store(_ pointer: Doubles) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: WideLane.self)
  }
}

/// The sum of the first `count` values, always in the same order.
@inline(__always) func horizontalSum(_ lane: WideLane, count: Int) -> Double {
  var sum = 0.0
  for element in 0..<Lane.width where element < count { sum += lane[element] }
  return sum
}
