import NNDiagnostics
import NNFormats

/// What stands near a path that leads nowhere.
enum MissingPath {
  /// What may be meant by it, or which of its folders is missing; nil where there is something, or nothing is like it.
  static func help(_ path: String) -> String? {
    guard isMissing(path) else { return nil }
    var parts = path.split(separator: "/").map(String.init)[...]
    var folder = path.hasPrefix("/") ? "/" : ""
    while let part = parts.first, case let next = Folder.join(folder, part), !isMissing(next) {
      folder = next
      parts = parts.dropFirst()
    }
    guard let part = parts.first, let names = try? Folder.names(in: folder.isEmpty ? "." : folder) else { return nil }
    if let name = Suggestion.closest(to: part, among: names, foreign: [:]) {
      let whole = ([name] + parts.dropFirst()).reduce(folder, Folder.join)
      return "did you mean `\(isMissing(whole) ? Folder.join(folder, name) : whole)`?"
    }
    return parts.count > 1 ? "there is no folder `\(Folder.join(folder, part))`" : nil
  }
}

extension Diagnostics {
  /// Where there is no spec at `path`, says what may be meant.
  mutating func adviseOnMissing(_ path: String) {
    guard isMissing(path) else { return }
    var advised = Diagnostics()
    for var diagnostic in sorted {
      let help = MissingPath.help(path) ?? "`nnc new NAME` writes a spec to start from"
      if diagnostic.code.slug == "file-missing" { diagnostic.help.append(help) }
      advised.add(diagnostic)
    }
    self = advised
  }
}
