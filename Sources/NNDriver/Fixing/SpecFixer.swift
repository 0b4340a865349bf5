import NNDiagnostics
import NNFormats
import NNRuntime
import NNSpec

/// Repairs specs: makes the changes that diagnostics are sure of, and keeps those after which the spec checks better.
public struct SpecFixer {
  /// A change that was made.
  public struct Change: Sendable, Hashable {
    /// The file, and where the change began when it was made.
    public var path: String
    public var line: Int
    public var column: Int
    /// What stood there, and what stands there now.
    public var old: String
    public var new: String
    /// The diagnostic that asked for it.
    public var code: String
  }

  /// How often the spec is repaired and checked anew, at most.
  static let roundLimit = 20
  /// How many times one behind the other changes may bring to light what others repair.
  static let depthLimit = 5
  /// How many checks one repair may take, at most.
  static let checkLimit = 300

  /// The spec as it is after the changes, none of which is written yet.
  public private(set) var checked: CheckedSpec
  /// The changes, in the order in which they were made.
  public private(set) var changes: [Change] = []
  /// The files that were changed, by path, with their new bytes.
  public private(set) var files: [String: [UInt8]] = [:]

  private let path: String
  private let overrides: [Override]
  private let kernels: KernelTable
  private var checks = 0
  private var refused: Set<Repair> = []

  /// Checks the spec at `path`, and finds the changes that repair it. Files in `replaced` are taken to hold these bytes.
  public init(
    path: String, overrides: [Override] = [], kernels: KernelTable, replaced: [String: [UInt8]] = [:]
  ) {
    files = replaced
    self.path = path
    self.overrides = overrides
    self.kernels = kernels
    checked = CheckedSpec.load(path: path, overrides: overrides, kernels: kernels, files: .replaced(replaced))
    for _ in 0..<SpecFixer.roundLimit where !repair() { break }
  }

  /// A repair, told apart by what it is about and what it writes, not by its place, which moves.
  private struct Repair: Hashable {
    let finding: Finding
    let written: [String]
  }

  /// A diagnostic, told apart from others while places move.
  private struct Finding: Hashable {
    let code: DiagnosticCode
    let message: String
    let path: String

    init(_ diagnostic: Diagnostic, in sources: SourceMap) {
      code = diagnostic.code
      message = diagnostic.message
      path = sources[diagnostic.span.file].path
    }
  }

  /// Makes all changes that go together, or where that does not work the first that does; false where none does.
  private mutating func repair() -> Bool {
    let diagnostics = checked.diagnostics.sorted.filter { diagnostic in
      isSure(diagnostic, in: checked) && !refused.contains(repair(diagnostic))
    }
    guard !diagnostics.isEmpty else { return false }
    if attempt(diagnostics) { return true }
    for diagnostic in diagnostics where diagnostics.count > 1 {
      if attempt([diagnostic]) { return true }
      refused.insert(repair(diagnostic))
    }
    return false
  }

  private func repair(_ diagnostic: Diagnostic) -> Repair {
    Repair(
      finding: Finding(diagnostic, in: checked.sources), written: diagnostic.fix?.edits.map(\.replacement) ?? [])
  }

  /// Whether a diagnostic has a change that is sure, of files: values of the command line are none.
  private func isSure(_ diagnostic: Diagnostic, in checked: CheckedSpec) -> Bool {
    guard diagnostic.severity == .error, let fix = diagnostic.fix, fix.isSure else { return false }
    return fix.edits.allSatisfy { edit in
      let file = checked.sources[edit.span.file]
      return file.hasText && !file.path.hasPrefix("--set ") && edit.span.end <= file.scalars.count
    }
  }

  /// Changes that are tried, and what the spec then is.
  private struct Trial {
    var checked: CheckedSpec
    var files: [String: [UInt8]]
    var changes: [Change] = []
    var repaired: [Finding] = []
  }

