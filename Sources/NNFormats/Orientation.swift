/// The EXIF orientation of a picture (EXIF 2.32, tag 0x0112): which way the camera was held.
enum Orientation: Int {
  case upright = 1
  case mirrored = 2
  case upsideDown = 3
  case mirroredUpsideDown = 4
  case transposed = 5
  case quarterLeft = 6
  case transversed = 7
  case quarterRight = 8

  /// Reads the orientation from a JPEG file's APP1 segment; `upright` where there is none or it is damaged.
  init(jpeg bytes: [UInt8]) {
    self = .upright
    for segment in JPEGSegments(bytes) {
      if segment.marker == 0xDA { return }
      guard segment.marker == 0xE1, bytes[segment.body].starts(with: Array("Exif\0\0".utf8)) else { continue }
      let tiff = TIFF(bytes: bytes[segment.body.dropFirst(6)])
      self = tiff?.orientation.flatMap(Orientation.init(rawValue:)) ?? .upright
      return
    }
  }

  /// Whether upright width and height are those of the stored picture exchanged.
  var swapsSides: Bool { rawValue >= 5 }

  /// The picture turned and mirrored so that it is upright.
  func applied(to image: Image) -> Image {
    guard self != .upright, case .bytes(let source) = image.pixels else { return image }
    let width = swapsSides ? image.height : image.width
    let height = swapsSides ? image.width : image.height
    var output = [UInt8](repeating: 0, count: source.count)
    for row in 0..<height {
      for column in 0..<width {
        let (sourceRow, sourceColumn) = storedPlace(row, column, image)
        let from = (sourceRow * image.width + sourceColumn) * image.channels
        let to = (row * width + column) * image.channels
        for channel in 0..<image.channels { output[to + channel] = source[from + channel] }
      }
    }
    return Image(checkedWidth: width, height: height, channels: image.channels, pixels: .bytes(output))
  }

  /// Where the upright picture's pixel stands in the stored one.
  private func storedPlace(_ row: Int, _ column: Int, _ image: Image) -> (row: Int, column: Int) {
    let bottom = image.height - 1
    let right = image.width - 1
    switch self {
    case .upright: return (row, column)
    case .mirrored: return (row, right - column)
    case .upsideDown: return (bottom - row, right - column)
    case .mirroredUpsideDown: return (bottom - row, column)
    case .transposed: return (column, row)
    case .quarterLeft: return (bottom - column, row)
    case .transversed: return (bottom - column, right - row)
    case .quarterRight: return (column, right - row)
    }
  }
}

/// The part of a TIFF directory that orientation needs; every access is checked.
private struct TIFF {
  private let bytes: [UInt8]
  private let littleEndian: Bool

  init?(bytes: ArraySlice<UInt8>) {
    self.bytes = Array(bytes)
    switch self.bytes.prefix(4) {
    case [0x49, 0x49, 0x2A, 0]: littleEndian = true
    case [0x4D, 0x4D, 0, 0x2A]: littleEndian = false
    default: return nil
    }
  }

  var orientation: Int? {
    guard let directory = number(at: 4, size: 4), let count = number(at: directory, size: 2) else { return nil }
    for entry in 0..<count {
      let place = directory + 2 + entry * 12
      guard let tag = number(at: place, size: 2) else { return nil }
      if tag == 0x0112 { return number(at: place + 8, size: 2) }
    }
    return nil
  }

  private func number(at offset: Int, size: Int) -> Int? {
    guard offset >= 0, offset + size <= bytes.count else { return nil }
    let field = bytes[offset..<offset + size]
    return (littleEndian ? Array(field.reversed()) : Array(field)).reduce(0) { $0 << 8 | Int($1) }
  }
}
