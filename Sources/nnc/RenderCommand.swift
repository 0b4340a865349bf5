import ArgumentParser
import NNDriver

/// `nnc render`
struct RenderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "render",
    abstract: "Writes the spec with everything expanded: variables, blocks, includes and defaults.")

  @Argument(help: "The spec; - reads standard input.")
  var file: String

  @Option(help: "The file to write; paths in it lead from its folder. (default: standard output, from the current one)")
  var output: String?

  @Flag(name: .customLong("no-origins"), help: "Leaves out the comments that say where values come from.")
  var noOrigins = false

  @OptionGroup var spec: SpecOptions

  func run() {
    Terminal.run { () throws(CommandFailure) in
      let checked = try spec.loadWithoutErrors(file)
      if let output { return try checked.render(to: output, origins: !noOrigins) }
      guard let rendered = checked.rendered(for: "") else { throw CommandFailure.findings }
      Terminal.write(rendered.text(origins: !noOrigins))
    }
  }
}
