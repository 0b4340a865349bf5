extension JSON {
  /// The value over several lines: what fits into `width` columns stays on one.
  public func indented(width: Int = 110) -> String { lines(indent: 0, width: width, prefix: 0) + "\n" }

  private func lines(indent: Int, width: Int, prefix: Int) -> String {
    let flat = text
    if indent + prefix + flat.count <= width { return flat }
    let (inner, outer) = (String(repeating: " ", count: indent + 2), String(repeating: " ", count: indent))
    switch self {
    case .array(let values):
      let items = values.map { inner + $0.lines(indent: indent + 2, width: width, prefix: 0) }
      return "[\n\(items.joined(separator: ",\n"))\n\(outer)]"
    case .object(let members):
      let items = members.map { key, value in
        let name = JSON.quoted(key) + ": "
        return inner + name + value.lines(indent: indent + 2, width: width, prefix: name.count)
      }
      return "{\n\(items.joined(separator: ",\n"))\n\(outer)}"
    default: return flat
    }
  }
}
