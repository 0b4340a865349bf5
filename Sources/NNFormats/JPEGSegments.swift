/// Walks the marker segments of a JPEG file up to the first scan; ends at the first thing that is not a segment.
struct JPEGSegments: Sequence, IteratorProtocol {
  /// A marker (the byte after 0xFF) and the range of what follows its length.
  struct Segment {
    var marker: UInt8
    var body: Range<Int>
  }

  private let bytes: [UInt8]
  private var place = 2

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func next() -> Segment? {
    while place + 1 < bytes.count, bytes[place] == 0xFF, bytes[place + 1] == 0xFF { place += 1 }
    guard place + 4 <= bytes.count, bytes[place] == 0xFF else { return nil }
    let marker = bytes[place + 1]
    let length = Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
    guard length >= 2, place + 2 + length <= bytes.count else { return nil }
    defer { place += 2 + length }
    return Segment(marker: marker, body: place + 4..<place + 2 + length)
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
