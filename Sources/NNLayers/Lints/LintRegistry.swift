import NNDiagnostics
import NNSpec

/// All lints.
public enum LintRegistry {
  /// By code.
  public static let all: [Lint] = [
    .networkInNoPhase, .lossInNoPhase, .idlePhase, .randomFeatures, .noValidation, .checkerboard, .biasBeforeNorm,
    .outputRange, .wastedRange, .unusedLayer, .unusedNetwork, .unusedData, .unusedBlock, .unusedVariable,
    .unusedInclude, .receptiveField, .deadTaps, .dropoutBeforeBatchNorm, .randomOutput, .linearPair,
    .squeezedSoftmax, .constantSoftmax, .ssimRange, .learningRate, .smallBatchNorm, .batchExceedsEpoch,
    .generatorField, .epochOfAnother, .idleColor, .unpairedSamples, .longWarmup,
  ]

  /// The names that `allow:` takes.
  public static let names = all.map(\.name)

  /// The lint of this name.
  public static func lint(_ name: String) -> Lint? { all.first { $0.name == name } }

  /// What the lints find in a spec without errors, less what it accepts.
  ///
  /// - Parameters:
  ///   - model: the spec's model, for one sample.
  ///   - facts: what its data sources give.
  ///   - sources: the files it was read from.
  public static func findings(
    in spec: Spec, model: Model, facts: [String: DataFacts], sources: SourceMap
  ) -> Diagnostics {
    let context = LintContext(spec: spec, model: model, facts: facts, sources: sources)
    var filter = AllowanceFilter(spec.allowances)
    var reports = ExpansionReports()
    var diagnostics = Diagnostics()
    for lint in all {
      for finding in lint.check(context) where !filter.accepts(finding, of: lint) {
        var found = Diagnostics()
        found.add(finding.diagnostic(of: lint))
        reports.add(
          found, from: finding.layer?.record.use.site, and: finding.layer?.network.site, to: &diagnostics)
      }
    }
    for allowance in filter.idle where allowance.lint.span.file == spec.file {
      diagnostics.add(.idleAllow(allowance.lint.value, at: allowance.lint.span))
    }
    return diagnostics
  }
}

extension LintFinding {
  /// The finding as a diagnostic of a lint.
  fileprivate func diagnostic(of lint: Lint) -> Diagnostic {
    Diagnostic(
      lint.code, lint.severity, message, at: primary.span, label: primary.message, labels: labels, notes: notes,
      help: help, fix: fix)
  }

  /// Its place, and the places that its layer was expanded from.
  fileprivate var places: [Span] {
    var places = [primary.span]
    for start in [layer?.record.use.site, layer?.network.site] {
      var site = start
      while let next = site {
        places.append(next.span)
        site = next.outer
      }
    }
    return places
  }
}

/// Tells what a spec accepts, and remembers which of its allowances were needed.
private struct AllowanceFilter {
  private let allowances: [Allowance]
  private var needed: Set<Span> = []

  init(_ allowances: [Allowance]) { self.allowances = allowances }

  /// Whether a list around the finding, or around a use that it was expanded from, accepts it.
  mutating func accepts(_ finding: LintFinding, of lint: Lint) -> Bool {
    let places = finding.places
    let fitting = allowances.filter { allowance in
      guard allowance.lint.value == lint.name else { return false }
      guard let scope = allowance.scope else { return true }
      return places.contains { $0.file == scope.file && $0.start >= scope.start && $0.end <= scope.end }
    }
    needed.formUnion(fitting.map(\.lint.span))
    return !fitting.isEmpty
  }

  /// What no finding needed.
  var idle: [Allowance] { allowances.filter { !needed.contains($0.lint.span) } }
}
