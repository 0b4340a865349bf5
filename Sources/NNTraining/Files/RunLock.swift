import NNFormats
import NNRuntime

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A run folder that this process alone writes to, for as long as this object lives or until the process ends, however
/// it does: `flock` on the folder itself, which leaves nothing behind.
///
/// File systems that cannot lock folders (NFS, for one) lock a file in it instead, which is removed at the end; what a
/// killed process leaves of that is an empty file that nobody holds. Where neither can be had, `weakness` says so.
public final class RunLock {
  /// Whether the folder was made for this.
  public let isNew: Bool
  /// How the folder is held, where that is not as it should be; nil where it is.
  public let weakness: String?
  private let folder: RunFolder
  private let descriptor: Int32
  private let file: LockFile?
  /// The folders that were made for this, the outermost first.
  private let made: [String]

  /// Makes the folder where it is missing, and takes it. Throws `TrainingFailure.runFolderLocked` where another process
  /// has it. Folders that were made, also those above it, go with this object where nothing is in them.
  public init(_ folder: RunFolder) throws {
    var made: [String] = []
    while true {
      let new = try translating { try Folder.create(folder.path) }
      made += new
      let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      if descriptor < 0 {
        if errno == ENOENT { continue }
        let code = errno
        Folder.removeEmpty(made)
        throw TrainingFailure.file(FileError(folder.path, .write, systemError: code))
      }
      let code = RunLock.take(descriptor)
      if code == EWOULDBLOCK {
        close(descriptor)
        Folder.removeEmpty(made)
        throw TrainingFailure.runFolderLocked(path: folder.path)
      }
      // A run that ended may have removed the folder since.
      guard isSame(descriptor, folder.path) else {
        close(descriptor)
        continue
      }
      (self.made, isNew) = (made, !new.isEmpty)
      (self.descriptor, self.folder) = (descriptor, folder)
      if code == 0 {
        (weakness, file) = (nil, nil)
        return
      }
      let file = LockFile(in: folder)
      if file.isOthers {
        // Nothing closes it but this: an object that was not made has no end.
        close(descriptor)
        Folder.removeEmpty(made)
        throw TrainingFailure.runFolderLocked(path: folder.path)
      }
      weakness = RunLock.weakness(folder, FileError(folder.path, .write, systemError: code).reason, file)
      self.file = file
      return
    }
  }

  /// The same, after another process gave it free, which is waited for so many seconds.
  public static func waiting(for folder: RunFolder, seconds: Double) throws -> RunLock {
    let end = Clock.seconds() + seconds
    while true {
      do {
        return try RunLock(folder)
      } catch TrainingFailure.runFolderLocked where Clock.seconds() < end {
        usleep(20_000)
      }
    }
  }

  /// The system's error; 0 where the folder is locked now.
  private static func take(_ descriptor: Int32) -> Int32 {
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 { if errno != EINTR { return errno } }
    return 0
  }

  private static func weakness(_ folder: RunFolder, _ reason: String, _ file: LockFile) -> String {
    let start = "the file system of \(folder.path) cannot lock folders (\(reason))"
    if let reason = file.reason {
      return "\(start) nor files (\(reason)): make sure that no other process trains into it"
    }
    return "\(start): \(LockFile.name) in it is locked instead"
  }

  deinit {
    file?.release()
    Folder.removeEmpty(made)
    close(descriptor)
  }
}

/// A file that stands for a folder which cannot be locked itself.
private struct LockFile {
  static let name = ".nnc-lock"

  /// Whether another process holds it.
  private(set) var isOthers = false
  /// Why it cannot be had; nil where it can.
  private(set) var reason: String?
  private let path: String
  private var descriptor: Int32 = -1

  init(in folder: RunFolder) {
    path = Folder.join(folder.path, LockFile.name)
    while true {
      descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
      if descriptor < 0 {
        reason = FileError(path, .write, systemError: errno).reason
        return
      }
      // POSIX's record locks, since NFS has these. The whole file, however long.
      var request = flock()
      request.l_type = Int16(F_WRLCK)
      request.l_whence = Int16(SEEK_SET)
      if fcntl(descriptor, F_SETLK, &request) != 0 {
        isOthers = errno == EACCES || errno == EAGAIN
        if !isOthers { reason = FileError(path, .write, systemError: errno).reason }
        close(descriptor)
        descriptor = -1
        return
      }
      // Its last holder may have removed it since.
      if isSame(descriptor, path) { return }
      close(descriptor)
    }
  }

  func release() {
    guard descriptor >= 0 else { return }
    unlink(path)
    close(descriptor)
  }
}

/// Whether a path still leads to what is open.
private func isSame(_ descriptor: Int32, _ path: String) -> Bool {
  var (held, named) = (stat(), stat())
  return fstat(descriptor, &held) == 0 && stat(path, &named) == 0 && held.st_ino == named.st_ino
    && held.st_dev == named.st_dev
}
