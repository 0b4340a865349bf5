import NNFormats

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Paths of a spec as they are written where the spec stands in another folder: relative, so that both can be moved
/// together; absolute where the two folders have nothing but the root in common.
struct PathRebase: Sendable {
  private let old: [String]
  private let new: [String]

  /// From paths relative to the folder `old` to paths relative to `new`; empty is the current one. Links are followed, as
  /// `..` does.
  init(from old: String, to new: String) {
    self.old = PathRebase.names(PathRebase.real(old))
    self.new = PathRebase.names(PathRebase.real(new))
  }

  /// The path of what `path` leads to.
  func callAsFunction(_ path: String) -> String {
    if path.hasPrefix("/") || old == new { return path }
    var target = old
    var rest = path.split(separator: "/").map(String.init)[...]
    while let name = rest.first, name == "." || name == ".." {
      if name == "..", !target.isEmpty { target.removeLast() }
      rest.removeFirst()
    }
    target += rest
    let common = zip(new, target).prefix { $0 == $1 }.count
    if common == 0, !new.isEmpty { return "/" + target.joined(separator: "/") }
    let steps = Array(repeating: "..", count: new.count - common) + target.dropFirst(common)
    return steps.isEmpty ? "." : steps.joined(separator: "/")
  }

  private static func real(_ folder: String) -> String {
    guard let path = realpath(folder.isEmpty ? "." : folder, nil) else { return folder }
    defer { free(path) }
    return String(cString: path)
  }

  private static func names(_ path: String) -> [String] { path.split(separator: "/").map(String.init) }
}
