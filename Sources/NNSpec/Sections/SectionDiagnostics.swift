import NNDiagnostics

extension DiagnosticCode {
  static let rootNotAMapping = DiagnosticCode("NNC0210", "root-not-a-mapping")
  static let versionNotFirst = DiagnosticCode("NNC0211", "version-not-first")
  static let wrongVersion = DiagnosticCode("NNC0212", "wrong-version")
  static let noNetwork = DiagnosticCode("NNC0213", "no-network")
  static let bothForms = DiagnosticCode("NNC0214", "both-forms")
  static let badName = DiagnosticCode("NNC0215", "bad-name")
  static let noSource = DiagnosticCode("NNC0216", "no-source")
  static let severalSources = DiagnosticCode("NNC0217", "several-sources")
  static let noShape = DiagnosticCode("NNC0218", "no-shape")
  static let emptyRange = DiagnosticCode("NNC0219", "empty-range")
  static let validationKeys = DiagnosticCode("NNC0227", "validation-keys")
  static let inputNeeded = DiagnosticCode("NNC0220", "input-needed")
  static let noLayers = DiagnosticCode("NNC0221", "no-layers")
  static let duplicateName = DiagnosticCode("NNC0222", "duplicate-name")
  static let trainingLength = DiagnosticCode("NNC0223", "training-length")
  static let nesterovWithoutMomentum = DiagnosticCode("NNC0224", "nesterov-without-momentum")
  static let emptyPhase = DiagnosticCode("NNC0240", "empty-phase")
  static let unreportedMetric = DiagnosticCode("NNC0241", "unreported-metric")
  static let checksumWithoutWeights = DiagnosticCode("NNC0226", "checksum-without-weights")
  static let badOverride = DiagnosticCode("NNC0230", "bad-override")
}

/// What can be wrong with the sections of a spec.
extension Diagnostic {
  static func rootNotAMapping(_ node: Node, at span: Span) -> Diagnostic {
    Diagnostic(
      .rootNotAMapping, "a spec is a mapping of keys to values", at: span,
      label: node.scalar.map { "this is the text `\($0.text.shortened)`" } ?? "this is \(node.noun)",
      help: ["a spec begins with `nnc: 1`, followed by `network:`"])
  }

  static func versionNotFirst(at span: Span, before: Span) -> Diagnostic {
    Diagnostic(
      .versionNotFirst, "`nnc` must be the first key", at: span, labels: [Label("this stands before it", at: before)])
  }

