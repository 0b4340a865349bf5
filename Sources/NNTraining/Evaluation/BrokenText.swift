/// What people are told of pictures that were left out.
enum BrokenText {
  /// A line that counts them, and the first three by name; nothing where there are none.
  static func lines(_ messages: [String]) -> [String] {
    if messages.isEmpty { return [] }
    let rest = messages.count > 3 ? ["  and \(messages.count - 3) more"] : []
    return ["left out \(messages.count) broken \(messages.count == 1 ? "picture" : "pictures"):"]
      + messages.prefix(3).map { "  \($0)" } + rest
  }
}
