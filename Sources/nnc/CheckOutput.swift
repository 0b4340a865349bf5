import NNDiagnostics
import NNDriver
import NNText

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Writes what `check` found in one spec after the other, in one format: at once, or at the end where the format is one
/// document.
struct CheckOutput {
  private let format: Check.Format
  private var objects: [JSON] = []
  private var log: SarifLog
  private let commands: GitHubRenderer
  private var report = ""
  private var (files, errors, warnings) = (0, 0, 0)
  /// Whether there is one answer at most: it may keep what it was made of.
  var isForOne = false

  init(_ format: Check.Format) {
    self.format = format
    let folder = CheckOutput.currentFolder
    log = SarifLog(version: nncVersion, folder: folder)
    commands = GitHubRenderer(folder: folder, workspace: getenv("GITHUB_WORKSPACE").map { String(cString: $0) })
  }

  /// Whether answers say what plans take.
  var showsPlans: Bool { format == .full || format == .json }

  /// What there is to say of one spec, in the format; the work of it, which specs can do side by side.
  struct Answer {
    /// The spec.
    let checked: CheckedSpec
    fileprivate let text: String
    fileprivate let object: JSON
    private var report: CheckReport?

    fileprivate init(_ checked: CheckedSpec, text: String = "", object: JSON = .null, report: CheckReport? = nil) {
      self.checked = checked
      self.text = text
      self.object = object
      self.report = report
    }
  }

  /// The answer to a spec.
  func answer(to checked: CheckedSpec) -> Answer {
    switch format {
    case .full:
      let report = CheckReport(checked)
      return Answer(
        checked, text: report.text + Terminal.reportText(checked, for: 1), report: isForOne ? report : nil)
    case .concise:
      return Answer(checked, text: ConciseRenderer(sources: checked.sources).render(checked.diagnostics))
    case .json:
      let report = CheckReport(checked)
      return Answer(checked, object: report.json, report: isForOne ? report : nil)
    case .sarif: return Answer(checked)
    case .github: return Answer(checked, text: commands.render(checked.diagnostics, of: checked.sources))
    }
  }

  /// Takes the next answer.
  mutating func add(_ answer: Answer) {
    let checked = answer.checked
    files += 1
    errors += checked.diagnostics.count(of: .error)
    warnings += checked.diagnostics.count(of: .warning)
    if !answer.text.isEmpty { Terminal.write(answer.text) }
    switch format {
    case .full, .concise: break
    case .json: objects.append(answer.object)
    case .sarif: log.add(checked.diagnostics, of: checked.sources, isUnreadable: checked.failure == .unreadable)
    case .github: report += Terminal.reportText(checked, for: 1)
    }
  }

  /// Ends the output after the last spec.
  func finish() {
    let total = files < 2 ? "" : FullRenderer.summary("\(files) files", errors: errors, warnings: warnings) + "\n"
    switch format {
    case .full: Terminal.write(total)
    case .concise: break
    case .json: Terminal.write(JSON.object([("files", .array(objects))]).text + "\n")
    case .sarif: Terminal.write(log.json.text + "\n")
    case .github: Terminal.write(GitHubRenderer.quoting(report + total, token: CheckOutput.token))
    }
  }

  /// A word that no spec can know.
  private static var token: String {
    (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 16) }.joined()
  }

  /// The absolute path of the current folder; empty where it is gone.
  private static var currentFolder: String {
    guard let path = getcwd(nil, 0) else { return "" }
    defer { free(path) }
    return String(cString: path)
  }
}
