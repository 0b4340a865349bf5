import NNDiagnostics
import NNText

/// A value given on the command line: `--set vars.width=96`.
public struct Override: Sendable, Hashable {
  /// Keys from the top of the spec, separated by points.
  public let path: String
  /// The value as it would stand in the spec, in YAML.
  public let value: String

  /// Sets `path` to `value`.
  public init(path: String, value: String) {
    self.path = path
    self.value = value
  }
}

/// What reading a spec gives.
public struct SpecReading: Sendable {
  /// The files that the diagnostics point into.
  public var sources: SourceMap
  /// The spec, with what is wrong in it marked; `nil` where the text is no spec at all.
  public var spec: Spec?
  /// What was found wrong.
  public var diagnostics: Diagnostics
}

/// Reads specs.
public enum SpecReader {
  /// Reads a file; `-` is standard input. `kinds` are the kinds of layers, which no block may be called like.
  public static func read(
    path: String, overrides: [Override] = [], files: FileAccess = .named, kinds: [String] = []
  ) -> SpecReading {
    do {
      let bytes = try FileText.bytes(path: path, replaced: files.replaced)
      return read(bytes: bytes, path: path, overrides: overrides, files: files, kinds: kinds)
    } catch {
      var reading = SpecReading(sources: SourceMap(), spec: nil, diagnostics: Diagnostics())
      let file = reading.sources.add(path: path, text: nil)
      reading.diagnostics.add(.file(error, path: path, at: Span(file: file, start: 0, end: 0)))
      return reading
    }
  }

  /// Reads bytes that came from `path`.
  public static func read(
    bytes: [UInt8], path: String, overrides: [Override] = [], files: FileAccess = .named, kinds: [String] = []
  ) -> SpecReading {
    var reading = SpecReading(sources: SourceMap(), spec: nil, diagnostics: Diagnostics())
    let tree = tree(bytes: bytes, path: path, into: &reading)
    return tree.map {
      read($1, file: $0, path: path, overrides: overrides, files: files, kinds: kinds, reading)
    } ?? reading
  }

  /// Reads a text that came from `path`; files that it includes are read relative to that.
  public static func read(
    text: String, path: String, overrides: [Override] = [], kinds: [String] = []
  ) -> SpecReading {
    read(bytes: Array(text.utf8), path: path, overrides: overrides, kinds: kinds)
  }

  /// The tree of a file's bytes; `nil` where it is not readable at all, which is reported.
  static func tree(bytes: [UInt8], path: String, into reading: inout SpecReading) -> (file: FileID, root: Node)? {
    let decoded = DecodedText(bytes: bytes)
    let kind = decoded.invalid == nil ? nil : FileKind(of: bytes)
    let isText = !decoded.isOtherEncoding && (kind == nil || kind == .text)
    let file = reading.sources.add(
      path: path, text: isText ? decoded.text : nil, hasByteOrderMark: decoded.hasByteOrderMark)
    if decoded.isOtherEncoding {
      reading.diagnostics.add(.otherEncoding(at: Span(file: file, start: 0, end: 0)))
      return nil
    }
    if let (byte, scalar) = decoded.invalid {
      let span = isText ? Span(file: file, start: scalar, end: scalar + 1) : Span(file: file, start: 0, end: 0)
      reading.diagnostics.add(.invalidUTF8(byte: byte, kind: kind, at: span))
      return nil
    }
    let source = reading.sources[file]
    let root = TreeBuilder.tree(of: source, text: decoded.text, diagnostics: &reading.diagnostics)
    guard let root, !root.isNull else {
      if root != nil { reading.diagnostics.add(.emptyFile(at: Span(file: file, start: 0, end: 0))) }
      return nil
    }
    return (file, root)
  }

