import CProcessor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How many processor cores this process may use.
public enum ProcessorCount {
  /// The cores it may run on, bounded by the processor time that its control group grants; at least 1.
  public static var available: Int { max(1, min(affinity, quota ?? .max)) }

  /// The cores that the scheduler may place this process on.
  static var affinity: Int {
    let placed = Int(processor_affinity())
    return placed > 0 ? placed : Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  }

  /// The control group's quota in cores, rounded up; nil without one.
  static var quota: Int? {
    guard let groups = contents(of: "/proc/self/cgroup") else { return nil }
    let unified = groups.split(separator: "\n").first { $0.hasPrefix("0::") }.map { String($0.dropFirst(3)) }
    var path = unified ?? "/"
    var smallest: Int?
    while true {
      let directory = "/sys/fs/cgroup" + (path == "/" ? "" : path)
      if let cores = contents(of: directory + "/cpu.max").flatMap(cores) { smallest = min(smallest ?? cores, cores) }
      guard let slash = path.lastIndex(of: "/"), path != "/" else { return smallest }
      path = slash == path.startIndex ? "/" : String(path[..<slash])
    }
  }

  /// Cores of a `cpu.max`: microseconds granted (or `max`) in a period of so many microseconds.
  static func cores(_ text: String) -> Int? {
    let words = text.split { $0 == " " || $0 == "\n" }
    guard words.count == 2, let granted = Double(words[0]), let period = Double(words[1]), granted > 0, period > 0
    else { return nil }
    return max(1, Int(min((granted / period).rounded(.up), 65_536)))
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