  /// Makes the changes, and those that are sure of what comes to light behind them; keeps them where every mistake that
  /// they are about is gone and no other is left that was not there.
  private mutating func attempt(_ diagnostics: [Diagnostic]) -> Bool {
    let before = findings(checked)
    var trial = Trial(checked: checked, files: files)
    var next = diagnostics
    for _ in 0..<SpecFixer.depthLimit where !next.isEmpty && checks < SpecFixer.checkLimit {
      make(next, in: &trial)
      let after = findings(trial.checked)
      if isBetter(after, than: before, trial.repaired) {
        (checked, files, changes) = (trial.checked, trial.files, changes + trial.changes)
        refused.removeAll()
        return true
      }
      next = trial.checked.diagnostics.sorted.filter { diagnostic in
        let finding = Finding(diagnostic, in: trial.checked.sources)
        return isSure(diagnostic, in: trial.checked) && after[finding, default: 0] > before[finding, default: 0]
      }
    }
    return false
  }

  /// Makes the changes of diagnostics, as far as they do not overlap, and checks what comes of it.
  private mutating func make(_ diagnostics: [Diagnostic], in trial: inout Trial) {
    checks += 1
    let sources = trial.checked.sources
    var texts: [FileID: EditedText] = [:]
    var made: [(edit: Fix.Edit, code: String)] = []
    for diagnostic in diagnostics {
      guard let edits = diagnostic.fix?.edits, !made.map(\.edit).contains(where: edits.contains) else { continue }
      let byFile = Dictionary(grouping: edits, by: \.span.file)
      guard byFile.allSatisfy({ (texts[$0] ?? EditedText(sources[$0])).takes($1) }) else { continue }
      for (file, edits) in byFile { texts[file, default: EditedText(sources[file])].make(edits) }
      made += edits.map { ($0, diagnostic.code.code) }
      trial.repaired.append(Finding(diagnostic, in: sources))
    }
    for (file, text) in texts { trial.files[sources[file].path] = SpecFixer.bytes(text.text, of: sources[file]) }
    trial.changes += made.sorted { $0.edit.span < $1.edit.span }.map { SpecFixer.change($0.edit, $0.code, in: sources) }
    trial.checked = CheckedSpec.load(path: path, overrides: overrides, kernels: kernels, files: .replaced(trial.files))
  }

  /// Whether what was repaired is gone and nothing has come that was not there.
  private func isBetter(_ after: [Finding: Int], than before: [Finding: Int], _ repaired: [Finding]) -> Bool {
    guard after.allSatisfy({ $1 <= before[$0, default: 0] }) else { return false }
    return Dictionary(grouping: repaired, by: \.self).allSatisfy {
      after[$0, default: 0] <= max(0, before[$0, default: 0] - $1.count)
    }
  }

  private func findings(_ checked: CheckedSpec) -> [Finding: Int] {
    checked.diagnostics.sorted.filter { $0.severity == .error }
      .reduce(into: [:]) { $0[Finding($1, in: checked.sources), default: 0] += 1 }
  }

  private static func change(_ edit: Fix.Edit, _ code: String, in sources: SourceMap) -> Change {
    let file = sources[edit.span.file]
    let place = file.position(of: edit.span.start)
    return Change(
      path: file.path, line: place.line, column: place.column, old: file.text(of: edit.span),
      new: EditedText.replacement(of: edit, in: file), code: code)
  }

  /// The bytes of a text, with the byte order mark that the file has.
  private static func bytes(_ text: String, of file: SourceFile) -> [UInt8] {
    (file.hasByteOrderMark ? [0xEF, 0xBB, 0xBF] : []) + Array(text.utf8)
  }
}

extension Span {
  /// By place in the file.
  fileprivate static func < (left: Span, right: Span) -> Bool {
    (left.file, left.start, left.end) < (right.file, right.start, right.end)
  }
}

extension SpecFixer {
  /// Writes the changed files, each as a whole or not at all.
  public func write() throws(CommandFailure) {
    for path in files.keys.sorted() {
      do throws(FileError) {
        try AtomicFile.write(files[path] ?? [], to: path)
      } catch {
        throw .machine("\(error)")
      }
    }
  }

  /// The changes, a line each; empty where there are none.
  public var report: String {
    changes.map { change in
      let old = change.old.isEmpty ? "inserted `\(change.new)`" : "`\(change.old)` -> `\(change.new)`"
      return "fixed[\(change.code)] \(change.path):\(change.line):\(change.column): \(old)\n"
    }.joined() + (changes.isEmpty ? "" : "\n")
  }
}
