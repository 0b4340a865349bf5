import CTurboJPEG

/// Reading JPEG through TurboJPEG.
enum JPEGCodec {
  /// Decodes a whole JPEG file to grey or RGB, upright (EXIF orientation applied). CMYK becomes RGB as in PIL. Truncated
  /// or damaged data is an error, never a half grey picture.
  static func decode(_ bytes: [UInt8], path: String) throws(FileError) -> Image {
    guard let handle = tjInitDecompress() else { throw FileError(path, .read, "no memory", fault: .machine) }
    defer { tjDestroy(handle) }
    let bytes = JPEGSegments.tidied(bytes)
    let header = try header(of: bytes, handle: handle, path: path)
    try ImageFile.checkSize(width: header.width, height: header.height, path: path)
    let samples = try decompress(bytes, header, handle: handle, path: path)
    let pixels = header.layout == .cmyk ? rgb(fromInvertedCMYK: samples) : samples
    let image = Image(
      checkedWidth: header.width, height: header.height, channels: header.layout == .grey ? 1 : 3,
      pixels: .bytes(pixels))
    return Orientation(jpeg: bytes).applied(to: image)
  }

  private enum Layout: Int {
    case grey = 1
    case rgb = 3
    case cmyk = 4

    var format: TJPF {
      switch self {
      case .grey: TJPF_GRAY
      case .rgb: TJPF_RGB
      case .cmyk: TJPF_CMYK
      }
    }
  }

  private struct Header {
    var width: Int
    var height: Int
    var layout: Layout
  }

  private static func header(of bytes: [UInt8], handle: tjhandle, path: String) throws(FileError) -> Header {
    var width: Int32 = 0
    var height: Int32 = 0
    var subsampling: Int32 = 0
    var space: Int32 = 0
    let code = bytes.withUnsafeBufferPointer {
      tjDecompressHeader3(handle, $0.baseAddress, UInt($0.count), &width, &height, &subsampling, &space)
    }
    if width <= 0 || height <= 0 { throw failure(handle, path) }
    if code != 0 && tjGetErrorCode(handle) != TJERR_WARNING.rawValue { throw failure(handle, path) }
    let layout: Layout
    switch UInt32(bitPattern: space) {
    case UInt32(TJCS_GRAY.rawValue): layout = .grey
    case UInt32(TJCS_CMYK.rawValue), UInt32(TJCS_YCCK.rawValue): layout = .cmyk
    default: layout = .rgb
    }
    return Header(width: Int(width), height: Int(height), layout: layout)
  }

  private static func decompress(
    _ bytes: [UInt8], _ header: Header, handle: tjhandle, path: String
  ) throws(FileError) -> [UInt8] {
    let count = header.width * header.height * header.layout.rawValue
    var code: Int32 = 0
    let samples = [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
      if let base = output.baseAddress { base.update(repeating: 0, count: count) }
      code = bytes.withUnsafeBufferPointer {
        tjDecompress2(
          handle, $0.baseAddress, UInt($0.count), output.baseAddress, Int32(header.width), 0, Int32(header.height),
          Int32(header.layout.format.rawValue), TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS)
      }
      initialized = count
    }
    if code != 0 && !isHarmless(handle) { throw failure(handle, path) }
    return samples
  }

  /// Cameras write surplus bytes before the end and odd scan parameters; the picture is whole all the same.
  private static func isHarmless(_ handle: tjhandle) -> Bool {
    guard tjGetErrorCode(handle) == TJERR_WARNING.rawValue else { return false }
    let text = message(handle)
    return text.contains("extraneous bytes before marker 0xd9") || text.contains("Invalid SOS parameters")
  }

  private static func message(_ handle: tjhandle) -> String {
    tjGetErrorStr2(handle).map { String(cString: $0) } ?? "unknown error"
  }

  private static func failure(_ handle: tjhandle, _ path: String) -> FileError {
    let text = message(handle)
    if text.contains("Premature end of JPEG file") || text.contains("Premature end of input") {
      return FileError(damaged: path, "the file is truncated")
    }
    return FileError(path, .read, "the JPEG data is damaged or not supported (\(text))", remedy: .remakePicture)
  }

  /// R = C′ · K′ / 255 on the inverted values that Adobe's software stores, as PIL converts CMYK.
  private static func rgb(fromInvertedCMYK samples: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(samples.count / 4 * 3)
    for pixel in stride(from: 0, to: samples.count, by: 4) {
      let black = Int(samples[pixel + 3])
      for channel in 0..<3 {
        output.append(UInt8((Int(samples[pixel + channel]) * black + 127) / 255))
      }
    }
    return output
  }
}
