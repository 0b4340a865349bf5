import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What is asked of a run from outside: to save, or to save and end. Whoever trains looks here between pieces of work.
public final class Interruption: Sendable {
  /// What the process's signals ask, once `listen` was called.
  public static let signals = Interruption()

  private let wanted = Atomic<Int32>(0)
  private let saves = Atomic<Bool>(false)

  /// Nothing is asked.
  public init() {}

  /// The signal that asked the run to end; nil for none.
  public var endingSignal: Int32? {
    let number = wanted.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }

  /// Whether a checkpoint was asked for since the last call.
  func takeSaveRequest() -> Bool { saves.exchange(false, ordering: .relaxed) }

  /// Asks the run to end as this signal does; false where it was asked before.
  @discardableResult
  public func end(by signal: Int32) -> Bool {
    wanted.compareExchange(expected: 0, desired: signal, ordering: .relaxed).exchanged
  }

  /// Asks for a checkpoint.
  public func save() { saves.store(true, ordering: .relaxed) }

  /// From now on the first SIGINT or SIGTERM asks the run to end, the second ends the process at once, and SIGUSR1 asks
  /// for a checkpoint. A signal that the process was started to ignore stays ignored.
  public static func listen() {
    _ = signals
    // Some programs start others with all signals blocked.
    var listened = sigset_t()
    sigemptyset(&listened)
    for number in [SIGINT, SIGTERM, SIGUSR1] { sigaddset(&listened, number) }
    pthread_sigmask(SIG_UNBLOCK, &listened, nil)
    for number in [SIGINT, SIGTERM] where !isIgnored(number) {
      // In a handler only what is safe there: atomics and `_exit`.
      _ = signal(number) { number in
        if !Interruption.signals.end(by: number) { _exit(128 + number) }
      }
    }
    _ = signal(SIGUSR1) { _ in Interruption.signals.save() }
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    #if canImport(Darwin)
      let handler = action.__sigaction_u.__sa_handler
    #else
      let handler = action.__sigaction_handler.sa_handler
    #endif
    return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
