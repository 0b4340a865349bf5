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
  case unreadable(String)
}

/// Which files besides its own text a spec may reach.
public enum FileAccess: Sendable {
  /// Those that it names: included files, data, weights.
  case named
  /// None: an include cannot be read, and data is taken to be what its keys say.
  case none
}

/// Reads files whole.
enum FileText {
  /// The most bytes a spec may have.
  static let byteLimit = 1 << 20

  /// The bytes of a file; `-` is standard input.
  static func bytes(path: String) throws(FileProblem) -> [UInt8] {
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
  /// Whether the bytes begin with a UTF-16 or UTF-32 byte order mark.
  let isOtherEncoding: Bool

  /// Reads UTF-8, with or without a byte order mark.
  init(bytes: [UInt8]) {
    let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
    let body = bytes.dropFirst(hasMark ? 3 : 0)
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
