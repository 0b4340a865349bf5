import ArgumentParser
import NNDiagnostics
import NNDriver
import NNLayers

/// `nnc explain`
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Prints the page of a diagnostic, with a spec that is wrong and how it is right; or lists them all.")

  /// How pages are printed.
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json, markdown }

  @Argument(help: "A code such as NNC0310 or 310, or its name, prediction-target-mismatch.")
  var code: String?

  @Option(help: "text, json or markdown.")
  var format = Format.text

  func validate() throws {
    let pages = DiagnosticPages.all
    guard let code, pages.page(of: code) == nil else { return }
    if Reference.text(of: code) != nil {
      throw ValidationError(
        "there is no diagnostic `\(code)`; `nnc layers \(code)` is about what is called so in a spec")
    }
    let meant = pages.suggestion(for: code).map { "; did you mean `\($0)`?" } ?? "; `nnc explain` lists them"
    throw ValidationError("there is no diagnostic `\(code)`\(meant)")
  }

  func run() {
    let pages = DiagnosticPages.all
    let page = code.flatMap(pages.page)
    switch format {
    case .text: Terminal.write(page?.text ?? pages.overview)
    case .json: Terminal.write((page?.json ?? pages.json).text + "\n")
    case .markdown: Terminal.write(page?.markdown ?? pages.markdown)
    }
  }
}
