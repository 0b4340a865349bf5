import ArgumentParser
import NNDriver
import NNFormats

/// `nnc graph`
struct GraphCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graph", abstract: "Draws the networks: a box per layer, with shapes, parameters and skips.")

  /// How networks are drawn.
  enum Format: String, ExpressibleByArgument, CaseIterable { case svg, dot }

  @Argument(help: "The spec; - reads standard input.")
  var file: String

  @Option(help: "svg, or dot for Graphviz.")
  var format = Format.svg

  @Option(help: "The network to draw. (default: all)")
  var network: String?

  @Option(help: "The file to write. (default: standard output)")
  var output: String?

  @OptionGroup var spec: SpecOptions

  func run() {
    Terminal.run { () throws(CommandFailure) in
      let checked = try spec.loadWithoutErrors(file)
      let text = try picture(checked)
      guard let output else { return Terminal.write(text) }
      try checked.requireOther(than: output)
      do {
        try AtomicFile.write(Array(text.utf8), to: output)
      } catch {
        throw CommandFailure(error)
      }
    }
  }

  private func picture(_ checked: CheckedSpec) throws(CommandFailure) -> String {
    let plans = try checked.plans()
    let names = plans.model.networks.map(\.name)
    if let network, !names.contains(network) {
      throw .usage("\(file) has no network `\(network)`; it has \(names.joined(separator: ", "))")
    }
    switch format {
    case .svg: return plans.model.picture(of: network, name: plans.spec.name).file
    case .dot: return plans.model.dot(of: network, name: plans.spec.name)
    }
  }
}
