import ArgumentParser
import NNDiagnostics
import NNLayers

/// `nnc layers`
struct LayersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "layers", abstract: "Prints the reference: every kind of layer, or one kind, section or key.")

  /// How the reference is printed.
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, markdown }

  @Argument(
    help: """
      A kind of layer, loss, optimizer, schedule, activation, normalisation, augmentation or degradation, a warning, a \
      section such as train, or a key.
      """)
  var kind: String?

  @Option(help: "text, or markdown for the whole page.")
  var format = Format.text

  func validate() throws {
    guard let kind, Reference.text(of: kind) == nil else { return }
    let meant = Suggestion.closest(to: kind, among: Reference.names).map { "; did you mean `\($0)`?" } ?? ""
    throw ValidationError("there is no kind `\(kind)`\(meant)")
  }

  func run() {
    if format == .markdown { return Terminal.write(Reference.markdown) }
    Terminal.write(kind.flatMap(Reference.text) ?? Reference.overview)
  }
}
