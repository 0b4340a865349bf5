import NNPlan

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Plan {
  /// Refuses `what` where it would not fit into the machine's memory.
  func requireMemory(_ what: String, help: String) throws(CommandFailure) {
    let available = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    guard available > 0, totalBytes > available / 10 * 9 else { return }
    throw .machine(
      "\(what) needs \(ByteCount.text(totalBytes)), the machine has \(ByteCount.text(available)); \(help)")
  }
}
