import NNDiagnostics

/// A part of a spec as it is written, with what gives it its meaning: what `nnc render` starts from.
public struct SpecPart: Sendable {
  /// What is written; `nil` for nothing.
  public let node: Node?
  /// What its expressions see.
  public let environment: Environment
  /// The folder that its paths are relative to, seen from the spec's; empty for the same.
  public let folder: String

  init(_ node: Node?, _ environment: Environment, folder: String = "") {
    self.node = node
    self.environment = environment
    self.folder = folder
  }
}
