import NNDiagnostics
import NNSpec

extension Lint {
  static let unusedBlock = Lint(
    DiagnosticCode("NNC0608", "unused-block"), "a block that no network uses",
    reason: """
      A block is a list of layers that networks use by its name. One that nothing uses changes nothing; most often a use
      has the name of another block. Blocks of a file without training are left alone: other files may include them.
      """,
    found: [
      names("blocks: {wide: {layers: [conv: {filters: 8}]}}"),
      names("blocks: {one: [conv: {filters: 8}], two: [conv: {filters: 3, activation: sigmoid}]}", layer: "one"),
    ],
    passed: [
      names("blocks: {wide: {layers: [conv: {filters: 8}]}}", layer: "wide"),
      "nnc: 1\nblocks: {wide: [conv: {filters: 8}]}\nnetwork: {input: [8, 8, 3], layers: [conv: {filters: 3}]}\n",
    ]
  ) { context in
    context.unused(.block).map {
      LintFinding(
        "nothing uses the block `\($0.name)`", at: $0.span, "no layer list names it",
        help: ["use it like a layer, `- \($0.name)`, or remove it"])
    }
  }

  static let unusedVariable = Lint(
    DiagnosticCode("NNC0609", "unused-variable"), "a variable, or a block's parameter, that no expression contains",
    reason: """
      A variable that no expression contains changes nothing, whatever it is set to: also not by `--set`. Most often a number
      was written where `$name` was meant. Variables of a file without training are left alone: other files may include
      them.
      """,
    found: [
      names("vars: {width: 8}"),
      names(
        "blocks: {wide: {parameters: {filters: 8, kernel: 3}, layers: [conv: {filters: $filters}]}}",
        layer: "wide: {kernel: 5}"),
    ],
    passed: [
      names("vars: {width: 8, x-width: 9}", layer: "conv: {filters: $width}"),
      names("vars: {a: 8, b: $(2 * a)}", layer: "conv: {filters: $b}"),
      "nnc: 1\nvars: {width: 8}\nnetwork: {input: [8, 8, 3], layers: [conv: {filters: 3}]}\n",
    ]
  ) { context in
    context.unused(.variable).map { declaration in
      var what = "the variable `\(declaration.name)`"
      var label = "no expression contains `$\(declaration.name)`"
      if case .parameter(let block) = declaration.kind {
        what = "the parameter `\(declaration.name)` of `\(block)`"
        label = "no expression in the block contains `$\(declaration.name)`"
      }
      return LintFinding(
        "nothing uses \(what)", at: declaration.span, label,
        help: ["write `$\(declaration.name)` where it is meant, or remove it"])
    }
  }

  static let unusedInclude = Lint(
    DiagnosticCode("NNC0610", "unused-include"), "an included file that nothing in the spec names",
    reason: """
      What an included file gives is used by its alias: `alias.network`, `alias.block`, `$alias.variable`. A file whose alias
      stands nowhere is read and checked for nothing.
      """,
    found: [
      names("include: {features: feature-net.yaml}"),
      names(
        "include: {features: feature-net.yaml, more: feature-net.yaml}\nexpect: {outputs: {features.trunk: [32, 32, 64]}}"
      ),
    ],
    passed: [
      names("include: {features: feature-net.yaml}\nexpect: {outputs: {features.trunk: [32, 32, 64]}}")
    ]
  ) { context in
    context.unused(.include).map {
      LintFinding(
        "nothing uses the included file `\($0.name)`", at: $0.span, "`\($0.name).` stands nowhere",
        help: ["name one of its networks, blocks or variables, or remove it"])
    }
  }

  private static func names(_ section: String, layer: String = "conv: {filters: 8}") -> String {
    """
    nnc: 1
    \(section)
    data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 20%}}
    network: [\(layer), activation: relu, output: {channels: 3}]
    loss: mse
    train: {epochs: 1, batch_size: 4, optimizer: adam}

    """
  }
}

extension LintContext {
  /// What the spec's own file declares and does not use, of one kind; parameters are variables. Empty for a spec without
  /// training: other files may include it.
  fileprivate func unused(_ kind: Declaration.Kind) -> [Declaration] {
    guard trains else { return [] }
    return spec.declarations.filter { declaration in
      if declaration.isUsed { return false }
      if case .parameter = declaration.kind { return kind == .variable }
      return declaration.kind == kind
    }
  }
}
