import ArgumentParser

/// Numbers of options.
enum NumberArguments {
  /// A whole number, which an option's own limits are then for.
  static func whole(_ text: String) throws -> Int {
    guard let number = Int(text) else { throw ValidationError("it takes a whole number, such as 10") }
    return number
  }

  /// Any number.
  static func any(_ text: String) throws -> Double {
    guard let number = Double(text) else { throw ValidationError("it takes a number, such as 2.5") }
    return number
  }

  /// The arguments with each negative number joined to the option before it, whose value it would not be taken for.
  static func joined(_ arguments: [String]) -> [String] {
    var result: [String] = []
    for argument in arguments {
      if argument.hasPrefix("-"), Double(argument) != nil, let last = result.last, last.hasPrefix("--"), last.count > 2,
        !last.contains("=")
      {
        result[result.count - 1] = "\(last)=\(argument)"
      } else {
        result.append(argument)
      }
    }
    return result
  }
}
