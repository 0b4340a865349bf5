#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How much memory this process may use.
public enum AvailableMemory {
  /// Who sets the limit.
  public enum Limit: String, Sendable {
    case machine = "the machine has"
    case group = "this control group may use"
    case process = "this process may use (ulimit -v)"
  }

  /// The smallest limit in bytes, and whose it is; nil where the system tells none.
  public static var smallest: (bytes: Int, limit: Limit)? {
    var limits: [(bytes: Int, limit: Limit)] = []
    let machine = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    if machine > 0 { limits.append((machine, .machine)) }
    if let group = ControlGroup().memory { limits.append((group, .group)) }
    var process = rlimit()
    #if canImport(Darwin)
      let isTold = getrlimit(RLIMIT_AS, &process) == 0
    #else
      let isTold = getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &process) == 0
    #endif
    if isTold, process.rlim_cur < UInt64(Int.max) { limits.append((Int(process.rlim_cur), .process)) }
    return limits.min { $0.bytes < $1.bytes }
  }
}
