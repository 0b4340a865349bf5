import Foundation
import NNDiagnostics
import NNDriver
import NNRuntime
import NNSpec

/// Places of the tests.
enum Place {
  static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  static let golden = tests.appendingPathComponent("Golden")
  static let specs = tests.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Specs")
}

/// The kernels that every machine has, so that plans and their figures are the same everywhere.
func portableKernels() throws -> KernelTable { try KernelTable.chosen("portable") }

/// All that `nnc check` prints of a checked spec, with the folder of the spec taken out of paths.
func answer(_ checked: CheckedSpec, in folder: URL) -> String {
  let text =
    CheckReport(checked).text + FullRenderer(sources: checked.sources).render(checked.diagnostics)
    + FullRenderer.summary(path: checked.path, of: checked.diagnostics) + "\n"
  return text.replacingOccurrences(of: folder.path + "/", with: "")
}

/// `NNC0201 5:12-5:19` for every diagnostic; warnings have `warning` behind it, and included files their name before.
func places(_ checked: CheckedSpec) -> [String] {
  checked.diagnostics.sorted.map { diagnostic in
    let file = checked.sources[diagnostic.span.file]
    let (start, end) = (file.position(of: diagnostic.span.start), file.position(of: diagnostic.span.end))
    let severity = diagnostic.severity == .error ? "" : " \(diagnostic.severity.rawValue)"
    let name = file.id == FileID(0) ? "" : (file.path.split(separator: "/").last.map { "\($0) " } ?? "")
    return "\(diagnostic.code.code) \(name)\(start.line):\(start.column)-\(end.line):\(end.column)\(severity)"
  }
}

/// The text of a golden file; with `NNC_BLESS=1` first replaced by `answer`.
func golden(_ url: URL, blessing answer: String) throws -> String? {
  if ProcessInfo.processInfo.environment["NNC_BLESS"] == "1" {
    try answer.write(to: url, atomically: true, encoding: .utf8)
  }
  return try? String(contentsOf: url, encoding: .utf8)
}
