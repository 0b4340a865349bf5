import NNTensor

/// An operand or a result of an operation, by its index.
public enum StoragePlace: Hashable, Sendable {
  case input(Int)
  case output(Int)
}

/// Operands and results that may be stored as bf16, all of them or none.
public struct StorageGroup: Hashable, Sendable {
  /// Its members.
  public var places: [StoragePlace]

  /// A group of these places.
  public init(_ places: StoragePlace...) { self.places = places }

  /// A group of these places.
  public init(_ places: [StoragePlace]) { self.places = places }

  /// All operands and results.
  static func all(_ inputs: Int, _ outputs: Int = 1) -> StorageGroup {
    StorageGroup((0..<inputs).map { .input($0) } + (0..<outputs).map { .output($0) })
  }
}

extension Node {
  /// The value at a place.
  public func value(_ place: StoragePlace) -> ValueID {
    switch place {
    case .input(let index): inputs[index]
    case .output(let index): outputs[index]
    }
  }
}

extension TensorType {
  /// Whether a pixel's channels, or those of each of `groups`, fill words of two.
  func hasPairs(groups: Int = 1) -> Bool { (shape.last ?? 1) % (2 * groups) == 0 }
}
