/// TensorBoard's event files: TFRecords (length, masked CRC-32C of it, data, masked CRC-32C of that) of `Event` messages
/// in protocol buffers' wire format (tensorflow/core/util/event.proto and framework/summary.proto).
public enum EventRecord {
  /// What a summary holds under a tag.
  public enum Value: Equatable, Sendable {
    /// A number of a curve.
    case scalar(Float)
    /// A picture, as the bytes of a PNG file.
    case picture(png: [UInt8], width: Int, height: Int, channels: Int)
  }

  /// The first record of a file.
  public static func fileVersion(time: Double) -> [UInt8] {
    event(time: time, step: 0) { $0.text(3, "brain.Event:2") }
  }

  /// Says that a run goes on at `step`: what other files say of it and later steps is void.
  public static func start(time: Double, step: Int) -> [UInt8] {
    event(time: time, step: step) { event in
      var log = WireMessage()
      log.integer(1, 1)
      event.message(7, log)
    }
  }

  /// Values at a step.
  public static func summary(time: Double, step: Int, _ values: [(tag: String, value: Value)]) -> [UInt8] {
    event(time: time, step: step) { event in
      var summary = WireMessage()
      for (tag, value) in values { summary.message(1, message(tag, value)) }
      event.message(5, summary)
    }
  }

  private static func message(_ tag: String, _ value: Value) -> WireMessage {
    var message = WireMessage()
    message.text(1, tag)
    switch value {
    case .scalar(let number): message.float(2, number)
    case .picture(let png, let width, let height, let channels):
      var image = WireMessage()
      image.integer(1, height)
      image.integer(2, width)
      image.integer(3, channels)
      image.bytes(4, png)
      message.message(4, image)
    }
    return message
  }

  private static func event(time: Double, step: Int, _ fill: (inout WireMessage) -> Void) -> [UInt8] {
    var event = WireMessage()
    event.double(1, time)
    event.integer(2, step)
    fill(&event)
    let length = littleEndian(UInt64(event.data.count))
    return length + masked(length) + event.data + masked(event.data)
  }

  private static func masked(_ bytes: [UInt8]) -> [UInt8] {
    var sum = CRC32C()
    sum.update(bytes)
    return littleEndian((sum.value >> 15 | sum.value << 17) &+ 0xA282_EAD8)
  }
}

private func littleEndian<Word: FixedWidthInteger>(_ word: Word) -> [UInt8] {
  (0..<Word.bitWidth / 8).map { UInt8(truncatingIfNeeded: word >> Word($0 * 8)) }
}

/// A message in protocol buffers' wire format.
private struct WireMessage {
  private(set) var data: [UInt8] = []

  mutating func integer(_ field: Int, _ value: Int) {
    key(field, 0)
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func double(_ field: Int, _ value: Double) {
    key(field, 1)
    data += littleEndian(value.bitPattern)
  }

  mutating func float(_ field: Int, _ value: Float) {
    key(field, 5)
    data += littleEndian(value.bitPattern)
  }

  mutating func text(_ field: Int, _ value: String) { bytes(field, Array(value.utf8)) }

  mutating func message(_ field: Int, _ value: WireMessage) { bytes(field, value.data) }

  mutating func bytes(_ field: Int, _ value: [UInt8]) {
    key(field, 2)
    varint(UInt64(value.count))
    data += value
  }

  private mutating func key(_ field: Int, _ type: Int) { varint(UInt64(field << 3 | type)) }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      data.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    data.append(UInt8(rest))
  }
}
