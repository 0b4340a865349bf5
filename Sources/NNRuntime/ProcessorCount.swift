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
  static var quota: Int? { ControlGroup().cores }
}
