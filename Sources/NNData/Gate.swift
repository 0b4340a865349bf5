#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A mutex with one condition, over a value that is only reached while it is held.
///
/// `@unchecked Sendable`: `value` is touched between lock and unlock only.
final class Gate<Value>: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var value: Value

  init(_ value: Value) {
    self.value = value
    pthread_mutex_init(mutex, nil)
    #if canImport(Glibc)
      var attributes = pthread_condattr_t()
      pthread_condattr_init(&attributes)
      pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
      pthread_cond_init(condition, &attributes)
      pthread_condattr_destroy(&attributes)
    #else
      pthread_cond_init(condition, nil)
    #endif
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Runs `body` with the value, and wakes all who wait.
  func change<Result>(_ body: (inout Value) -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer {
      pthread_cond_broadcast(condition)
      pthread_mutex_unlock(mutex)
    }
    return body(&value)
  }

  /// Waits until `body` holds, for so many seconds at most; whether it does.
  func waits(seconds: Double, for body: (Value) -> Bool) -> Bool {
    let end = Gate.clock() + seconds
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while !body(value) {
      if Gate.clock() >= end { return false }
      wait(until: end)
    }
    return true
  }

  /// Waits to be woken, until the clock shows `end` at the latest.
  private func wait(until end: Double) {
    #if canImport(Glibc)
      var time = timespec(tv_sec: Int(end), tv_nsec: Int((end - end.rounded(.down)) * 1e9))
      pthread_cond_timedwait(condition, mutex, &time)
    #else
      let rest = max(0, end - Gate.clock())
      var time = timespec(tv_sec: Int(rest), tv_nsec: Int((rest - rest.rounded(.down)) * 1e9))
      pthread_cond_timedwait_relative_np(condition, mutex, &time)
    #endif
  }

  /// Seconds of a clock that nobody sets.
  private static func clock() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Waits until `body` gives something, then wakes all who wait.
  func wait<Result>(_ body: (inout Value) -> Result?) -> Result {
    pthread_mutex_lock(mutex)
    defer {
      pthread_cond_broadcast(condition)
      pthread_mutex_unlock(mutex)
    }
    while true {
      if let result = body(&value) { return result }
      pthread_cond_wait(condition, mutex)
    }
  }
}

/// A joinable thread.
struct Worker {
  private let thread: pthread_t

  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Starts a thread; nil when the system has none left.
  init?(_ run: @escaping @Sendable () -> Void) {
    let body = Unmanaged.passRetained(Body(run))
    #if canImport(Glibc)
      var handle: pthread_t = 0
    #else
      var handle: pthread_t?
    #endif
    let code = pthread_create(&handle, nil, Self.entry, body.toOpaque())
    #if canImport(Glibc)
      let started: pthread_t? = code == 0 ? handle : nil
    #else
      let started = code == 0 ? handle : nil
    #endif
    guard let started else {
      body.release()
      return nil
    }
    thread = started
  }

  /// Lets the thread end by itself.
  func detach() { pthread_detach(thread) }

  /// Waits for the thread's end.
  func join() { pthread_join(thread, nil) }

  #if canImport(Glibc)
    private static let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { pointer in
      if let pointer { Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue().run() }
      return nil
    }
  #else
    private static let entry: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = { pointer in
      Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue().run()
      return nil
    }
  #endif
}
