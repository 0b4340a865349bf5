/// What a file seems to be, by its first bytes: for those who were given another than they can read.
public enum FileKind: Equatable, Sendable {
  /// A picture, in the format of this name.
  case picture(String)
  /// A document, an array or weights, in the format of this name.
  case other(String)
  /// Packed files, as this program packs them.
  case archive(String)
  /// Characters.
  case text

  /// The kind of a file that begins so; nil where that says nothing.
  public init?(of start: some Collection<UInt8>) {
    if start.isEmpty { return nil }
    let start = Array(start.prefix(64))
    if start.starts(with: Array("RIFF".utf8)), start.dropFirst(8).starts(with: Array("WEBP".utf8)) {
      self = .picture("a WebP picture")
    } else if let match = Self.known.first(where: { start.starts(with: $0.start) }) {
      self = match.kind
    } else if start.count > 8, start[4..<8].allSatisfy({ $0 == 0 }), start[8] == UInt8(ascii: "{") {
      self = .other("a .safetensors file")
    } else if start.allSatisfy({ $0 >= 32 && $0 != 127 || [9, 10, 13].contains($0) }) {
      self = .text
    } else {
      return nil
    }
  }

  /// With its article.
  public var name: String {
    switch self {
    case .picture(let name), .other(let name): name
    case .archive(let program): "a \(program) archive"
    case .text: "a text file"
    }
  }

  private static let known: [(kind: FileKind, start: [UInt8])] = [
    (.picture("a PNG picture"), [0x89, 0x50, 0x4E, 0x47]), (.picture("a JPEG picture"), [0xFF, 0xD8, 0xFF]),
    (.picture("a GIF picture"), Array("GIF8".utf8)), (.picture("a BMP picture"), Array("BM".utf8)),
    (.picture("a TIFF picture"), [0x49, 0x49, 0x2A, 0]), (.picture("a TIFF picture"), [0x4D, 0x4D, 0, 0x2A]),
    (.other("a PDF document"), Array("%PDF".utf8)), (.other("a .npy array"), [0x93] + Array("NUMPY".utf8)),
    (.other("a pickle of Python"), [0x80, 2]), (.other("a pickle of Python"), [0x80, 4]),
    (.archive("gzip"), [0x1F, 0x8B]), (.archive("ZIP"), [0x50, 0x4B, 3, 4]),
  ]
}
