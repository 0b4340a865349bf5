import NNFormats

/// Finding the picture files that a description names.
enum PictureFiles {
  private static let pictures = FileError.Remedy.other("name a folder of pictures, PNG or JPEG, or one of them")

  /// The pictures of a folder (recursive, bytewise order), one file, a pattern (bytewise order) or a `.txt` list (its
  /// own order). Empty results are errors that say what is there instead.
  static func find(_ location: String) throws(FileError) -> [String] {
    switch try Folder.kind(of: location) {
    case .folder: return try inFolder(location)
    case .file:
      if location.lowercased().hasSuffix(".txt") { return try inList(location) }
      _ = try ImageFile.header(location)
      return [location]
    case .other: throw FileError(location, .read, "it is neither a folder nor a regular file", remedy: pictures)
    case .missing:
      if Folder.isPattern(location) { return try matching(location) }
      throw FileError(missing: location)
    }
  }

  /// The folder from which the files' names are told apart: the one that is named, the last above a pattern's signs, or
  /// that of the list.
  static func root(of location: String) -> String {
    var root = location
    while !root.isEmpty, root != "/", (try? Folder.kind(of: root)) != .folder { root = Folder.parent(of: root) }
    return root
  }

  static func inFolder(_ folder: String) throws(FileError) -> [String] {
    let files = try Folder.files(below: folder)
    if files.isEmpty {
      throw FileError(folder, .read, "the folder is empty", remedy: .other("put pictures into it, PNG or JPEG"))
    }
    return try choose(files, from: folder, "the folder holds")
  }

  private static func matching(_ pattern: String) throws(FileError) -> [String] {
    let files = try Folder.files(matching: pattern)
    if files.isEmpty {
      throw FileError(
        pattern, .read, "no file matches this pattern",
        remedy: .other("`*` stands for any part of a name, `**` for any folders: `photos/**/*.jpg`"))
    }
    return try choose(files, from: pattern, "the pattern matches")
  }

  /// Those with a picture's name; where there are none, those that begin like a picture.
  private static func choose(_ files: [String], from place: String, _ verb: String) throws(FileError) -> [String] {
    let named = files.filter(ImageFile.hasImageName)
    if !named.isEmpty { return named }
    let sniffed = files.prefix(1000).filter { path in
      do throws(FileError) {
        _ = try ImageFile.header(path)
        return true
      } catch { return false }
    }
    if sniffed.isEmpty {
      throw FileError(
        place, .read, "\(verb) no PNG or JPEG picture, but \(summary(files))", remedy: pictures)
    }
    return files.count <= 1000 ? sniffed : files
  }

  /// `12 files (.txt 10, .csv 2)`.
  static func summary(_ files: [String]) -> String {
    var counts: [String: Int] = [:]
    for file in files {
      let name = Folder.baseName(file)
      let ending = name.lastIndex(of: ".").map { String(name[$0...]) } ?? "without an ending"
      counts[ending, default: 0] += 1
    }
    let order = counts.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
    let shown = order.prefix(3).map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    let noun = files.count == 1 ? "1 file" : "\(files.count) files"
    return "\(noun) (\(shown)\(order.count > 3 ? ", …" : ""))"
  }

  private static func inList(_ list: String) throws(FileError) -> [String] {
    let bytes = try InputFile(path: list).readAll()
    let folder = root(of: list)
    var paths: [String] = []
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() {
      let text = trimmed(line)
      if text.isEmpty || text.hasPrefix("#") { continue }
      let path = Folder.join(folder, text)
      guard try Folder.kind(of: path) == .file else {
        throw FileError(
          list, .read, "line \(number + 1) names \(path), which is not a file",
          remedy: .other("its lines are paths as seen from the list's folder"))
      }
      paths.append(path)
    }
    if paths.isEmpty {
      throw FileError(list, .read, "the list names no file", remedy: .other("write the path of a picture in each line"))
    }
    return paths
  }

  private static func trimmed(_ line: ArraySlice<UInt8>) -> String {
    let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    var part = line.drop(while: isSpace)
    if part.starts(with: [0xEF, 0xBB, 0xBF]) { part = part.dropFirst(3) }
    while let last = part.last, isSpace(last) { part = part.dropLast() }
    return String(decoding: part, as: UTF8.self)
  }
}
