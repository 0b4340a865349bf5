import NNFormats

/// Joins the pictures of two folders by their path below the folder, without the ending.
struct PairJoin {
  let source: String
  let input: String
  let target: String

  /// The pairs in the order of the inputs. A picture without its partner, or two of one name, is an error.
  func join(_ inputs: [String], _ targets: [String]) throws(DataError) -> [(input: String, target: String)] {
    let left = try index(inputs, below: input)
    let right = try index(targets, below: target)
    try requirePartners(inputs, below: input, among: right, in: target)
    try requirePartners(targets, below: target, among: left, in: input)
    return inputs.compactMap { path in right[name(path, below: input)].map { (path, $0) } }
  }

  /// Each of `paths` must have a partner among those of the other folder.
  private func requirePartners(
    _ paths: [String], below folder: String, among partners: [String: String], in other: String
  ) throws(DataError) {
    let alone = paths.filter { partners[name($0, below: folder)] == nil }
    guard let first = alone.first else { return }
    let rest = alone.count == 1 ? "" : " (nor one for \(alone.count - 1) more)"
    throw fail(
      first, "no picture called \(name(first, below: folder)) is in \(other)\(rest)",
      help: "add it, or remove what has no partner")
  }

  private func index(_ paths: [String], below folder: String) throws(DataError) -> [String: String] {
    var index: [String: String] = [:]
    for path in paths {
      if let other = index.updateValue(path, forKey: name(path, below: folder)) {
        throw fail(path, "it has the same name as \(other)", help: "rename or remove one of them")
      }
    }
    return index
  }

  private func name(_ path: String, below folder: String) -> String {
    let inside = Folder.path(path, below: folder)
    let last = inside.lastIndex(of: "/") ?? inside.startIndex
    guard let dot = inside[last...].lastIndex(of: ".") else { return inside }
    return String(inside[..<dot])
  }

  private func fail(_ path: String, _ message: String, help: String) -> DataError {
    DataError(source: source, path: path, "cannot pair \(path): \(message)", help: [help])
  }
}
