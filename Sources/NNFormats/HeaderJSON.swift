/// The JSON (RFC 8259) that a safetensors header may hold: objects, arrays, strings and non-negative integers.
enum HeaderJSON: Equatable {
  case object([Member])
  case array([HeaderJSON])
  case text(String)
  case integer(Int)

  /// A name and its value, in the file's order.
  struct Member: Equatable {
    var name: String
    var value: HeaderJSON
  }

  /// Why a text is not such JSON, and at which byte.
  struct Malformed: Error, Equatable {
    var reason: String
    var offset: Int
  }

  /// Parses a whole text; space may follow it.
  static func parse(_ bytes: [UInt8]) throws(Malformed) -> HeaderJSON {
    var parser = Parser(bytes: bytes)
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    if parser.place != bytes.count { throw parser.malformed("something follows the end") }
    return value
  }

  private struct Parser {
    let bytes: [UInt8]
    var place = 0

    func malformed(_ reason: String) -> Malformed { Malformed(reason: reason, offset: place) }

    mutating func value(depth: Int) throws(Malformed) -> HeaderJSON {
      if depth > 8 { throw malformed("nested too deep") }
      skipSpace()
      guard place < bytes.count else { throw malformed("ends too early") }
      switch bytes[place] {
      case UInt8(ascii: "{"): return .object(try members(depth: depth))
      case UInt8(ascii: "["): return .array(try elements(depth: depth))
      case UInt8(ascii: "\""): return .text(try string())
      default: return .integer(try integer())
      }
    }

    private mutating func members(depth: Int) throws(Malformed) -> [Member] {
      var members: [Member] = []
      var names: Set<String> = []
      try expect("{")
      if take("}") { return members }
      repeat {
        skipSpace()
        let name = try string()
        if !names.insert(name).inserted { throw malformed("the name '\(name)' stands twice") }
        try expect(":")
        members.append(Member(name: name, value: try value(depth: depth + 1)))
      } while take(",")
      try expect("}")
      return members
    }

    private mutating func elements(depth: Int) throws(Malformed) -> [HeaderJSON] {
      var elements: [HeaderJSON] = []
      try expect("[")
      if take("]") { return elements }
      repeat { elements.append(try value(depth: depth + 1)) } while take(",")
      try expect("]")
      return elements
    }

    private mutating func integer() throws(Malformed) -> Int {
      let digits = bytes[place...].prefix { (0x30...0x39).contains($0) }
      guard let number = Int(String(decoding: digits, as: UTF8.self)) else {
        throw malformed("a whole number was expected")
      }
      if digits.count > 1 && digits.first == 0x30 { throw malformed("a number begins with 0") }
      place += digits.count
      return number
    }

    private mutating func string() throws(Malformed) -> String {
      guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else { throw malformed("a string was expected") }
      place += 1
      var text: [UInt8] = []
      while place < bytes.count {
        let byte = bytes[place]
        place += 1
        if byte == UInt8(ascii: "\"") {
          guard let string = String(validating: text, as: UTF8.self) else { throw malformed("invalid UTF-8") }
          return string
        }
        if byte < 0x20 { throw malformed("a control character stands in a string") }
        if byte == UInt8(ascii: "\\") { text += try escape() } else { text.append(byte) }
      }
      throw malformed("ends inside a string")
    }

    private mutating func escape() throws(Malformed) -> [UInt8] {
      guard place < bytes.count else { throw malformed("ends inside a string") }
      let byte = bytes[place]
      place += 1
      let plain: [UInt8: UInt8] = [
        0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 0x62: 0x08, 0x66: 0x0C, 0x6E: 0x0A, 0x72: 0x0D, 0x74: 0x09,
      ]
      if let character = plain[byte] { return [character] }
      guard byte == UInt8(ascii: "u") else { throw malformed("an unknown escape stands in a string") }
      var code = try hexadecimal()
      if (0xD800..<0xDC00).contains(code) {
        guard bytes[place...].starts(with: Array("\\u".utf8)) else { throw malformed("half a surrogate pair") }
        place += 2
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else { throw malformed("half a surrogate pair") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw malformed("half a surrogate pair") }
      return Array(String(Character(scalar)).utf8)
    }

    private mutating func hexadecimal() throws(Malformed) -> UInt32 {
      guard place + 4 <= bytes.count else { throw malformed("ends inside a string") }
      let digits = bytes[place..<place + 4]
      guard digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
        let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
      else { throw malformed("four hexadecimal digits were expected") }
      place += 4
      return code
    }

    private mutating func expect(_ character: Character) throws(Malformed) {
      if !take(character) { throw malformed("'\(character)' was expected") }
    }

    private mutating func take(_ character: Character) -> Bool {
      skipSpace()
      guard place < bytes.count, bytes[place] == character.asciiValue else { return false }
      place += 1
      return true
    }

    mutating func skipSpace() {
      while place < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[place]) { place += 1 }
    }
  }
}
