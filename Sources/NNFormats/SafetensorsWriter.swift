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
  /// equal contents make equal files. With `isChecked` the metadata gets `crc32c`, the CRC-32C of the whole file with
  /// zeros in the place of its digits, which `SafetensorsFile.verify` compares.
  public static func write(
    _ tensors: [Layout], metadata: [String: String] = [:], isChecked: Bool = false, to path: String,
    values: (Int) throws(FileError) -> [Float]
  ) throws(FileError) {
    let checksum = isChecked ? [Safetensors.checksumKey: Safetensors.noChecksum] : [:]
    let header = try header(tensors, metadata.merging(checksum) { $1 }, path: path)
    try AtomicFile.write(to: path) { writer throws(FileError) in
      if isChecked { writer.checksum = CRC32C() }
      try writer.write(header)
      for (index, tensor) in tensors.enumerated() {
        let numbers = try values(index)
        guard numbers.count == StoredArray.product(tensor.shape[...]) else {
          throw FileError(path, .write, "tensor '\(tensor.name)' has \(numbers.count) values, not \(tensor.shape)")
        }
        try writer.write(numbers)
      }
      if let sum = writer.checksum, let place = checksumPlace(in: header) {
        try writer.overwrite(at: place, Array(sum.text.utf8))
      }
    }
  }

  /// The metadata that holds a file's checksum, and what stands there while it is computed.
  static let checksumKey = "crc32c"
  static let noChecksum = "00000000"

  /// Where the checksum's digits stand in a header (with the eight bytes of its length before it); nil where it has none.
  /// The characters before them stand nowhere else: inside a string, quotes are escaped.
  static func checksumPlace(in header: [UInt8]) -> Int? {
    let mark = Array("\"\(checksumKey)\":\"".utf8)
    let end = header.count - mark.count - noChecksum.utf8.count
    guard end >= 0 else { return nil }
    return (0...end).first { header[$0...].starts(with: mark) }.map { $0 + mark.count }
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
