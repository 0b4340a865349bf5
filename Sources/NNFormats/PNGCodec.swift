import CPNG

/// Reading and writing PNG through libpng's simplified API.
///
/// As in PIL, colours are the file's own numbers: gamma and colour profile chunks are taken out before decoding, and an
/// alpha channel is dropped, not blended. 16-bit samples keep their 16 bits (as floats), except beside an alpha channel,
/// where the simplified API would multiply them by it: those are read as 8 bits. Palettes become RGB, fewer bits 8.
enum PNGCodec {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// Decodes a whole PNG file to grey or RGB.
  static func decode(_ bytes: [UInt8], path: String) throws(FileError) -> Image {
    let plain = try withoutColourChunks(bytes, path: path)
    var control = png_image()
    control.version = UInt32(PNG_IMAGE_VERSION)
    defer { png_image_free(&control) }
    return try plain.withUnsafeBytesTyped { (input: UnsafeRawBufferPointer) throws(FileError) -> Image in
      if png_image_begin_read_from_memory(&control, input.baseAddress, input.count) == 0 {
        throw FileError(path, .read, reason(control), remedy: .remakePicture)
      }
      try ImageFile.checkSize(width: Int(control.width), height: Int(control.height), path: path)
      return try finish(&control, path: path)
    }
  }

  private static func finish(_ control: inout png_image, path: String) throws(FileError) -> Image {
    let colour = control.format & UInt32(PNG_FORMAT_FLAG_COLOR)
    let hasAlpha = control.format & UInt32(PNG_FORMAT_FLAG_ALPHA) != 0
    let deep = control.format & UInt32(PNG_FORMAT_FLAG_LINEAR) != 0
    let channels = colour != 0 ? 3 : 1
    if deep && !hasAlpha { return try finishDeep(&control, colour: colour, channels: channels, path: path) }
    if deep { control.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB) }
    control.format = colour | (hasAlpha ? UInt32(PNG_FORMAT_FLAG_ALPHA) : 0)
    let stored = channels + (hasAlpha ? 1 : 0)
    let samples = try read(&control, count: Int(control.width) * Int(control.height) * stored, zero: UInt8(0), path)
    let pixels = hasAlpha ? dropLast(of: stored, samples) : samples
    return Image(
      checkedWidth: Int(control.width), height: Int(control.height), channels: channels, pixels: .bytes(pixels))
  }

  private static func finishDeep(
    _ control: inout png_image, colour: UInt32, channels: Int, path: String
  ) throws(FileError) -> Image {
    control.format = colour | UInt32(PNG_FORMAT_FLAG_LINEAR)
    let count = Int(control.width) * Int(control.height) * channels
    let samples = try read(&control, count: count, zero: UInt16(0), path)
    return Image(
      checkedWidth: Int(control.width), height: Int(control.height), channels: channels,
      pixels: .floats(samples.map { Float($0) * (1 / 65535) }))
  }

  private static func read<Sample>(
    _ control: inout png_image, count: Int, zero: Sample, _ path: String
  ) throws(FileError) -> [Sample] {
    var samples = [Sample](repeating: zero, count: count)
    let done = samples.withUnsafeMutableBytes { png_image_finish_read(&control, nil, $0.baseAddress, 0, nil) }
    if done == 0 { throw FileError(path, .read, reason(control), remedy: .remakePicture) }
    return samples
  }

  private static func dropLast(of stored: Int, _ samples: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(samples.count / stored * (stored - 1))
    for pixel in stride(from: 0, to: samples.count, by: stored) {
      for channel in 0..<stored - 1 { output.append(samples[pixel + channel]) }
    }
    return output
  }

  private static func reason(_ control: png_image) -> String {
    let text = withUnsafeBytes(of: control.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return "the PNG data is damaged or not supported (\(text))"
  }

  /// The file without `gAMA`, `sRGB`, `iCCP`, `cHRM`, `cICP` and text; an error unless the chunks reach to `IEND`.
  private static func withoutColourChunks(_ bytes: [UInt8], path: String) throws(FileError) -> [UInt8] {
    let dropped: Set<String> = ["gAMA", "sRGB", "iCCP", "cHRM", "cICP", "tEXt", "zTXt", "iTXt", "eXIf"]
    var output = Array(bytes.prefix(8))
    output.reserveCapacity(bytes.count)
    var place = 8
    while place + 12 <= bytes.count {
      let length = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
      let end = place + 12 + length
      if end > bytes.count { break }
      let type = String(decoding: bytes[place + 4..<place + 8], as: UTF8.self)
      if !dropped.contains(type) { output.append(contentsOf: bytes[place..<end]) }
      if type == "IEND" { return output }
      place = end
    }
    throw FileError(damaged: path, "the file is truncated")
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
    if done == 0 { throw FileError(path, .write, reason(control), fault: .machine) }
    return output
  }
}

extension Array where Element == UInt8 {
  /// `withUnsafeBytes` that keeps the type of what `body` throws.
  fileprivate func withUnsafeBytesTyped<Result>(
    _ body: (UnsafeRawBufferPointer) throws(FileError) -> Result
  ) throws(FileError) -> Result {
    let outcome = withUnsafeBytes { bytes -> Swift.Result<Result, FileError> in
      do throws(FileError) { return .success(try body(bytes)) } catch { return .failure(error) }
    }
    return try outcome.get()
  }
}
