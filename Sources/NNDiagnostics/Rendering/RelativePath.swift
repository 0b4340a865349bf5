/// Paths as machines want them that know a repository: relative to the folder that the command was started in, with
/// forward slashes and without `.`; never absolute, so that a report says nothing of the machine that made it.
struct RelativePath: Hashable {
  /// What stands for a spec from standard input, which has no path.
  static let standardInput = "stdin.yaml"

  /// The path from the folder; begins with `..` for a file outside it.
  let text: String

  /// The path of `path`, which is seen from `folder`, from `folder` or from a `root` that it is in; both are absolute.
  /// `-` is standard input. Links are not followed.
  init(_ path: String, from folder: String, root: String? = nil) {
    guard path != "-" else {
      text = RelativePath.standardInput
      return
    }
    let here = RelativePath.names(folder)
    let base = root.map(RelativePath.names).flatMap { here.starts(with: $0) ? $0 : nil } ?? here
    let target = RelativePath.names(path.hasPrefix("/") ? path : folder + "/" + path)
    let common = zip(base, target).prefix { $0 == $1 }.count
    let steps = Array(repeating: "..", count: base.count - common) + target.dropFirst(common)
    text = steps.isEmpty ? "." : steps.joined(separator: "/")
  }

  /// The path as a relative URI reference (RFC 3986): every byte that is neither unreserved nor a slash is
  /// percent-encoded, so that a colon begins no scheme.
  var uri: String {
    text.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"), UInt8(ascii: "/"):
        String(Unicode.Scalar(byte))
      default:
        "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }.joined()
  }

  /// The names on the way from the root, `.` and `..` taken out.
  private static func names(_ path: String) -> [String] {
    var names: [String] = []
    for name in path.split(separator: "/") where name != "." {
      if name == ".." { _ = names.popLast() } else { names.append(String(name)) }
    }
    return names
  }
}
