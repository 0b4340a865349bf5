import NNFormats

/// The specs that a command line names.
public enum SpecFiles {
  /// Each path, and in the place of a folder all `.yaml` and `.yml` files in and below it, by name. What a path leads to that
  /// cannot be looked at is told where it is read.
  public static func find(_ paths: [String]) throws(CommandFailure) -> [String] {
    var files: [String] = []
    for path in paths {
      do {
        guard path != "-", (try? Folder.kind(of: path)) == .folder else {
          files.append(path)
          continue
        }
        let found = try Folder.files(below: path).filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
        if found.isEmpty { throw CommandFailure.data("\(path) holds no .yaml files") }
        files += found
      } catch {
        throw CommandFailure(error)
      }
    }
    return files
  }
}
