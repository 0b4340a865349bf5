import ArgumentParser
import NNLayers

/// `nnc schema`
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Prints the JSON Schema (draft-07) of specs, for editors.")

  func run() { Terminal.write(Reference.schema.indented()) }
}
