import NNDiagnostics
import NNTensor

/// Reads the phases of `train`.
struct PhaseReader {
  /// What updates the networks of a phase that names no optimizer; `nil` where there is none, or it is wrong.
  private let fallback: Optimizer?
  /// Whether `train` names an optimizer, right or wrong.
  private let hasFallback: Bool
  private(set) var phases: [Phase] = []
  private(set) var diagnostics = Diagnostics()

  init(fallback: Optimizer?, hasFallback: Bool) {
    self.fallback = fallback
    self.hasFallback = hasFallback
  }

  /// Reads the elements of `phases`.
  mutating func read(_ elements: [Spanned<Value>]) {
    for element in elements {
      guard case .kind(let arguments) = element.value, let phase = phase(arguments) else { continue }
      if let first = phases.first(where: { $0.name.value == phase.name.value }) {
        diagnostics.add(
          .duplicateName(phase.name.value, what: "phase", first: first.name.span, second: phase.name.span))
        continue
      }
      phases.append(phase)
    }
  }

  private mutating func phase(_ arguments: Arguments) -> Phase? {
    guard let name = arguments.string("name") else { return nil }
    let own = arguments.kind("optimizer").flatMap { OptimizerReader.read($0, diagnostics: &diagnostics) }
    if !arguments.isGiven("optimizer"), !hasFallback {
      diagnostics.add(.phaseWithoutOptimizer(name, at: arguments.span(of: "name")))
    }
    let start = count("start", arguments) ?? .steps(0)
    let end = count("end", arguments)
    if let end, start.isNotBefore(end) {
      diagnostics.add(.emptyPhase(at: arguments.span(of: "end"), start: arguments.span(of: "start")))
    }
    return Phase(
      name: Spanned(name, at: arguments.span(of: "name")), update: names("update", arguments),
      losses: names("losses", arguments), optimizer: arguments.isGiven("optimizer") ? own : fallback,
      every: arguments.integer("every") ?? 1, start: start, end: end)
  }

  private func count(_ key: String, _ arguments: Arguments) -> TrainingCount? {
    if case .count(let count)? = arguments.value(key) { count } else { nil }
  }

  private mutating func names(_ key: String, _ arguments: Arguments) -> [Spanned<String>] {
    let names = (arguments.list(key) ?? []).compactMap { item -> Spanned<String>? in
      if case .name(let name) = item.value { Spanned(name, at: item.span) } else { nil }
    }
    return names.withoutRepeats(in: key, diagnostics: &diagnostics)
  }
}

extension [Spanned<String>] {
  /// The names, each once; what a list says twice is reported.
  func withoutRepeats(in key: String, diagnostics: inout Diagnostics) -> [Spanned<String>] {
    var first: [String: Span] = [:]
    return filter { item in
      if let span = first[item.value] {
        diagnostics.add(.listedTwice(item.value, in: key, first: span, second: item.span))
        return false
      }
      first[item.value] = item.span
      return true
    }
  }
}

extension TrainingCount {
  /// Whether it is as long as `other` or longer, whatever an epoch has.
  fileprivate func isNotBefore(_ other: TrainingCount) -> Bool {
    switch (self, other) {
    case (.steps(let a), .steps(let b)), (.epochs(let a), .epochs(let b)): a >= b
    default: other == .steps(0) || other == .epochs(0)
    }
  }
}