  private static func read(
    _ tree: Node, file: FileID, path: String, overrides: [Override], files: FileAccess, kinds: [String],
    _ start: SpecReading
  ) -> SpecReading {
    var reading = start
    var root = tree
    for override in overrides { root = override.applied(to: root, in: &reading) }
    guard root.mapping != nil else {
      reading.diagnostics.add(.rootNotAMapping(root, at: reading.sources[file].firstLine(of: root.span)))
      return reading
    }
    let context = ReadingContext(reading, path: path, files: files)
    context.layers.kinds = Set(kinds)
    var reader = RootReader(file: file, path: path)
    reading.spec = reader.read(root, in: context)
    reading.sources = context.sources
    reading.diagnostics = context.diagnostics
    reading.diagnostics.add(contentsOf: reader.diagnostics)
    reading.adviseOnLists()
    return reading
  }
}

extension SpecReading {
  /// Where a list is set that is not wanted, the values of a sweep may be meant.
  fileprivate mutating func adviseOnLists() {
    guard diagnostics.sorted.contains(where: { sweptList($0) != nil }) else { return }
    var advised = Diagnostics()
    for var diagnostic in diagnostics.sorted {
      if let (path, values) = sweptList(diagnostic) { diagnostic.help.append(Diagnostic.sweepHelp(path, values)) }
      advised.add(diagnostic)
    }
    diagnostics = advised
  }

  /// The path and the values of an override that is a list as a whole, where an error is about that.
  private func sweptList(_ diagnostic: Diagnostic) -> (path: String, values: String)? {
    let file = sources[diagnostic.span.file]
    guard diagnostic.severity == .error, let path = Override.path(ofFile: file.path) else { return nil }
    let text = file.text(of: diagnostic.span)
    guard diagnostic.span.count == file.scalars.count, text.hasPrefix("["), text.hasSuffix("]"), text.contains(",")
    else { return nil }
    return (path, String(text.dropFirst().dropLast()))
  }
}

extension Override {
  /// The tree with this override in it; one that leads nowhere is reported.
  func applied(to root: Node, in reading: inout SpecReading) -> Node {
    let file = reading.sources.add(path: fileName, text: value)
    let source = reading.sources[file]
    if value.allSatisfy(\.isWhitespace) {
      reading.diagnostics.add(.overrideNoValue(path, at: Span(file: file, start: 0, end: 0)))
      return root
    }
    guard let node = TreeBuilder.tree(of: source, text: value, diagnostics: &reading.diagnostics) else { return root }
    let parts = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let span = Span(file: file, start: 0, end: source.scalars.count)
    return replace(parts[...], in: root, by: node, at: span, diagnostics: &reading.diagnostics)
  }

  /// Whether a key that the spec does not have may be added: any that belongs at top level, any below but variables.
  private func isNewKey(_ key: String, atTopLevel: Bool) -> Bool {
    atTopLevel ? SectionKeys.topLevel[key] != nil : !path.hasPrefix("vars.")
  }

  private func replace(
    _ parts: ArraySlice<String>, in node: Node, by value: Node, at span: Span, diagnostics: inout Diagnostics
  ) -> Node {
    guard let part = parts.first else { return value }
    guard var entries = node.mapping else {
      diagnostics.add(.overrideNoPath(path, missing: part, known: [], inList: node.sequence != nil, at: span))
      return node
    }
    if let index = entries.firstIndex(where: { $0.name == part }) {
      let old = entries[index]
      let new = replace(parts.dropFirst(), in: old.value, by: value, at: span, diagnostics: &diagnostics)
      entries[index] = Node.Entry(key: old.key, value: new)
    } else if parts.count == 1, isNewKey(part, atTopLevel: parts.startIndex == 0) {
      let key = Node(.scalar(Node.Scalar(text: part, style: .plain, textStart: nil)), span: span)
      entries.append(Node.Entry(key: key, value: value))
    } else {
      diagnostics.add(.overrideNoPath(path, missing: part, known: entries.map(\.name), at: span))
    }
    return Node(.mapping(entries), span: node.span)
  }
}