  static func wrongVersion(_ version: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      .wrongVersion, "this is a spec in version \(version) of the language", at: span,
      label: "this nnc reads version 1")
  }

  static func unreportedMetric(_ name: String, isMetric: Bool, reported: [String], at span: Span) -> Diagnostic {
    let metric = name.split(separator: ".").last.map(String.init) ?? name
    let close = Suggestion.closest(to: name, among: reported).map { "did you mean `\($0)`?" }
    let help = isMetric ? "add `\(metric)` to `metrics`" : close ?? "evaluations report \(reported.quotedList("and"))"
    return Diagnostic(
      .unreportedMetric, "no evaluation reports `\(name.shortened)`", at: span,
      label: isMetric ? "`\(metric)` is not in `metrics`" : "", help: [help])
  }

  static func noNetwork(at span: Span) -> Diagnostic {
    Diagnostic(
      .noNetwork, "the spec has no network", at: span,
      help: ["add `network:` with a list of layers, for instance `network: [conv: {filters: 16}, flatten]`"])
  }

  static func bothForms(_ one: String, _ many: String, at span: Span, first: Span) -> Diagnostic {
    Diagnostic(
      .bothForms, "`\(one)` and `\(many)` exclude each other", at: span,
      labels: [Label("the other is given here", at: first)],
      help: ["keep `\(many)`, and move the other into it under a name of its own"])
  }

  static func badName(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(.badName, "`\(name.shortened)` cannot be a name", at: span, help: [Names.rule])
  }

  static func badFolderName(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .badName, "`\(name.shortened)` cannot be the name of a spec", at: span,
      help: [
        "the run folder is called so: it has no `/` and no control character such as NUL, does not begin with `.`, and is "
          + "at most 200 bytes long"
      ])
  }

  static func noSource(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .noSource, "the data source `\(name)` does not say where its samples come from", at: span,
      help: ["add \(DataKeys.origins.quotedList("or")), for instance `images: data/photos`"])
  }

  static func severalSources(_ first: Spanned<String>, _ second: Spanned<String>) -> Diagnostic {
    Diagnostic(
      .severalSources, "a data source has one origin", at: second.span, label: "and `\(second.value)`",
      labels: [Label("`\(first.value)`", at: first.span)], help: ["give each a name of its own in `data`"])
  }

  static func noShape(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .noShape, "the data source `\(name)` needs `shape`", at: span, label: "pictures have many sizes",
      help: ["for instance `shape: [64, 64, 3]`: pictures are resized and cropped to it"])
  }

  static func emptyRange(_ low: Double, _ high: Double, what: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .emptyRange, "\(what) goes from the smaller to the larger number", at: span,
      label: "\(low.readable) is not below \(high.readable)",
      help: high < low ? ["write `[\(high.readable), \(low.readable)]`"] : [],
      fix: high < low ? .write("[\(high.readable), \(low.readable)]", at: span) : nil)
  }

  static func validationKeys(_ wanted: [String], at span: Span) -> Diagnostic {
    let form = wanted.map { "\($0): …" }.joined(separator: ", ")
    return Diagnostic(
      .validationKeys,
      wanted.isEmpty
        ? "`validation` of this source is a share" : "`validation` of this source is a share or `{\(form)}`", at: span,
      help: wanted.isEmpty
        ? ["write `validation: 10%`, or nothing: `test_batch.bin` is held out"]
        : ["samples to validate on are given as those to train on: \(wanted.quotedList())"])
  }

  /// `beside` is the key that says which layers it has.
  static func inputNeeded(network: String, beside key: String, sources: [String], at span: Span) -> Diagnostic {
    let help =
      sources.isEmpty
      ? ["add `data`, or give the network a shape: `input: [64, 64, 3]` beside `\(key):`"]
      : ["write `input:` beside `\(key):`; there are \(sources.quotedList("and"))"]
    let label = sources.isEmpty ? "there is no data source to take as input" : "there are \(sources.count) data sources"
    return Diagnostic(.inputNeeded, "the network `\(network)` needs `input`", at: span, label: label, help: help)
  }

  static func noLayers(_ owner: String, at span: Span) -> Diagnostic {
    Diagnostic(.noLayers, "\(owner) has no layers", at: span)
  }

  static func duplicateName(_ name: String, what: String, first: Span, second: Span) -> Diagnostic {
    Diagnostic(
      .duplicateName, "two \(what)s are called `\(name)`", at: second, label: "again here",
      labels: [Label("first here", at: first)])
  }

  static func listedTwice(_ name: String, in key: String, first: Span, second: Span) -> Diagnostic {
    Diagnostic(
      .duplicateName, "`\(key)` names `\(name)` twice", at: second, label: "again here",
      labels: [Label("first here", at: first)], help: ["name it once: a second time changes nothing"])
  }

  static func noTrainingLength(at span: Span) -> Diagnostic {
    Diagnostic(
      .trainingLength, "`train` does not say how long", at: span, help: ["add `epochs: 10` or `steps: 1000`"])
  }

  static func twoTrainingLengths(at span: Span, first: Span) -> Diagnostic {
    Diagnostic(
      .trainingLength, "`epochs` and `steps` exclude each other", at: span,
      labels: [Label("the other is given here", at: first)], help: ["keep one of them"])
  }

  static func nesterovWithoutMomentum(at span: Span) -> Diagnostic {
    Diagnostic(
      .nesterovWithoutMomentum, "`nesterov` needs a momentum", at: span, label: "`momentum` is 0",
      help: ["add `momentum: 0.9`"])
  }

  static func phaseWithoutOptimizer(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .missingKey, "the phase `\(name)` needs `optimizer`", at: span, label: "`train` has none for it either",
      help: ["add for instance `optimizer: {adam: {learning_rate: 1e-4}}` to the phase or to `train`"])
  }

  static func emptyPhase(at span: Span, start: Span) -> Diagnostic {
    Diagnostic(
      .emptyPhase, "the phase ends before it begins", at: span, labels: [Label("it begins after this", at: start)],
      help: ["`start` counts the steps before it, `end` is the last step that it takes part in"])
  }

  static func checksumWithoutWeights(at span: Span) -> Diagnostic {
    Diagnostic(
      .checksumWithoutWeights, "`sha256` needs `weights`", at: span, label: "there is no file to compare with it",
      help: ["add `weights: file.safetensors`, or remove `sha256`"])
  }

  static func notAList(_ node: Node, what: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .wrongType, "\(what) is a list of layers", at: span, label: "this is \(node.noun)",
      help: ["each layer begins with `- `: `- conv: {filters: 16}`"])
  }

  static func argumentsNotIndented(_ kind: Node.Entry, second: Node.Entry) -> Diagnostic {
    Diagnostic(
      .badIndentation, "the keys of `\(kind.name.shortened)` must be indented below it", at: second.key.span,
      label: "this stands on the level of `\(kind.name.shortened)`", labels: [Label("", at: kind.key.span)],
      help: [
        "indent it by four more spaces than the `-`, or write `- \(kind.name.shortened): {\(second.name.shortened): …}`"
      ])
  }

  static func sectionNotAMapping(_ node: Node, key: String, holds: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .notAMapping, "`\(key)` holds \(holds)", at: span,
      label: node.isNull ? "it is empty" : "this is \(node.noun)",
      help: node.sequence == nil ? [] : ["give each a name of its own: `\(key): {a_name: …}`"])
  }

  static func sourceWithoutName(_ key: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .notAMapping, "`data` holds data sources by name", at: span, label: "`\(key)` belongs to a source",
      help: ["give the source a name, and indent its keys below it: `data: {photos: {\(key): …}}`"])
  }

  static func overrideNoValue(_ path: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .badOverride, "`--set \(path.shortened)=` has no value", at: span,
      help: ["write a value as it would stand in the spec: `--set \(path.shortened)=3`"])
  }

  /// What to write where a list was meant as the values of a sweep.
  static func sweepHelp(_ path: String, _ values: String) -> String {
    "a sweep of `nnc train` takes its values without brackets: `--set \(path.shortened)=\(values.shortened)`"
  }

  static func overrideNoPath(
    _ path: String, missing: String, known: [String], inList: Bool = false, at span: Span
  ) -> Diagnostic {
    let list =
      "what stands before it is a list, and a path leads through keys only: write `$width` there, `vars: {width: …}` "
      + "at top level, and set `vars.width`"
    return Diagnostic(
      .badOverride, "`--set \(path.shortened)`: there is no `\(missing.shortened)` in the spec", at: span,
      label: didYouMean(missing, among: known),
      help: inList ? [list] : known.isEmpty ? [] : ["known: \(known.quotedList())"])
  }
}
