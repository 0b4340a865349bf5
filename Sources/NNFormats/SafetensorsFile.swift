import NNText

/// A `.safetensors` file, open for reading (https://github.com/huggingface/safetensors): an 8-byte header length, a JSON
/// header, then the tensors' bytes. Everything the header says is checked before any of it is used; tensors are read
/// one at a time.
public final class SafetensorsFile: Sendable {
  /// A tensor as the header describes it.
  public struct Entry: Equatable, Sendable {
    /// The tensor's name.
    public let name: String
    /// Its dimensions, outermost first; empty for a single number.
    public let shape: [Int]
    /// How its values are stored.
    public let type: ElementType
    /// Where its bytes begin, counted from the start of the file.
    public let byteOffset: Int
    /// How many bytes it has.
    public let byteCount: Int
  }

  /// The path as given.
  public var path: String { file.path }
  /// The tensors, in the order of their bytes.
  public let entries: [Entry]
  /// What the header's `__metadata__` says.
  public let metadata: [String: String]
  private let places: [String: Int]
  fileprivate let file: InputFile
  /// Another file whose tensors count as this one's, behind its own.
  private let other: SafetensorsFile?
  private let ownCount: Int
  /// The longest header that is read, as in the reference implementation.
  static let maximumHeader = 100_000_000

  /// Opens a file and checks its header: length, JSON, types, shapes, and that the tensors' bytes fill the file without
  /// gap or overlap.
  public init(path: String) throws(FileError) {
    let file = try InputFile(path: path)
    if file.byteCount == 0 { throw FileError(damaged: path, "the file is empty") }
    guard file.byteCount >= 8 else {
      if let kind = FileKind(of: try file.prefix(8)) { throw Self.error(path, kind) }
      throw FileError(damaged: path, "the file is truncated")
    }
    let length = try file.read(at: 0, count: 8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(Self.maximumHeader) else {
      throw Self.error(path, FileKind(of: try file.prefix(64)))
    }
    guard Int(length) <= file.byteCount - 8 else { throw FileError(damaged: path, "the file is truncated") }
    let header = try file.read(at: 8, count: Int(length))
    let reader = SafetensorsHeader(path: path, dataStart: 8 + Int(length), fileSize: file.byteCount)
    (entries, metadata) = try reader.read(header)
    places = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.name, $0) })
    self.file = file
    (other, ownCount) = (nil, entries.count)
  }

  private static func error(_ path: String, _ kind: FileKind?) -> FileError {
    let instead = kind.map { "\($0.name), not" } ?? "not"
    return FileError(path, .read, "it is \(instead) a .safetensors file", remedy: .saveWeights)
  }

  /// A file together with the tensors of another that it does not have itself; its metadata stays its own.
  public init(_ file: SafetensorsFile, and other: SafetensorsFile) {
    entries = file.entries + other.entries.filter { file[$0.name] == nil }
    metadata = file.metadata
    places = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.name, $0) })
    self.file = file.file
    (self.other, ownCount) = (other, file.entries.count)
  }

  /// The tensor of this name, or nil.
  public subscript(_ name: String) -> Entry? { places[name].map { entries[$0] } }

  /// A tensor's values, row-major, converted to float32. An unknown name is an error.
  public func read(_ name: String) throws(FileError) -> [Float] {
    guard let place = places[name] else { throw FileError(path, .read, "there is no tensor '\(name)' in it") }
    if let other, place >= ownCount { return try other.read(name) }
    let entry = entries[place]
    return try StoredArray(
      file: file, shape: entry.shape, type: entry.type, offset: entry.byteOffset, bigEndian: false
    ).readAll()
  }
}

extension SafetensorsFile {
  /// Compares the file with the checksum in its metadata, which `Safetensors.write` puts there when asked to; a file
  /// without one, or with another, is an error.
  public func verify() throws(FileError) {
    let size = 8 + (try file.read(at: 0, count: 8).reversed().reduce(0) { $0 << 8 | Int($1) })
    var header = try file.read(at: 0, count: size)
    guard let place = Safetensors.checksumPlace(in: header) else {
      throw FileError(damaged: path, "it has no checksum, as a checkpoint has")
    }
    let zeros = Array(Safetensors.noChecksum.utf8)
    let digits = place..<place + zeros.count
    let expected = String(decoding: header[digits], as: UTF8.self)
    header.replaceSubrange(digits, with: zeros)
    var sum = CRC32C()
    sum.update(header)
    var offset = size
    while offset < file.byteCount {
      let bytes = try file.read(at: offset, count: min(1 << 20, file.byteCount - offset))
      sum.update(bytes)
      offset += bytes.count
    }
    guard sum.text == expected else {
      throw FileError(damaged: path, "it is damaged: its checksum is \(sum.text), and should be \(expected)")
    }
  }
}

