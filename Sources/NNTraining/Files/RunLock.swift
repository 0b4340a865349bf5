import NNFormats

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A run folder that this process alone writes to, for as long as this object lives or until the process ends, however
/// it does: `flock` on the folder itself, which leaves nothing behind.
public final class RunLock {
  /// Whether the folder was made for this.
  public let isNew: Bool
  private let descriptor: Int32

  /// Makes the folder where it is missing, and takes it. Throws `TrainingFailure.runFolderLocked` where another process
  /// has it.
  public init(_ folder: RunFolder) throws {
    while true {
      let isNew = try translating { try Folder.kind(of: folder.path) == .missing }
      try translating { try RunFolder.create(folder.path) }
      let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      if descriptor < 0 {
        if errno == ENOENT { continue }
        throw TrainingFailure.file(FileError(folder.path, .write, systemError: errno))
      }
      if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
        close(descriptor)
        throw TrainingFailure.runFolderLocked(path: folder.path)
      }
      // File systems without locks for folders let every process in. A run that ended may have removed the folder since.
      var (held, named) = (stat(), stat())
      if fstat(descriptor, &held) == 0, stat(folder.path, &named) == 0, held.st_ino == named.st_ino,
        held.st_dev == named.st_dev
      {
        (self.isNew, self.descriptor) = (isNew, descriptor)
        return
      }
      close(descriptor)
    }
  }

  deinit { close(descriptor) }
}
