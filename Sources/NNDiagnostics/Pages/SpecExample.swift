/// A spec in a page, with the files that it needs beside it and what `check` is told on the command line. `data/` holds
/// the photographs and digits that come with nnc.
public struct SpecExample: Sendable {
  /// A file of an example.
  public struct File: Sendable {
    /// What a file holds.
    public enum Content: Sendable {
      /// Bytes, shown as text.
      case bytes([UInt8])
      /// A line, and how often it is repeated.
      case repeated(String, Int)
      /// A `.npy` file of float32 zeros in this shape.
      case zeros([Int])
      /// A symbolic link to a path.
      case link(String)
    }

    /// Its path, relative to the spec's folder.
    public var path: String
    /// What it holds.
    public var content: Content

    /// A file at `path`.
    public init(_ path: String, _ content: Content) {
      self.path = path
      self.content = content
    }

    /// A file of text.
    public init(_ path: String, _ text: String) { self.init(path, .bytes(Array((text + "\n").utf8))) }
  }

  /// The spec's own path.
  public static let path = "spec.yaml"

  /// The spec first, then the others.
  public var files: [File]
  /// What `--set` is given: `vars.width=96`.
  public var overrides: [String]

  /// An example whose spec is `text`, without its last line end.
  public init(_ text: String, files: [File] = [], overrides: [String] = []) {
    self.init(bytes: Array((text + "\n").utf8), files: files, overrides: overrides)
  }

  /// An example whose spec is `bytes`.
  public init(bytes: [UInt8], files: [File] = [], overrides: [String] = []) {
    self.files = [File(SpecExample.path, .bytes(bytes))] + files
    self.overrides = overrides
  }

  /// The example with texts replaced wherever they stand, in its files and on its command line.
  public func replacing(_ repairs: [(String, String)]) -> SpecExample {
    var result = self
    for (old, new) in repairs {
      result.overrides = result.overrides.map { $0.replacing(old, with: new) }
      for (index, file) in result.files.enumerated() {
        guard case .bytes(let bytes) = file.content, let text = String(validating: bytes, as: UTF8.self) else {
          continue
        }
        result.files[index].content = .bytes(Array(text.replacing(old, with: new).utf8))
      }
    }
    return result
  }

  /// How often a text stands in its files and on its command line.
  public func occurrences(of text: String) -> Int {
    let texts =
      overrides
      + files.map { file in
        guard case .bytes(let bytes) = file.content else { return "" }
        return String(decoding: bytes, as: UTF8.self)
      }
    return texts.reduce(0) { $0 + $1.ranges(of: text).count }
  }

  /// What `nnc` is called with.
  public var command: String {
    (["nnc check \(SpecExample.path)"] + overrides.map { "--set \($0)" }).joined(separator: " ")
  }
}

extension SpecExample.File {
  /// What it holds, as it is shown: lines of which nobody reads the end are cut, invisible characters are `�`.
  public var text: String {
    switch content {
    case .bytes(let bytes):
      String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map { line in
        let shown = DisplayLine(Array(line.unicodeScalars)[...])
        return shown.width > 400 ? shown.text(from: 0, to: 120) + " …" : shown.text(from: 0, to: shown.width)
      }.joined(separator: "\n")
    case .repeated(let line, let count): "\(line)   # \(count) times\n"
    case .zeros(let shape): "(a .npy file of the shape \(shape))\n"
    case .link(let target): "(a symbolic link to `\(target)`)\n"
    }
  }
}
