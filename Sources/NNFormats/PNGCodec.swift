import CPNG

/// Reading and writing PNG through libpng.
///
/// As in PIL, colours are the file's own numbers, whatever its gamma or colour profile; an alpha channel is dropped, not
/// blended, and EXIF is passed over, as the format's specification advises. 16-bit samples keep their 16 bits (as floats).
/// Palettes become RGB, fewer bits 8.
enum PNGCodec {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// What a file's first chunk says.
  struct Header {
    var width: Int
    var height: Int
    /// 1 (grey) or 3, without alpha.
    var channels: Int
    /// Whether samples have 16 bits.
    var isDeep: Bool
  }

  /// Reads the header out of a file's first bytes.
  static func header(_ start: some RandomAccessCollection<UInt8>, path: String) throws(FileError) -> Header {
    let start = Array(start.prefix(29))
    guard start.count == 29 else { throw FileError(damaged: path, "the file is truncated") }
    guard Array("IHDR".utf8)[...] == start[12..<16] else {
      throw FileError(damaged: path, "the PNG data is damaged (no header chunk)")
    }
    return Header(
      width: start[16..<20].reduce(0) { $0 << 8 | Int($1) }, height: start[20..<24].reduce(0) { $0 << 8 | Int($1) },
      channels: start[25] & 2 != 0 ? 3 : 1, isDeep: start[24] == 16)
  }

  /// Decodes a whole PNG file to grey or RGB.
  static func decode(_ bytes: [UInt8], path: String) throws(FileError) -> Image {
    let header = try header(bytes, path: path)
    try ImageFile.checkSize(width: header.width, height: header.height, path: path)
    let count = header.width * header.height * header.channels
    let pixels: Image.Pixels
    if header.isDeep {
      let samples = try decode(bytes, header, count, zero: UInt16(0), path)
      pixels = .floats(samples.map { Float($0) * (1 / 65535) })
    } else {
      pixels = .bytes(try decode(bytes, header, count, zero: UInt8(0), path))
    }
    return Image(checkedWidth: header.width, height: header.height, channels: header.channels, pixels: pixels)
  }

  private static func decode<Sample: BitwiseCopyable>(
    _ bytes: [UInt8], _ header: Header, _ count: Int, zero: Sample, _ path: String
  ) throws(FileError) -> [Sample] {
    var samples = [Sample](repeating: zero, count: count)
    var reason = [CChar](repeating: 0, count: 128)
    let done = samples.withUnsafeMutableBytes { pixels in
      nnc_png_decode(
        bytes, bytes.count, pixels.baseAddress?.assumingMemoryBound(to: UInt8.self), pixels.count / header.height,
        header.height, &reason, reason.count)
    }
    if done != 0 { return samples }
    let text = String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    if text == "truncated" { throw FileError(damaged: path, "the file is truncated") }
    throw FileError(path, .read, "the PNG data is damaged or not supported (\(text))", remedy: .remakePicture)
  }

  /// A PNG file of 8-bit grey (1 channel) or RGB (3 channels) samples; floats are rounded.
  static func encode(_ image: Image, path: String) throws(FileError) -> [UInt8] {
    guard image.channels == 1 || image.channels == 3, image.width <= 1 << 24, image.height <= 1 << 24 else {
      throw FileError(path, .write, "a PNG picture has 1 or 3 channels, not \(image.channels)")
    }
    var control = png_image()
    control.version = UInt32(PNG_IMAGE_VERSION)
    control.width = UInt32(image.width)
    control.height = UInt32(image.height)
    control.format = image.channels == 3 ? UInt32(PNG_FORMAT_FLAG_COLOR) : 0
    defer { png_image_free(&control) }
    let samples = image.quantized()
    let bound = samples.count + samples.count / 8 + image.height * 8 + 4096
    var done: Int32 = 0
    let output = [UInt8](unsafeUninitializedCapacity: bound) { buffer, initialized in
      var size = bound
      done = png_image_write_to_memory(&control, buffer.baseAddress, &size, 0, samples, 0, nil)
      initialized = done != 0 ? size : 0
    }
    if done == 0 {
      let reason = withUnsafeBytes(of: control.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      throw FileError(path, .write, "the picture cannot be coded (\(reason))", fault: .machine)
    }
    return output
  }
}
