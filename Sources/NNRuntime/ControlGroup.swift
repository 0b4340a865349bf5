#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the control groups grant that this process is in (Linux): of the unified hierarchy, and of version 1, where each
/// controller has a hierarchy of its own.
struct ControlGroup {
  /// Where the system's files are; empty for the system's own.
  var root = ""

  /// The smallest number of bytes of memory, in this process's groups and those above them; nil where none is set.
  var memory: Int? {
    [
      smallest(controller: nil, "memory.max", Self.bytes),
      smallest(controller: "memory", "memory.limit_in_bytes", Self.bytes),
    ].compactMap { $0 }.min()
  }

  /// The smallest number of cores, rounded up; nil where none is set.
  var cores: Int? {
    [
      smallest(controller: nil, "cpu.max", Self.cores),
      smallest(controller: "cpu", "cpu.cfs_quota_us") { granted, directory in
        contents(of: "\(directory)/cpu.cfs_period_us").flatMap { Self.cores("\(granted) \($0)") }
      },
    ].compactMap { $0 }.min()
  }

  private func smallest(controller: String?, _ file: String, _ number: @escaping (String) -> Int?) -> Int? {
    smallest(controller: controller, file) { text, _ in number(text) }
  }

  /// The smallest number that a file gives in this process's group of a controller's hierarchy, the unified one where nil,
  /// and those above it.
  private func smallest(
    controller: String?, _ file: String, _ number: (_ text: String, _ directory: String) -> Int?
  ) -> Int? {
    guard let groups = contents(of: "\(root)/proc/self/cgroup") else { return nil }
    guard var path = Self.path(of: controller, in: groups) else { return nil }
    let hierarchy = "\(root)/sys/fs/cgroup" + (controller.map { "/\($0)" } ?? "")
    var smallest: Int?
    while true {
      let directory = hierarchy + (path == "/" ? "" : path)
      if let text = contents(of: "\(directory)/\(file)"), let found = number(text, directory) {
        smallest = min(smallest ?? found, found)
      }
      guard let slash = path.lastIndex(of: "/"), path != "/" else { return smallest }
      path = slash == path.startIndex ? "/" : String(path[..<slash])
    }
  }

  /// The group in a line of `/proc/self/cgroup`, such as `4:cpu,cpuacct:/docker/a` or `0::/user.slice`.
  private static func path(of controller: String?, in groups: String) -> String? {
    for line in groups.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let names = parts[1].split(separator: ",")
      if controller.map({ names.contains(Substring($0)) }) ?? (parts[0] == "0" && names.isEmpty) {
        return parts[2].hasPrefix("/") ? String(parts[2]) : "/"
      }
    }
    return controller == nil ? "/" : nil
  }

  /// The bytes of a `memory.max`; nil for `max`, and for what version 1 says where nothing is set: almost 2⁶³.
  static func bytes(_ text: String) -> Int? { Int(text.prefix { $0.isNumber }).flatMap { $0 < 1 << 60 ? $0 : nil } }

  /// Cores of a `cpu.max`: microseconds granted (or `max`) in a period of so many microseconds.
  static func cores(_ text: String) -> Int? {
    let words = text.split { $0 == " " || $0 == "\n" }
    guard words.count == 2, let granted = Double(words[0]), let period = Double(words[1]), granted > 0, period > 0
    else { return nil }
    return max(1, Int(min((granted / period).rounded(.up), 65_536)))
  }

  /// The first 4 KiB of a small file; nil where it cannot be read.
  private func contents(of path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(file, &buffer, buffer.count)
    return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
  }
}
