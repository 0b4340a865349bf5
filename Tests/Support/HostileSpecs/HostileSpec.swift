#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A spec that nobody writes by accident, with what `nnc check` must say of it: shared by the tests, which run the
/// command on each, and by the benchmark, which measures them.
public struct HostileSpec: Sendable {
  /// What is hostile about it, in a few words.
  public let name: String
  /// The codes of the errors that are to be found, without repetitions; none where the spec is fine.
  public let codes: Set<String>
  /// How the command ends: 0, 1, or 3 where the machine is at fault.
  public let status: Int32
  /// What `nnc check` is told to read.
  public let path: String
  private let arrange: @Sendable (Place) -> Void

  init(
    _ name: String, _ codes: Set<String>, status: Int32? = nil, path: String = "spec.yaml",
    arrange: @escaping @Sendable (Place) -> Void
  ) {
    self.name = name
    self.codes = codes
    self.status = status ?? (codes.isEmpty ? 0 : 1)
    self.path = path
    self.arrange = arrange
  }

  init(_ name: String, _ codes: Set<String>, text: @escaping @Sendable () -> String) {
    self.init(name, codes) { $0.write(text()) }
  }

  /// All of them.
  public static let all = bombs + includes + texts + sizes + crowds + places

  /// Writes its files into an empty folder.
  public func write(into folder: String) { arrange(Place(folder: folder)) }

  /// Where a hostile spec's files are made.
  struct Place {
    let folder: String

    func write(_ text: String, to name: String = "spec.yaml") { write(Array(text.utf8), to: name) }

    func write(_ bytes: [UInt8], to name: String = "spec.yaml") {
      let file = fopen(path(name), "w")
      precondition(file != nil, "cannot write \(path(name))")
      fwrite(bytes, 1, bytes.count, file)
      fclose(file)
    }

    func makeFolder(_ name: String) { mkdir(path(name), 0o755) }

    func makePipe(_ name: String) { mkfifo(path(name), 0o644) }

    func link(_ name: String, to target: String) { symlink(target, path(name)) }

    private func path(_ name: String) -> String { "\(folder)/\(name)" }
  }
}

/// Text that a spec can go on from.
enum SpecText {
  static let head = "nnc: 1\nnetwork:\n  input: [8, 8, 3]\n  layers:\n"
  static let clean = head + "    - conv: {filters: 4, activation: relu}\n    - output: {channels: 3}\n"

  /// A clean spec after other sections.
  static func after(_ sections: String) -> String {
    clean.replacing("nnc: 1\n", by: "nnc: 1\n" + sections)
  }

  /// A clean spec with `value` as the filters of its convolution.
  static func filters(_ value: String) -> String { clean.replacing("filters: 4", by: "filters: \(value)") }
}

extension String {
  func times(_ count: Int) -> String { String(repeating: self, count: count) }

  func replacing(_ part: String, by other: String) -> String {
    guard let found = firstRange(of: part) else { return self }
    return self[..<found.lowerBound] + other + self[found.upperBound...]
  }

  private func firstRange(of part: String) -> Range<Index>? {
    indices.first { self[$0...].hasPrefix(part) }.map { $0..<index($0, offsetBy: part.count) }
  }
}