/// Checks a safetensors header.
struct SafetensorsHeader {
  let path: String
  let dataStart: Int
  let fileSize: Int

  /// The tensors by offset, and the metadata.
  func read(_ bytes: [UInt8]) throws(FileError) -> ([SafetensorsFile.Entry], [String: String]) {
    let root: HeaderJSON
    do throws(HeaderJSON.Malformed) { root = try HeaderJSON.parse(bytes) } catch {
      throw damaged("\(error.reason), at byte \(error.offset + 8)")
    }
    guard case .object(let members) = root else { throw damaged("it is not an object") }
    var entries: [SafetensorsFile.Entry] = []
    var metadata: [String: String] = [:]
    for member in members {
      if member.name == "__metadata__" {
        metadata = try texts(member.value)
      } else {
        entries.append(try entry(member))
      }
    }
    entries.sort { ($0.byteOffset, $0.byteCount) < ($1.byteOffset, $1.byteCount) }
    try checkCoverage(entries)
    return (entries, metadata)
  }

  private static let types: [String: ElementType] = [
    "BOOL": .bool, "U8": .uint8, "I8": .int8, "U16": .uint16, "I16": .int16, "U32": .uint32, "I32": .int32,
    "U64": .uint64, "I64": .int64, "F16": .float16, "BF16": .bfloat16, "F32": .float32, "F64": .float64,
  ]

  private func entry(_ member: HeaderJSON.Member) throws(FileError) -> SafetensorsFile.Entry {
    let name = member.name
    guard case .object(let fields) = member.value else { throw damaged("tensor '\(name)' is not an object") }
    guard case .text(let typeName)? = fields.first(where: { $0.name == "dtype" })?.value,
      let shape = integers(fields, "shape"), let offsets = integers(fields, "data_offsets"), offsets.count == 2,
      fields.count == 3
    else { throw damaged("tensor '\(name)' does not have exactly 'dtype', 'shape' and 'data_offsets'") }
    guard let type = Self.types[typeName] else {
      throw FileError(
        path, .read, "tensor '\(name)' is of type \(typeName), which is not supported",
        remedy: .saveAs("F32, as with `tensor.float()`"))
    }
    let available = fileSize - dataStart
    guard offsets[0] <= offsets[1] else { throw damaged("tensor '\(name)' ends before it begins") }
    guard offsets[1] <= available else {
      throw FileError(
        damaged: path,
        "the file is truncated: tensor '\(name)' ends at byte \(offsets[1]) of the data, and \(available) are there")
    }
    guard let count = StoredArray.product(shape[...]), let size = StoredArray.product([count, type.byteCount]),
      size == offsets[1] - offsets[0]
    else { throw damaged("tensor '\(name)' of shape \(shape) does not fit its \(offsets[1] - offsets[0]) bytes") }
    return SafetensorsFile.Entry(
      name: name, shape: shape, type: type, byteOffset: dataStart + offsets[0], byteCount: size)
  }

  private func integers(_ fields: [HeaderJSON.Member], _ name: String) -> [Int]? {
    guard case .array(let elements)? = fields.first(where: { $0.name == name })?.value, elements.count <= 64 else {
      return nil
    }
    let numbers = elements.compactMap { element -> Int? in
      if case .integer(let number) = element { return number }
      return nil
    }
    return numbers.count == elements.count ? numbers : nil
  }

  private func texts(_ value: HeaderJSON) throws(FileError) -> [String: String] {
    guard case .object(let members) = value else { throw damaged("'__metadata__' is not an object") }
    var texts: [String: String] = [:]
    for member in members {
      guard case .text(let text) = member.value else { throw damaged("metadata '\(member.name)' is not a string") }
      texts[member.name] = text
    }
    return texts
  }

  private func checkCoverage(_ entries: [SafetensorsFile.Entry]) throws(FileError) {
    var end = dataStart
    for entry in entries {
      if entry.byteOffset < end { throw damaged("tensor '\(entry.name)' overlaps the one before it") }
      if entry.byteOffset > end { throw damaged("there is a gap before tensor '\(entry.name)'") }
      end = entry.byteOffset + entry.byteCount
    }
    if end != fileSize { throw damaged("\(fileSize - end) bytes follow the last tensor") }
  }

  private func damaged(_ reason: String) -> FileError {
    FileError(
      path, .read, "its header is damaged or not of a .safetensors file (\(reason))",
      remedy: .saveWeights)
  }
}
