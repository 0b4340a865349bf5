#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A process that is run to its end and measured.
struct Child {
  /// How a process ended and what it took.
  struct Result {
    /// Its exit code; negative for the signal that ended it.
    var status: Int32
    /// From its start to its end.
    var milliseconds: Double
    /// Of its processor's time.
    var processorMilliseconds: Double
    /// The most memory that was resident at once, in MiB. It cannot read below this program's own peak, which the
    /// process briefly shares when it starts.
    var megabytes: Double
  }

  /// Runs a program in a folder, with its output thrown away; one that takes more than `limit` seconds is killed.
  static func run(_ program: String, _ arguments: [String], in folder: String, limit: UInt32 = 20) -> Result {
    #if canImport(Glibc)
      var actions = posix_spawn_file_actions_t()
    #else
      var actions: posix_spawn_file_actions_t?
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    guard chdir(folder) == 0 else {
      return Result(status: 127, milliseconds: 0, processorMilliseconds: 0, megabytes: 0)
    }
    for (descriptor, mode) in [(Int32(0), O_RDONLY), (1, O_WRONLY), (2, O_WRONLY)] {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", mode, 0)
    }
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    var process: pid_t = 0
    let start = ContinuousClock.now
    guard posix_spawn(&process, program, &actions, nil, &words, environ) == 0 else {
      return Result(status: 127, milliseconds: 0, processorMilliseconds: 0, megabytes: 0)
    }
    killed = process
    signal(SIGALRM) { _ in kill(killed, SIGKILL) }
    alarm(limit)
    defer { alarm(0) }
    var status: Int32 = 0
    var usage = rusage()
    while wait4(process, &status, 0, &usage) < 0, errno == EINTR {}
    let time = ContinuousClock.now - start
    return Result(
      status: status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F), milliseconds: time / .milliseconds(1),
      processorMilliseconds: usage.ru_utime.milliseconds + usage.ru_stime.milliseconds,
      megabytes: Double(usage.ru_maxrss) / 1_024)
  }

  /// The middle of several runs, by time.
  static func median(of count: Int, _ program: String, _ arguments: [String], in folder: String) -> Result {
    _ = run(program, arguments, in: folder)
    let results = (0..<count).map { _ in run(program, arguments, in: folder) }
    return results.sorted { $0.milliseconds < $1.milliseconds }[count / 2]
  }
}

extension timeval {
  fileprivate var milliseconds: Double { Double(tv_sec) * 1_000 + Double(tv_usec) / 1_000 }
}

/// The process that an alarm kills.
nonisolated(unsafe) private var killed: pid_t = 0
