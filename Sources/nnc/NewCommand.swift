import ArgumentParser
import NNDiagnostics
import NNDriver
import NNTemplates
import NNText

/// `nnc new`
struct NewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Writes a commented spec to start from: NAME.yaml.")

  @Argument(help: "What the spec is called.")
  var name: String?

  @Option(help: "What to start from; --list says what there is.")
  var template = Template.all[0].name

  @Option(help: "The folder to write to. (default: the current one)")
  var output: String?

  @Flag(help: "Replaces a file that is there.")
  var force = false

  @Flag(help: "Lists the templates.")
  var list = false

  func validate() throws {
    if name == nil, !list { throw ValidationError("give the spec a name, or list the templates with --list") }
    guard Template.named(template) == nil else { return }
    let names = Template.all.map(\.name)
    let meant = Suggestion.closest(to: template, among: names).map { "did you mean `\($0)`?" }
    throw ValidationError(
      "there is no template `\(template)`; \(meant ?? "there are \(names.joined(separator: ", "))")")
  }

  func run() {
    if list {
      let rows = Template.all.map { [$0.name, $0.summary] }
      return Terminal.write(table(["template", "what it does"], rows).joined(separator: "\n") + "\n")
    }
    guard let name, let template = Template.named(template) else { return }
    let text = Terminal.run { () throws(CommandFailure) in
      try NewSpec.write(name, template: template, folder: output ?? "", replacing: force)
    }
    Terminal.write(text)
  }
}
