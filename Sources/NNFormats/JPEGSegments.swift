/// Walks the marker segments of a JPEG file up to the first scan, passing over bytes that belong to none, which some cameras
/// write; ends at the first thing that cannot be a segment.
struct JPEGSegments: Sequence, IteratorProtocol {
  /// A marker (the byte after 0xFF), where it begins, and the range of what follows its length.
  struct Segment {
    var marker: UInt8
    var start: Int
    var body: Range<Int>
  }

  private let bytes: [UInt8]
  private var place = 2

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func next() -> Segment? {
    guard let start = markerPlace() else { return nil }
    let marker = bytes[start + 1]
    if marker == 0x01 || (0xD0...0xD7).contains(marker) {
      place = start + 2
      return Segment(marker: marker, start: start, body: place..<place)
    }
    guard start + 4 <= bytes.count, marker != 0xD8, marker != 0xD9 else { return nil }
    let length = Int(bytes[start + 2]) << 8 | Int(bytes[start + 3])
    guard length >= 2, start + 2 + length <= bytes.count else { return nil }
    place = start + 2 + length
    return Segment(marker: marker, start: start, body: start + 4..<place)
  }

  /// Where the next marker is: an 0xFF before what is neither 0 nor 0xFF.
  private func markerPlace() -> Int? {
    var place = place
    while place + 1 < bytes.count {
      if bytes[place] == 0xFF, bytes[place + 1] != 0xFF, bytes[place + 1] != 0 { return place }
      place += 1
    }
    return nil
  }

  /// The file without bytes that belong to no segment before the first scan: TurboJPEG tells of the first oddity alone, which
  /// must not be a harmless one.
  static func tidied(_ bytes: [UInt8]) -> [UInt8] {
    var (output, end) = (Array(bytes.prefix(2)), 2)
    for segment in JPEGSegments(bytes) {
      output += bytes[segment.start..<segment.body.upperBound]
      end = segment.body.upperBound
      if segment.marker == 0xDA { break }
    }
    return output.count == end ? bytes : output + bytes[end...]
  }

  /// The size and the number of channels from a frame header (SOF) body, or nil when this is another segment.
  static func frame(_ segment: Segment, _ bytes: [UInt8]) -> (width: Int, height: Int, channels: Int)? {
    let isFrame = (0xC0...0xCF).contains(segment.marker) && ![0xC4, 0xC8, 0xCC].contains(segment.marker)
    guard isFrame, segment.body.count >= 6 else { return nil }
    let start = segment.body.lowerBound
    let height = Int(bytes[start + 1]) << 8 | Int(bytes[start + 2])
    let width = Int(bytes[start + 3]) << 8 | Int(bytes[start + 4])
    return (width, height, Int(bytes[start + 5]))
  }
}
