import NNDiagnostics

extension DiagnosticCode {
  static let emptySchedule = DiagnosticCode("NNC0225", "empty-schedule")
  static let includeCycle = DiagnosticCode("NNC0231", "include-cycle")
  static let includeLimit = DiagnosticCode("NNC0232", "include-limit")
  static let blockCycle = DiagnosticCode("NNC0233", "block-cycle")
  static let tooManyLayers = DiagnosticCode("NNC0234", "too-many-layers")
  static let nestingLimit = DiagnosticCode("NNC0235", "nesting-limit")
  static let unknownBlock = DiagnosticCode("NNC0236", "unknown-block")
  static let unknownNetwork = DiagnosticCode("NNC0237", "unknown-network")
  static let likeCycle = DiagnosticCode("NNC0238", "like-cycle")
  static let reservedName = DiagnosticCode("NNC0239", "reserved-name")
}

/// What can be wrong with blocks, `repeat`, `include` and `like`.
extension Diagnostic {
  static func emptySchedule(_ key: String, of kind: String, at span: Span) -> Diagnostic {
    Diagnostic(.emptySchedule, "`\(key)` of the schedule `\(kind)` must be at least one step", at: span)
  }

  static func idleCheckpoint(at span: Span) -> Diagnostic {
    Diagnostic(.emptySchedule, "`every` of `checkpoint` must be at least one step", at: span)
  }

  static func warmupTooLong(at span: Span, over: Span) -> Diagnostic {
    Diagnostic(
      .emptySchedule, "`warmup` is longer than the schedule", at: span,
      labels: [Label("the whole schedule takes this long", at: over)], help: ["`warmup` is a part of `over`"])
  }

  static func includeCycle(_ paths: [String], at span: Span) -> Diagnostic {
    let chain = paths.chain(" -> ")
    return Diagnostic(
      .includeCycle, "`\(paths.last ?? "")` includes itself", at: span, label: chain,
      help: ["move what both need into a third file"])
  }

  static func includeTooDeep(_ limit: Int, at span: Span) -> Diagnostic {
    Diagnostic(.includeLimit, "files include each other at most \(limit) levels deep", at: span)
  }

  static func includeTooLarge(_ limit: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      .includeLimit, "included files bring in more than \(limit.grouped) names", at: span,
      help: ["include a file once, under one alias"])
  }

  static func includeIsNoSpec(_ path: String, _ node: Node, at span: Span) -> Diagnostic {
    Diagnostic(
      .rootNotAMapping, "a spec is a mapping of keys to values", at: span, label: "this is \(node.noun)",
      help: ["an included file begins with `nnc: 1`, followed by `vars:`, `blocks:` or `networks:`"])
  }

  static func blockCycle(_ names: [String], at span: Span) -> Diagnostic {
    Diagnostic(
      .blockCycle, "the block `\(names.first ?? "")` contains itself", at: span,
      label: names.chain(" -> "),
      help: ["for a fixed number of layers use `repeat: {count: 3, layers: […]}`"])
  }

  static func tooManyLayers(_ limit: Int, turns: Int?, at span: Span) -> Diagnostic {
    Diagnostic(
      .tooManyLayers, "the spec expands to more than \(limit.grouped) layers", at: span,
      label: turns.map { "\($0.grouped) turns" } ?? "this is where the limit is reached")
  }

  static func nestedTooDeep(_ limit: Int, at span: Span) -> Diagnostic {
    Diagnostic(.nestingLimit, "blocks and repeats are nested at most \(limit) levels deep", at: span)
  }

  static func unknownBlock(_ name: String, known: [String], at span: Span) -> Diagnostic {
    let help = known.isEmpty ? ["blocks of included files are written `alias.block`"] : ["known: \(known.quotedList())"]
    return Diagnostic(
      .unknownBlock, "there is no block `\(name.shortened)`", at: span, label: didYouMean(name, among: known),
      help: help, fix: .spelling(Suggestion.match(name, among: known), at: span))
  }

  static func badBlockName(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(.reservedName, "a block cannot be called `\(name)`", at: span, label: "this word has another meaning")
  }

  static func reservedParameter(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .reservedName, "a parameter cannot be called `\(name)`", at: span, label: "every layer takes `\(name)`")
  }

  static func reservedLayerName(_ name: String, at span: Span) -> Diagnostic {
    let meaning = name == "input" ? "what goes in" : "the layer before"
    return Diagnostic(.reservedName, "a layer cannot be called `\(name)`", at: span, label: "`\(name)` is \(meaning)")
  }

  static func reservedInputName(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .reservedName, "an input cannot be called `\(name)`", at: span, label: "this word has another meaning")
  }

  /// `a.b` beside something that is called `a`.
  static func nameInside(_ name: String, _ around: String, _ what: String, at span: Span, outer: Span) -> Diagnostic {
    Diagnostic(
      .duplicateName, "`\(name.shortened)` would lie inside another \(what), `\(around.shortened)`", at: span,
      labels: [Label("this is `\(around.shortened)`", at: outer)],
      help: ["points stand between a block's use and the layers inside it: give one of them another name"])
  }

  /// A name `a.b` beside data, a network or an included file that is called `a`.
  static func nameBegins(_ name: String, with other: String, _ what: String, at span: Span, first: Span) -> Diagnostic {
    Diagnostic(
      .duplicateName, "`\(name.shortened)` begins like the name of \(what), `\(other.shortened)`", at: span,
      labels: [Label("named here", at: first)], help: ["give one of them another name"])
  }

  static func nameTaken(_ name: String, by what: String, first: Span, second: Span) -> Diagnostic {
    Diagnostic(
      .duplicateName, "`\(name)` is the name of \(what) already", at: second, label: "again here",
      labels: [Label("first here", at: first)], help: ["give one of them another name"])
  }

  static func generatedNameTaken(_ name: String, kind: String, first: Span, second: Span) -> Diagnostic {
    Diagnostic(
      .duplicateName, "two layers are called `\(name)`", at: second, label: "this unnamed `\(kind)` is called so too",
      labels: [Label("named here", at: first)], help: ["give one of them another name"])
  }

  static func blockTakesOneOperand(_ what: String, count: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      .wrongCount, "\(what) takes one operand", at: span, label: "\(count) are given",
      help: ["join them with `concat`, `add` or `multiply` first"])
  }

  static func unknownNetwork(_ name: String, known: [String], at span: Span) -> Diagnostic {
    Diagnostic(
      .unknownNetwork, "there is no network `\(name.shortened)`", at: span, label: didYouMean(name, among: known),
      help: known.isEmpty ? [] : ["networks: \(known.quotedList())"],
      fix: .spelling(Suggestion.match(name, among: known), at: span))
  }

  static func likeCycle(_ names: [String], at span: Span) -> Diagnostic {
    Diagnostic(
      .likeCycle, "no network here has layers of its own", at: span,
      label: names.chain(" -> "), help: ["give one of them `layers`"])
  }

  static func likeAndLayers(at span: Span, first: Span) -> Diagnostic {
    Diagnostic(
      .bothForms, "`like` and `layers` exclude each other", at: span,
      labels: [Label("the other is given here", at: first)], help: ["`like` takes the layers of another network"])
  }
}
