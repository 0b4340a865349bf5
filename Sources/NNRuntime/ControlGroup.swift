#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the control groups grant that this process is in (Linux, the unified hierarchy).
enum ControlGroup {
  /// The smallest number that a file such as `cpu.max` gives, in this process's group and those above it; nil where none
  /// gives one.
  static func smallest(_ file: String, _ number: (String) -> Int?) -> Int? {
    guard let groups = contents(of: "/proc/self/cgroup") else { return nil }
    let unified = groups.split(separator: "\n").first { $0.hasPrefix("0::") }.map { String($0.dropFirst(3)) }
    var path = unified ?? "/"
    var smallest: Int?
    while true {
      let directory = "/sys/fs/cgroup" + (path == "/" ? "" : path)
      if let found = contents(of: "\(directory)/\(file)").flatMap(number) { smallest = min(smallest ?? found, found) }
      guard let slash = path.lastIndex(of: "/"), path != "/" else { return smallest }
      path = slash == path.startIndex ? "/" : String(path[..<slash])
    }
  }

  /// The first 4 KiB of a small file; nil where it cannot be read.
  private static func contents(of path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(file, &buffer, buffer.count)
    return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
  }
}
