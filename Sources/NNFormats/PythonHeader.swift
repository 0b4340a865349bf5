/// Reads the one Python expression that a `.npy` header may be: a dictionary of strings, booleans and integer tuples.
struct PythonHeader {
  enum Value: Equatable {
    case text(String)
    case flag(Bool)
    case tuple([Int])
    case other
  }

  private let characters: [UInt8]
  private var place = 0

  /// Nil when the header is not ASCII (NumPy's version 3 allows UTF-8, in names of fields only).
  init?(_ bytes: [UInt8]) {
    guard bytes.allSatisfy({ $0 < 128 }) else { return nil }
    characters = bytes
  }

  /// The dictionary; nil when it is malformed, a key is repeated, or anything but space follows.
  mutating func dictionary() -> [String: Value]? {
    guard take("{") else { return nil }
    var fields: [String: Value] = [:]
    while !take("}") {
      guard let key = string(), take(":"), let value = value(), fields[key] == nil else { return nil }
      fields[key] = value
      if take(",") { continue }
      guard take("}") else { return nil }
      break
    }
    skipSpace()
    return place == characters.count ? fields : nil
  }

  private mutating func value() -> Value? {
    skipSpace()
    guard place < characters.count else { return nil }
    switch characters[place] {
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return string().map(Value.text)
    case UInt8(ascii: "("): return tuple().map(Value.tuple)
    case UInt8(ascii: "["): return skipList() ? .other : nil
    default:
      if takeWord("True") { return .flag(true) }
      return takeWord("False") ? .flag(false) : nil
    }
  }

  private mutating func string() -> String? {
    skipSpace()
    guard place < characters.count, [0x22, 0x27].contains(characters[place]) else { return nil }
    let quote = characters[place]
    guard let end = characters[(place + 1)...].firstIndex(of: quote) else { return nil }
    defer { place = end + 1 }
    return String(decoding: characters[place + 1..<end], as: UTF8.self)
  }

  private mutating func tuple() -> [Int]? {
    guard take("(") else { return nil }
    var numbers: [Int] = []
    while !take(")") {
      guard numbers.count < 64, let number = integer() else { return nil }
      numbers.append(number)
      if take(",") { continue }
      return take(")") ? numbers : nil
    }
    return numbers
  }

  private mutating func integer() -> Int? {
    skipSpace()
    let digits = characters[place...].prefix { (0x30...0x39).contains($0) }
    place += digits.count
    if !digits.isEmpty && place < characters.count && characters[place] == UInt8(ascii: "L") { place += 1 }
    return Int(String(decoding: digits, as: UTF8.self))
  }

  private mutating func skipList() -> Bool {
    var depth = 0
    while place < characters.count {
      if characters[place] == UInt8(ascii: "[") { depth += 1 }
      if characters[place] == UInt8(ascii: "]") { depth -= 1 }
      place += 1
      if depth == 0 { return true }
    }
    return false
  }

  private mutating func take(_ character: Character) -> Bool {
    skipSpace()
    guard place < characters.count, characters[place] == character.asciiValue else { return false }
    place += 1
    return true
  }

  private mutating func takeWord(_ word: String) -> Bool {
    guard characters[place...].starts(with: word.utf8) else { return false }
    place += word.utf8.count
    return true
  }

  private mutating func skipSpace() {
    while place < characters.count, [0x20, 0x0A, 0x0D, 0x09].contains(characters[place]) { place += 1 }
  }
}
