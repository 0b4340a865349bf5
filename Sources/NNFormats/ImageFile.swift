import NNText

/// Reading and writing picture files; the format is found by the first bytes, not by the name.
public enum ImageFile {
  /// Pictures above this many pixels are refused before anything is decoded.
  public static let maximumPixels = 64_000_000

  /// A picture file's format.
  public enum Format: String, Sendable {
    /// Portable Network Graphics.
    case png = "PNG"
    /// JPEG, baseline or progressive.
    case jpeg = "JPEG"
  }

  /// What a picture's header says.
  public struct Header: Equatable, Sendable {
    /// The format.
    public var format: Format
    /// Columns, after the EXIF orientation.
    public var width: Int
    /// Rows, after the EXIF orientation.
    public var height: Int
    /// 1 (grey) or 3.
    public var channels: Int
  }

  /// Whether a file's name ends like a picture's: `png`, `jpg`, `jpeg`, `jpe` or `jfif`, in any case.
  public static func hasImageName(_ path: String) -> Bool {
    guard let dot = path.utf8.lastIndex(of: UInt8(ascii: ".")) else { return false }
    return ["png", "jpg", "jpeg", "jpe", "jfif"].contains(path[dot...].dropFirst().lowercased())
  }

  /// Decodes a PNG or JPEG file to 1 or 3 channels. See `PNGCodec` and `JPEGCodec` for alpha, 16 bits and CMYK.
  public static func read(_ path: String) throws(FileError) -> Image {
    let file = try InputFile(path: path)
    let format = try format(of: try file.prefix(12), path: path)
    if file.byteCount > 1 << 30 { throw FileError(path, .read, "the file is larger than 1 GiB", remedy: .shrink) }
    let bytes = try file.readAll()
    switch format {
    case .png: return try PNGCodec.decode(bytes, path: path)
    case .jpeg: return try JPEGCodec.decode(bytes, path: path)
    }
  }

  /// Reads a picture's header only; most damage further on is not seen.
  public static func header(_ path: String) throws(FileError) -> Header {
    let file = try InputFile(path: path)
    let start = try file.prefix(64)
    let header: Header
    switch try format(of: start, path: path) {
    case .png:
      let found = try PNGCodec.header(start, path: path)
      header = Header(format: .png, width: found.width, height: found.height, channels: found.channels)
    case .jpeg: header = try jpegHeader(file)
    }
    try checkSize(width: header.width, height: header.height, path: path)
    return header
  }

  /// Writes `image` as an 8-bit grey or RGB PNG file, atomically.
  public static func writePNG(_ image: Image, to path: String) throws(FileError) {
    try AtomicFile.write(try PNGCodec.encode(image, path: path), to: path)
  }

  static func checkSize(width: Int, height: Int, path: String) throws(FileError) {
    let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
    if overflow || pixels > maximumPixels {
      throw FileError(path, .read, "the picture is \(width)×\(height), more than 64 megapixels", remedy: .shrink)
    }
    if width <= 0 || height <= 0 { throw FileError(damaged: path, "the picture is \(width)×\(height)") }
  }

  static func format(of start: [UInt8], path: String) throws(FileError) -> Format {
    if start.isEmpty { throw FileError(damaged: path, "the file is empty") }
    if start.starts(with: PNGCodec.signature) { return .png }
    if start.starts(with: [0xFF, 0xD8]) { return .jpeg }
    if start.count < 8 && PNGCodec.signature.starts(with: start) {
      throw FileError(damaged: path, "the file is truncated")
    }
    // Its signature is made to show that ends of lines were changed.
    if start.starts(with: PNGCodec.signature.prefix(4)) {
      throw FileError(damaged: path, "the PNG data is damaged, as by a transfer in text mode")
    }
    let kind = FileKind(of: start)
    throw FileError(
      path, .read, "it is \(kind?.name ?? "an unknown kind of file"), not a PNG or JPEG picture",
      remedy: (kind ?? .text).remedy)
  }

  private static func jpegHeader(_ file: InputFile) throws(FileError) -> Header {
    for limit in [1 << 14, 1 << 18, 1 << 24] {
      let bytes = try file.prefix(limit)
      for segment in JPEGSegments(bytes) {
        guard let frame = JPEGSegments.frame(segment, bytes) else { continue }
        let turned = Orientation(jpeg: bytes).swapsSides
        return Header(
          format: .jpeg, width: turned ? frame.height : frame.width, height: turned ? frame.width : frame.height,
          channels: frame.channels == 1 ? 1 : 3)
      }
      if limit >= file.byteCount { break }
    }
    throw FileError(damaged: file.path, "the JPEG data is damaged or truncated (no frame header)")
  }
}
