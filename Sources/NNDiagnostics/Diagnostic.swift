/// A diagnostic's stable name: a code such as `NNC0310` and a readable slug. Each area of the compiler declares its
/// codes in one file, beside their wording.
public struct DiagnosticCode: Hashable, Sendable {
  /// The code, `NNC` and four digits.
  public let code: String
  /// A readable name such as `unknown-key`, stable as the code is.
  public let slug: String

  /// A code with its slug.
  public init(_ code: String, _ slug: String) {
    self.code = code
    self.slug = slug
  }
}

/// How grave a diagnostic is.
public enum Severity: String, Sendable, Comparable {
  case error
  case warning
  case note

  /// Errors come first.
  public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .error: 0
    case .warning: 1
    case .note: 2
    }
  }
}

/// An underlined stretch and what is said beside it.
public struct Label: Hashable, Sendable {
  /// The underlined stretch.
  public var span: Span
  /// What is said beside it; empty for the underline alone.
  public var message: String

  /// A label at `span`.
  public init(_ message: String, at span: Span) {
    self.message = message
    self.span = span
  }
}

/// A remark that belongs to a diagnostic, with its own snippet where it has a place.
public struct Note: Hashable, Sendable {
  /// The remark.
  public var message: String
  /// Its place; the first label's where there are labels and no place is given.
  public var span: Span?
  /// Further underlined stretches of its snippet.
  public var labels: [Label]

  /// A note; without `span` and `labels` it has no snippet.
  public init(_ message: String, at span: Span? = nil, labels: [Label] = []) {
    self.message = message
    self.span = span ?? labels.first?.span
    self.labels = labels
  }
}

/// A change to the text that repairs what a diagnostic is about.
public struct Fix: Hashable, Sendable {
  /// Replaces one stretch by a text.
  public struct Edit: Hashable, Sendable {
    /// What is replaced; an empty span inserts.
    public var span: Span
    /// The new text.
    public var replacement: String

    /// Replaces `span` by `replacement`.
    public init(_ span: Span, with replacement: String) {
      self.span = span
      self.replacement = replacement
    }
  }

  /// What the change does.
  public var message: String
  /// The edits, which do not overlap.
  public var edits: [Edit]
  /// Whether this is what was meant beyond doubt, so that a program may make the change.
  public var isSure: Bool

  /// A change made of `edits`.
  public init(_ message: String, edits: [Edit], isSure: Bool = true) {
    self.message = message
    self.edits = edits
    self.isSure = isSure
  }

  /// Writes `text` in the place of `span`.
  public static func write(_ text: String, at span: Span, isSure: Bool = true) -> Fix {
    Fix("write `\(text)`", edits: [Edit(span, with: text)], isSure: isSure)
  }

  /// Writes what a word seems to mean in its place; `nil` where nothing is near.
  public static func spelling(_ match: Suggestion.Match?, at span: Span) -> Fix? {
    match.map { write($0.name, at: span, isSure: $0.isSure) }
  }
}

/// Something a person should know about a file: what is wrong, where, why, and how to repair it. Messages are lower
/// case without a final full stop.
public struct Diagnostic: Hashable, Sendable {
  /// Its stable code.
  public var code: DiagnosticCode
  /// How grave it is.
  public var severity: Severity
  /// What is wrong, in one line.
  public var message: String
  /// The tokens it is about; the label's message may be empty.
  public var primary: Label
  /// Other stretches that take part, in any file.
  public var labels: [Label]
  /// Remarks with their own snippets.
  public var notes: [Note]
  /// How to repair it, one line each.
  public var help: [String]
  /// A change that repairs it.
  public var fix: Fix?

  /// A diagnostic at `span`; `label` stands beside the underline.
  public init(
    _ code: DiagnosticCode, _ severity: Severity, _ message: String, at span: Span, label: String = "",
    labels: [Label] = [], notes: [Note] = [], help: [String] = [], fix: Fix? = nil
  ) {
    self.code = code
    self.severity = severity
    self.message = message
    primary = Label(label, at: span)
    self.labels = labels
    self.notes = notes
    self.help = help
    self.fix = fix
  }

  /// An error at `span`.
  public init(
    _ code: DiagnosticCode, _ message: String, at span: Span, label: String = "", labels: [Label] = [],
    notes: [Note] = [], help: [String] = [], fix: Fix? = nil
  ) {
    self.init(code, .error, message, at: span, label: label, labels: labels, notes: notes, help: help, fix: fix)
  }

  /// The place of the primary label.
  public var span: Span { primary.span }
}

extension DiagnosticCode {
  /// Stands for all that is not shown.
  public static let tooManyMistakes = DiagnosticCode("NNC0008", "too-many-mistakes")
}

extension Diagnostic {
  fileprivate static func tooManyMistakes(_ severity: Severity, _ limit: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      .tooManyMistakes, severity, "there are more \(severity.rawValue)s than \(limit), the most that are shown",
      at: span, help: ["repair these, and check again"])
  }
}

/// Collects diagnostics; hands them out in the order of their places, each once. Of more than `limit` of a severity, one
/// more that says so stands for the rest.
public struct Diagnostics: Sendable {
  /// How many diagnostics of a severity one spec gets.
  public static let limit = 500

  private var collected: [Diagnostic] = []
  private var seen: Set<Diagnostic> = []
  private var counts: [Severity: Int] = [:]

  /// An empty collection.
  public init() {}

  /// Adds a diagnostic unless an equal one is there.
  public mutating func add(_ diagnostic: Diagnostic) {
    let count = counts[diagnostic.severity, default: 0]
    guard count <= Diagnostics.limit, seen.insert(diagnostic).inserted else { return }
    counts[diagnostic.severity] = count + 1
    let isLast = count == Diagnostics.limit
    collected.append(
      isLast ? .tooManyMistakes(diagnostic.severity, Diagnostics.limit, at: diagnostic.span) : diagnostic)
  }

  /// Whether no more errors are taken.
  public var isFull: Bool { counts[.error, default: 0] > Diagnostics.limit }

  /// Adds all of `others`.
  public mutating func add(contentsOf others: Diagnostics) {
    for diagnostic in others.collected { add(diagnostic) }
  }

  /// All diagnostics by file, place and severity; equal ones in the order they were added.
  public var sorted: [Diagnostic] {
    collected.enumerated().sorted { left, right in
      let (a, b) = (left.element, right.element)
      if a.span.file != b.span.file { return a.span.file < b.span.file }
      if a.span.start != b.span.start { return a.span.start < b.span.start }
      if a.severity != b.severity { return a.severity < b.severity }
      return left.offset < right.offset
    }.map(\.element)
  }

  /// How many there are of a severity.
  public func count(of severity: Severity) -> Int { counts[severity, default: 0] }

  /// Whether there is an error.
  public var hasErrors: Bool { counts[.error] != nil }

  /// Whether there is nothing at all.
  public var isEmpty: Bool { collected.isEmpty }
}
