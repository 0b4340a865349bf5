#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Finding files: recursive listings and glob patterns, sorted bytewise so that every machine sees one order.
public enum Folder {
  /// What a path leads to, following symbolic links.
  public enum Kind: Equatable, Sendable {
    /// A regular file.
    case file
    /// A folder.
    case folder
    /// A device, a pipe or a socket.
    case other
    /// Nothing.
    case missing
  }

  /// What `path` leads to. Errors other than its absence are thrown.
  public static func kind(of path: String) throws(FileError) -> Kind {
    if path.utf8.contains(0) { throw FileError(path, .read, "the path contains a NUL character") }
    var status = stat()
    if stat(path, &status) != 0 {
      if errno == ENOENT || errno == ENOTDIR { return .missing }
      throw FileError(path, .read, systemError: errno)
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return .folder
    case S_IFREG: return .file
    default: return .other
    }
  }

  /// The names inside `path`, sorted bytewise: those that begin with a full stop if `hidden`, the others if not. Names that
  /// are not UTF-8 are left out, or an error if `isStrict`.
  public static func names(
    in path: String, hidden: Bool = false, isStrict: Bool = false
  ) throws(FileError) -> [String] {
    if path.utf8.contains(0) { throw FileError(path, .list, "the path contains a NUL character") }
    guard let stream = opendir(path) else { throw FileError(path, .list, systemError: errno) }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else { break }
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in bytes.prefix { $0 != 0 }.map { $0 } }
      if (bytes.first == UInt8(ascii: ".")) != hidden { continue }
      guard let name = String(validating: bytes, as: UTF8.self) else {
        if !isStrict { continue }
        let shown = String(decoding: bytes, as: UTF8.self)
        throw FileError(path, .list, "it holds a name that is not UTF-8, \(shown)", remedy: .other("rename it"))
      }
      if name != ".", name != ".." { names.append(name) }
    }
    if errno != 0 { throw FileError(path, .list, systemError: errno) }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// All regular files below `path`, as `path/sub/name`, sorted bytewise; links that lead nowhere, too, so that reading them
  /// says so. A link to a folder above it leads nowhere new; folders nested deeper than 64 levels are an error, and so are
  /// names that are not UTF-8.
  public static func files(below path: String) throws(FileError) -> [String] {
    var found: [String] = []
    try collect(path, above: [], into: &found)
    return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private static func collect(
    _ path: String, above: [Identity], into found: inout [String]
  ) throws(FileError) {
    guard let inside = try Identity(path).inside(above) else { return }
    for name in try names(in: path, isStrict: true) {
      let child = join(path, name)
      switch try kind(of: child) {
      case .file, .missing: found.append(child)
      case .folder: try collect(child, above: inside, into: &found)
      case .other: continue
      }
    }
  }

  /// Whether `path` contains `*`, `?` or `[`.
  public static func isPattern(_ path: String) -> Bool {
    path.utf8.contains { [UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "[")].contains($0) }
  }

  /// The regular files that match `pattern`, and links that lead nowhere: `*`, `?` and `[…]` within a name, `**` for any
  /// number of folders. What exists under a name with such signs is meant by it. Sorted bytewise; empty when nothing matches.
  public static func files(matching pattern: String) throws(FileError) -> [String] {
    var parts = pattern.split(separator: "/").map(String.init)
    // `**/**` is `**`.
    parts = zip(parts, parts.dropFirst() + [""]).filter { $0 != "**" || $1 != "**" }.map(\.0)
    var found: [String] = []
    try match(pattern.hasPrefix("/") ? "/" : "", parts[...], above: [], into: &found)
    var unique = found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    unique = zip(unique, [nil] + unique.map(Optional.some)).filter { $0 != $1 }.map(\.0)
    return unique
  }

  private static func match(
    _ base: String, _ parts: ArraySlice<String>, above: [Identity], into found: inout [String]
  ) throws(FileError) {
    guard let part = parts.first else {
      let kind = try kind(of: base)
      if kind == .file || kind == .missing && isLink(base) { found.append(base) }
      return
    }
    let rest = parts.dropFirst()
    if part == "**" { return try matchAnyDepth(base, parts, above: above, into: &found) }
    let literal = join(base, part)
    if !isPattern(part) { return try match(literal, rest, above: [], into: &found) }
    if try kind(of: literal) != .missing { return try match(literal, rest, above: [], into: &found) }
    guard try kind(of: base.isEmpty ? "." : base) == .folder else { return }
    for name in try names(in: base.isEmpty ? "." : base, isStrict: true) where fnmatch(part, name, 0) == 0 {
      try match(join(base, name), rest, above: [], into: &found)
    }
  }

  private static func matchAnyDepth(
    _ base: String, _ parts: ArraySlice<String>, above: [Identity], into found: inout [String]
  ) throws(FileError) {
    let folder = base.isEmpty ? "." : base
    guard try kind(of: folder) == .folder else {
      return try match(base, parts.dropFirst(), above: [], into: &found)
    }
    guard let inside = try Identity(folder).inside(above) else { return }
    try match(base, parts.dropFirst(), above: [], into: &found)
    for name in try names(in: folder) where try kind(of: join(base, name)) == .folder {
      try match(join(base, name), parts, above: inside, into: &found)
    }
  }

  private static func isLink(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  /// A folder, whatever path leads to it.
  private struct Identity: Equatable {
    private var path: String
    private var device: UInt64
    private var number: UInt64

    init(_ path: String) throws(FileError) {
      var status = stat()
      if stat(path, &status) != 0 { throw FileError(path, .list, systemError: errno) }
      (self.path, device, number) = (path, UInt64(status.st_dev), UInt64(status.st_ino))
    }

    /// Those above and this one; nil where it is one of them.
    func inside(_ above: [Identity]) throws(FileError) -> [Identity]? {
      if above.contains(self) { return nil }
      if above.count > 64 { throw FileError(path, .list, "folders are nested more than 64 deep", remedy: .unnest) }
      return above + [self]
    }

    static func == (a: Identity, b: Identity) -> Bool { a.device == b.device && a.number == b.number }
  }

  /// `folder/name`, or `name` when it is absolute or the folder is empty.
  public static func join(_ folder: String, _ name: String) -> String {
    if folder.isEmpty || name.hasPrefix("/") { return name }
    return folder.hasSuffix("/") ? folder + name : folder + "/" + name
  }

  /// The folder that a file is in, as it was written; empty for the current one.
  public static func parent(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// `path` as it leads on from `folder`; the last part alone where it does not lead from there.
  public static func path(_ path: String, below folder: String) -> String {
    let above = join(folder, "")
    let leadsOn = above.isEmpty ? !path.hasPrefix("/") : path.hasPrefix(above)
    return leadsOn ? String(path.dropFirst(above.count)) : baseName(path)
  }

  /// The last part of a path.
  public static func baseName(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}
