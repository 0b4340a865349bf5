#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A thread of the system's that does one piece of work.
struct SystemThread {
  /// The system's number for the reason that there is no thread to be had.
  struct Refusal: Error {
    let code: Int32
  }

  private let handle: pthread_t

  /// Starts a thread that runs `body`.
  init(_ body: @escaping () -> Void) throws(Refusal) {
    let work = Unmanaged.passRetained(Work(body))
    #if canImport(Darwin)
      var started: pthread_t?
      let code = pthread_create(&started, nil, { Work.run($0) }, work.toOpaque())
    #else
      var thread = pthread_t()
      let code = pthread_create(&thread, nil, { Work.run($0) }, work.toOpaque())
      let started = code == 0 ? thread : nil
    #endif
    guard code == 0, let started else {
      work.release()
      throw Refusal(code: code)
    }
    handle = started
  }

  /// Waits until the work is done and let go of.
  func join() { pthread_join(handle, nil) }
}

/// What a thread is started with.
private final class Work {
  private let body: () -> Void

  init(_ body: @escaping () -> Void) { self.body = body }

  /// A thread's main function.
  static func run(_ pointer: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let pointer { Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().body() }
    return nil
  }
}
