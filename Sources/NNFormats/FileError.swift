import NNText

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What went wrong with one file or folder: the path, what was being done to it, and why, in plain words.
///
/// `description` reads `cannot read photos/a.png: the file is truncated`.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Whose fault it is: what the user gave (exit code 1), or the machine under it (exit code 3).
  public enum Fault: Equatable, Sendable {
    /// The file is missing, is of another kind, or holds something else than it should.
    case data
    /// The system refused or failed: input and output errors, permissions, a full disk, no memory.
    case machine
  }

  /// What was being done.
  public enum Action: String, Equatable, Sendable {
    /// Opening, measuring or reading a file.
    case read
    /// Writing, flushing or renaming a file.
    case write
    /// Listing what a folder holds.
    case list
  }

  /// The path as the caller gave it.
  public let path: String
  /// What was being done.
  public let action: Action
  /// Why it failed: lower case, without a final full stop.
  public let reason: String
  /// Whose fault it is.
  public let fault: Fault
  /// What helps; nil where the reason says it, or nothing is known to.
  public let remedy: Remedy?

  /// An error with a reason of our own.
  public init(_ path: String, _ action: Action, _ reason: String, fault: Fault = .data, remedy: Remedy? = nil) {
    self.path = path
    self.action = action
    self.reason = reason
    self.fault = fault
    self.remedy = remedy
  }

  /// A file that is not whole, or does not hold what its program wrote.
  public init(damaged path: String, _ reason: String) { self.init(path, .read, reason, remedy: .fetchAgain) }

  /// An error from the system's error number. Reading something that is not there is the data's fault; all else
  /// that the system refuses is the machine's.
  public init(_ path: String, _ action: Action, systemError code: Int32) {
    let reason = Self.words(for: code)
    let missing = action != .write && [ENOENT, ENOTDIR, EISDIR, ENAMETOOLONG, ELOOP].contains(code)
    self.init(path, action, reason, fault: missing ? .data : .machine, remedy: Remedy(systemError: code))
  }

  /// A path that leads nowhere.
  public init(missing path: String) { self.init(path, .read, systemError: ENOENT) }

  /// `cannot <action> <path>: <reason>`.
  public var description: String {
    "cannot \(action.rawValue) \(path.isEmpty ? "\"\"" : printable(path)): \(reason)"
  }

  /// What helps, a sentence each.
  public var help: [String] { remedy.map { [$0.text] } ?? [] }

  private static func words(for code: Int32) -> String {
    switch code {
    case ENOENT: return "there is no such file or folder"
    case ENOTDIR: return "a part of the path is not a folder"
    case EISDIR: return "it is a folder"
    case EACCES, EPERM: return "permission denied"
    case ENOSPC: return "no space is left on the device"
    case EROFS: return "its file system is read-only"
    case ELOOP: return "a symbolic link leads back to itself"
    case EDQUOT: return "the disk quota is used up"
    case EMFILE, ENFILE: return "too many files are open"
    default:
      let text = strerror(code).map { String(cString: $0) } ?? "system error \(code)"
      return text.prefix(1).lowercased() + text.dropFirst()
    }
  }
}
