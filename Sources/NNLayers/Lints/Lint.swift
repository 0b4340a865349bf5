import NNDiagnostics
import NNSpec

/// A warning about a spec that is right but likely does not do what its author means: everything about it in one value.
/// Adding one is one file and one line in `LintRegistry`.
public struct Lint: Sendable {
  /// Its code; the slug is the name that `allow:` takes.
  public let code: DiagnosticCode
  /// How grave it is.
  public let severity: Severity
  /// What it finds, one sentence.
  public let summary: String
  /// Why that is hardly meant, with its source where there is one.
  public let reason: String
  /// Whole specs that it warns about, and close ones that it leaves alone.
  public let examples: Examples
  /// Finds what it is about in a spec without errors.
  let check: @Sendable (LintContext) -> [LintFinding]

  /// Specs as texts; data lies in `data/photos` and `data/digits`.
  public struct Examples: Sendable {
    /// Each gives at least one finding of this lint, and none of others.
    public let found: [String]
    /// Each gives none of this lint.
    public let passed: [String]
  }

  /// The name that `allow:` takes.
  public var name: String { code.slug }

  init(
    _ code: DiagnosticCode, _ summary: String, severity: Severity = .warning, reason: String,
    found: [String], passed: [String], check: @escaping @Sendable (LintContext) -> [LintFinding]
  ) {
    self.code = code
    self.severity = severity
    self.summary = summary
    self.reason = reason
    examples = Examples(found: found, passed: passed)
    self.check = check
  }
}

/// One thing that a lint found: its words and its place. Code and severity are the lint's.
struct LintFinding {
  /// What is wrong, in one line.
  var message: String
  /// The tokens it is about, and why, with the arithmetic.
  var primary: Label
  /// Other stretches that take part.
  var labels: [Label] = []
  /// Remarks with their own snippets.
  var notes: [Note] = []
  /// How to repair it, one line each.
  var help: [String] = []
  /// A change that repairs it, where that is safe.
  var fix: Fix?
  /// The layer that it is in, where it is in one.
  var layer: LintContext.Layer?

  /// A finding at `span`; `label` says why.
  init(
    _ message: String, at span: Span, _ label: String, labels: [Label] = [], notes: [Note] = [], help: [String] = [],
    fix: Fix? = nil, in layer: LintContext.Layer? = nil
  ) {
    self.message = message
    primary = Label(label, at: span)
    self.labels = labels
    self.notes = notes
    self.help = help
    self.fix = fix
    self.layer = layer
  }
}

extension String {
  /// Lines as one.
  var joinedLines: String { split(separator: "\n").joined(separator: " ") }
}
