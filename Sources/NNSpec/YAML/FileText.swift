import NNDiagnostics

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Why a file cannot be read.
enum FileProblem: Error {
  case missing
  case directory
  case tooLarge
  case denied
  case looping
  case unreadable(String)
}

/// Which files besides its own text a spec may reach.
public enum FileAccess: Sendable, Equatable {
  /// Those that it names: included files, data, weights.
  case named
  /// None: an include cannot be read, and data is taken to be what its keys say.
  case none
  /// Those that it names; those with these paths, as diagnostics show them, are read as if they held these bytes.
  case replaced([String: [UInt8]])

  /// Whether the files that a spec names can be reached.
  public var reachesNamed: Bool { self != .none }

  /// What files are taken to hold in place of what is on the disk, by path.
  var replaced: [String: [UInt8]] {
    if case .replaced(let bytes) = self { bytes } else { [:] }
  }
}

/// Reads files whole.
enum FileText {
  /// The most bytes a spec may have.
  static let byteLimit = 1 << 20

  /// The bytes of a file, or those that `replaced` has for its path; `-` is standard input.
  static func bytes(path: String, replaced: [String: [UInt8]] = [:]) throws(FileProblem) -> [UInt8] {
    if let bytes = replaced[path] { return bytes }
    if path == "-" { return try bytes(descriptor: 0) }
    // A pipe that nobody writes to would keep `open` waiting; read from, it is empty.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw problem(errno) }
    defer { close(descriptor) }
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
    return try bytes(descriptor: descriptor)
  }

  private static func bytes(descriptor: Int32) throws(FileProblem) -> [UInt8] {
    var result: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count == 0 { return result }
      if count < 0 {
        if errno == EINTR { continue }
        throw problem(errno)
      }
      result.append(contentsOf: chunk[0..<count])
      if result.count > byteLimit { throw .tooLarge }
    }
  }

  private static func problem(_ code: Int32) -> FileProblem {
    switch code {
    case ENOENT, ENOTDIR: .missing
    case EISDIR: .directory
    case EACCES, EPERM: .denied
    case ELOOP: .looping
    default: .unreadable(String(cString: strerror(code)))
    }
  }
}

/// A spec's bytes turned into text, or what is wrong with them.
struct DecodedText {
  /// The text, without a byte order mark; invalid bytes are replaced.
  let text: String
  /// Offset of the first invalid byte in the file and in scalars of `text`.
  let invalid: (byte: Int, scalar: Int)?
  /// Whether the bytes begin with UTF-8's byte order mark.
  let hasByteOrderMark: Bool
  /// Whether the bytes begin with a UTF-16 or UTF-32 byte order mark.
  let isOtherEncoding: Bool

  /// Reads UTF-8, with or without a byte order mark.
  init(bytes: [UInt8]) {
    hasByteOrderMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
    let body = bytes.dropFirst(hasByteOrderMark ? 3 : 0)
    isOtherEncoding = bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
    if isOtherEncoding {
      text = ""
      invalid = nil
    } else if let valid = String(validating: body, as: UTF8.self) {
      text = valid
      invalid = nil
    } else {
      let invalid = DecodedText.firstInvalid(in: body)
      let end = (invalid?.byte ?? body.startIndex) + DecodedText.shownBeyondInvalid
      text = String(decoding: body[..<min(end, body.endIndex)], as: UTF8.self)
      self.invalid = invalid
    }
  }

  /// How many bytes behind an invalid one are kept, to be quoted.
  private static let shownBeyondInvalid = 80

  private static func firstInvalid(in body: ArraySlice<UInt8>) -> (byte: Int, scalar: Int)? {
    var decoder = UTF8()
    var iterator = body.makeIterator()
    var byte = body.startIndex
    var count = 0
    while case .scalarValue(let scalar) = decoder.decode(&iterator) {
      byte += UTF8.width(scalar)
      count += 1
    }
    return byte < body.endIndex ? (byte, count) : nil
  }
}
