import NNSpec

/// One `--set PATH=VALUE`. Commas outside of brackets, quotes and expressions separate the values of a sweep; a list in
/// brackets is one value, so that every value of the spec can be set and swept.
public struct SetOption: Hashable, Sendable {
  /// Keys from the top of the spec, separated by points.
  public let path: String
  /// Its values as they would stand in the spec, in YAML; one, unless it is swept.
  public let values: [String]

  /// Whether there are several values.
  public var isSwept: Bool { values.count > 1 }

  /// Reads what stands behind `--set`.
  public init(_ text: String) throws(CommandFailure) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, !parts[0].isEmpty else { throw .usage("--set takes PATH=VALUE, not `\(text)`") }
    path = parts[0]
    values = SetOption.split(parts[1])
    if isSwept, values.contains("") {
      throw .usage("--set \(text): a value is missing beside a comma")
    }
  }

  /// The only value, for commands that take no sweeps.
  public func override() throws(CommandFailure) -> Override {
    guard !isSwept else {
      throw .usage(
        "--set \(path) gives \(values.count) values, and only `nnc train` takes several; a comma that is part of a text "
          + "needs quotes inside of the shell's: --set '\(path)=\"\(values.joined(separator: ","))\"'")
    }
    return Override(path: path, value: values[0])
  }

  /// The values between commas at the top of a text. A text of several lines, or whose brackets do not pair, is one.
  static func split(_ text: String) -> [String] {
    if text.contains(where: \.isNewline) { return [text] }
    var scanner = ValueScanner()
    var parts: [String] = [""]
    for character in text {
      if scanner.separates(character) { parts.append("") } else { parts[parts.count - 1].append(character) }
    }
    if parts.count == 1 || scanner.isOpen { return [text] }
    return parts.map { part in
      let trimmed = part.drop { $0 == " " || $0 == "\t" }
      return String(trimmed.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
  }
}

/// Follows brackets and quotes through a value in YAML.
private struct ValueScanner {
  private var depth = 0
  private var quote: Character?
  private var isEscaped = false
  /// Whether a quote here opens a quoted text: at the beginning of a value.
  private var isAtStart = true

  /// Whether something is still to be closed, or was closed that was not open.
  var isOpen: Bool { depth != 0 || quote != nil }

  /// Takes the next character; whether it is a comma that separates values.
  mutating func separates(_ character: Character) -> Bool {
    if let open = quote {
      if isEscaped {
        isEscaped = false
      } else if open == "\"", character == "\\" {
        isEscaped = true
      } else if character == open {
        // Two single quotes stand for one: the second opens again.
        (quote, isAtStart) = (nil, open == "'")
      }
      return false
    }
    let wasAtStart = isAtStart
    isAtStart = " \t,[{(:".contains(character)
    switch character {
    case "\"", "'":
      if wasAtStart { quote = character }
    case "[", "{", "(": depth += 1
    case "]", "}", ")": depth -= 1
    case ",": return depth == 0
    default: break
    }
    return false
  }
}
