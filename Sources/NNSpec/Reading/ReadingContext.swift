import NNDiagnostics

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What reading one spec and the files that it includes shares.
final class ReadingContext {
  /// How deep files may include each other.
  static let depthLimit = 32
  /// How many names included files may bring in.
  static let nameLimit = 4_000

  var sources: SourceMap
  var diagnostics: Diagnostics
  var layers = LayerReader()
  /// The warnings that files accept outside their layers.
  var allowed = AllowReader()
  /// The folder of the spec, which paths are relative to; empty for the current one.
  let folder: String
  private let files: FileAccess
  /// What was read, by the file's identity; `nil` where it could not be read.
  private var libraries: [String: Library?] = [:]
  /// The files that are being read, outermost first, with what they are called.
  private var open: [(identity: String, path: String)]
  private var isTooLarge = false

  init(_ reading: SpecReading, path: String, files: FileAccess) {
    self.files = files
    sources = reading.sources
    diagnostics = reading.diagnostics
    folder = path == "-" ? "" : Paths.parent(of: path)
    open = [(ReadingContext.identity(of: path), path)]
  }

  /// What the file at `path`, relative to the spec's folder, gives; `nil` where it cannot be read, which is reported at
  /// `span` or in the file.
  func library(_ path: String, at span: Span) -> Library? {
    let full = Paths.join(folder, path)
    let identity = ReadingContext.identity(of: full)
    if let index = open.firstIndex(where: { $0.identity == identity }) {
      diagnostics.add(.includeCycle(open[index...].map(\.path) + [open[index].path], at: span))
      return nil
    }
    if let known = libraries[identity] { return known }
    guard open.count <= ReadingContext.depthLimit else {
      diagnostics.add(.includeTooDeep(ReadingContext.depthLimit, at: span))
      return nil
    }
    open.append((identity, full))
    let library = read(full, relative: path, at: span)
    open.removeLast()
    libraries[identity] = .some(library)
    return library
  }

  private func read(_ full: String, relative: String, at span: Span) -> Library? {
    let bytes: [UInt8]
    do throws(FileProblem) {
      guard files.reachesNamed else { throw FileProblem.unreadable("no other files can be reached") }
      bytes = try FileText.bytes(path: full, replaced: files.replaced)
    } catch {
      diagnostics.add(.file(error, path: full, at: span, isIncluded: true))
      return nil
    }
    var reading = SpecReading(sources: sources, spec: nil, diagnostics: diagnostics)
    let tree = SpecReader.tree(bytes: bytes, path: full, into: &reading)
    sources = reading.sources
    diagnostics = reading.diagnostics
    guard let (file, root) = tree else { return nil }
    guard root.mapping != nil else {
      diagnostics.add(.includeIsNoSpec(full, root, at: sources[file].firstLine(of: root.span)))
      return nil
    }
    return FileReader.read(root, file: file, folder: Paths.parent(of: relative), isIncluded: true, in: self)
  }

  /// Whether included files may bring in `count` names more; reports once where they may not.
  func isAffordable(_ count: Int, at span: Span) -> Bool {
    if count <= ReadingContext.nameLimit { return true }
    if !isTooLarge { diagnostics.add(.includeTooLarge(ReadingContext.nameLimit, at: span)) }
    isTooLarge = true
    return false
  }

  private static func identity(of path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}

/// What a file gives to a spec that includes it.
struct Library {
  /// What its expressions see.
  var environment = Environment()
  /// Its variables, and those of the files it includes as `alias.name`.
  var variables: [String: Environment.Binding] = [:]
  /// The table of the blocks it may use.
  var table = 0
  /// Its data sources, and those of the files it includes.
  var data: [DataSource] = []
  /// Its networks, and those of the files it includes.
  var networks: [Network] = []
  /// All blocks of itself and the files it includes, for checks.
  var blocks: [Block] = []
  /// Aliases of included files that could not be read, its own and those of the files it includes.
  var missing: Set<String> = []
}

/// Paths as text.
enum Paths {
  /// The folder that a file is in; empty for the current one.
  static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// `path` as seen from `folder`.
  static func join(_ folder: String, _ path: String) -> String {
    if folder.isEmpty || path.hasPrefix("/") { return path }
    return folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
  }

  /// A path of a file in `folder`.
  static func join(_ folder: String, _ path: Spanned<String>) -> Spanned<String> {
    Spanned(join(folder, path.value), at: path.span)
  }
}
