#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Folder {
  /// Makes a folder and those above it that are missing; gives those that it made, the outermost first. Where one cannot
  /// be made, none stays.
  @discardableResult
  public static func create(_ path: String) throws(FileError) -> [String] {
    if path.isEmpty { throw FileError(path, .write, "a folder has a name", remedy: .nameFolder) }
    var folders: [String] = []
    for part in path.split(separator: "/") {
      folders.append(join(folders.last ?? (path.hasPrefix("/") ? "/" : ""), String(part)))
    }
    var (made, next, attempts): ([String], Int, Int) = ([], 0, 8)
    do throws(FileError) {
      while next < folders.count {
        let code = mkdir(folders[next], 0o777) == 0 ? 0 : errno
        if code == 0 {
          made.append(folders[next])
        } else if code == ENOENT, attempts > 0 {
          // Another run may have taken back what it had made.
          (next, attempts) = (0, attempts - 1)
          continue
        } else {
          try require(folders[next], code)
        }
        next += 1
      }
    } catch {
      removeEmpty(made)
      throw error
    }
    return made
  }

  /// A folder must be there that could not be made; `EROFS` and `EACCES` come before `EEXIST` on some systems.
  private static func require(_ folder: String, _ code: Int32) throws(FileError) {
    if try kind(of: folder) == .folder { return }
    switch code {
    case EEXIST: throw FileError(folder, .write, "it is not a folder", remedy: .nameFolder)
    case ENOTDIR: throw FileError(folder, .write, "a part of the path is not a folder", remedy: .nameFolder)
    case ENOENT: throw FileError(folder, .write, "no folder can be made there", fault: .machine, remedy: .nameFolder)
    default: throw FileError(folder, .write, systemError: code)
    }
  }

  /// Removes folders, the last first, that hold nothing.
  public static func removeEmpty(_ folders: [String]) {
    for folder in folders.reversed() { rmdir(folder) }
  }
}
