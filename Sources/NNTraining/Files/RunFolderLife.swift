import NNFormats

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

// How a run's folder is made ready, and what is taken back.
extension RunFolder {
  /// Removes a checkpoint.
  func removeCheckpoint(step: Int) throws(FileError) { try remove(checkpointPath(step: step)) }

  /// Gives a damaged checkpoint another name, so that it is not taken for one; gives that.
  public func setAsideCheckpoint(step: Int) throws(FileError) -> String {
    let (old, new) = (checkpointPath(step: step), checkpointPath(step: step) + RunFolder.damagedSuffix)
    if rename(old, new) != 0 { throw FileError(old, .write, systemError: errno) }
    return new
  }

  /// Makes the folder ready for a new run. Throws `TrainingFailure.runFolderInUse` where it holds one, unless `fresh`,
  /// which removes that run's files. A run that was ended before its first checkpoint is none.
  public func begin(fresh: Bool) throws {
    try translating {
      let files = try runFiles()
      if !fresh, !files.isEmpty, try !wasOnlyBegun(files) {
        let shown = Array(files.filter { !$0.contains("/") && EventLog.time(of: $0) == nil }.prefix(3))
        throw TrainingFailure.runFolderInUse(path: path, found: shown.isEmpty ? Array(files.prefix(1)) : shown)
      }
      for file in files { try remove(Folder.join(path, file)) }
      try makeFolders()
    }
  }

  /// Makes what folders are missing, and removes what files a process left that was killed while it wrote them.
  public func makeFolders() throws(FileError) {
    for folder in [path, previewsPath, checkpointsPath] { try Folder.create(folder) }
    try removeLeftovers()
  }

  /// Removes what files a process left that was killed while it wrote them.
  public func removeLeftovers() throws(FileError) {
    for folder in [path, previewsPath, checkpointsPath] where try Folder.kind(of: folder) == .folder {
      try AtomicFile.removeLeftovers(in: folder)
    }
  }

  /// Whether the report was written before the run's weights, as by a process that was killed between the two.
  public var hasLateReport: Bool {
    var (report, weights) = (stat(), stat())
    guard stat(weightsPath, &weights) == 0 else { return false }
    guard stat(reportPath, &report) == 0 else { return true }
    let (written, needed) = (modification(of: report), modification(of: weights))
    return (written.tv_sec, written.tv_nsec) < (needed.tv_sec, needed.tv_nsec)
  }

  private func modification(of status: stat) -> timespec {
    #if canImport(Glibc)
      status.st_mtim
    #else
      status.st_mtimespec
    #endif
  }

  /// Whether these files are all that a run left which was ended before it had made anything: its spec, which is written
  /// first, and what stands beside it. Without a spec they may be somebody else's.
  private func wasOnlyBegun(_ files: [String]) throws(FileError) -> Bool {
    if try holdsResults() { return false }
    return files.contains(File.spec.rawValue)
      || files.allSatisfy { $0 == File.metrics.rawValue || EventLog.time(of: $0) != nil }
  }

  /// Whether something of a run is there that took work: a logged step, weights, a checkpoint.
  private func holdsResults() throws(FileError) -> Bool {
    var status = stat()
    if stat(metricsPath, &status) == 0, status.st_size > 0 { return true }
    for file in [weightsPath, bestPath] where try Folder.kind(of: file) != .missing { return true }
    return try !checkpoints().isEmpty
  }

  /// Takes back what a run wrote that ended before its first step was logged or saved, so that the next may have the
  /// folder. What holds something else stays; the folder itself is its lock's to take back.
  public func discardIfNothingWasMade() {
    do throws(FileError) {
      if try checkpointSteps().last ?? 0 > 0 { return }
      var status = stat()
      guard stat(metricsPath, &status) != 0 || status.st_size == 0, stat(weightsPath, &status) != 0 else { return }
      for file in try runFiles() { try remove(Folder.join(path, file)) }
    } catch { return }  // the error that ended the run is the one to tell
    Folder.removeEmpty([previewsPath, checkpointsPath])
  }

  private func remove(_ file: String) throws(FileError) {
    if unlink(file) != 0 && errno != ENOENT { throw FileError(file, .write, systemError: errno) }
  }
}
