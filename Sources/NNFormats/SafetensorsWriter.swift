import NNText

/// Writing `.safetensors` files of float32 tensors.
public enum Safetensors {
  /// A tensor's name and dimensions.
  public struct Layout: Equatable, Sendable {
    /// The name; unique in its file.
    public var name: String
    /// The dimensions, outermost first.
    public var shape: [Int]

    /// A name and dimensions.
    public init(name: String, shape: [Int]) {
      self.name = name
      self.shape = shape
    }
  }

  /// Writes a file atomically, in the order given, asking for one tensor's values at a time: `values(index)` gives as
  /// many as its shape says, row-major. The tensors' bytes begin at a multiple of 8; metadata is sorted by name, so that
  /// equal contents make equal files.
  public static func write(
    _ tensors: [Layout], metadata: [String: String] = [:], to path: String,
    values: (Int) throws(FileError) -> [Float]
  ) throws(FileError) {
    let header = try header(tensors, metadata, path: path)
    try AtomicFile.write(to: path) { writer throws(FileError) in
      try writer.write(header)
      for (index, tensor) in tensors.enumerated() {
        let numbers = try values(index)
        guard numbers.count == StoredArray.product(tensor.shape[...]) else {
          throw FileError(path, .write, "tensor '\(tensor.name)' has \(numbers.count) values, not \(tensor.shape)")
        }
        try writer.write(numbers)
      }
    }
  }

  private static func header(
    _ tensors: [Layout], _ metadata: [String: String], path: String
  ) throws(FileError) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .map { JSON.quoted($0.key) + ":" + JSON.quoted($0.value) }
      members.append("\"__metadata__\":{" + pairs.joined(separator: ",") + "}")
    }
    var names: Set<String> = ["__metadata__"]
    var end = 0
    for tensor in tensors {
      guard names.insert(tensor.name).inserted else {
        throw FileError(path, .write, "two tensors have the name '\(tensor.name)'")
      }
      guard let count = StoredArray.product(tensor.shape[...]), let bytes = StoredArray.product([count, 4]),
        case let (next, overflow) = end.addingReportingOverflow(bytes), !overflow
      else { throw FileError(path, .write, "tensor '\(tensor.name)' of shape \(tensor.shape) is not possible") }
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(JSON.quoted(tensor.name)):{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[\(end),\(next)]}")
      end = next
    }
    var text = Array("{\(members.joined(separator: ","))}".utf8)
    text += [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8)
    if text.count > SafetensorsFile.maximumHeader { throw FileError(path, .write, "its header would be too large") }
    return (0..<8).map { UInt8(truncatingIfNeeded: UInt64(text.count) >> UInt64(8 * $0)) } + text
  }
}
