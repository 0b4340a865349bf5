import NNDiagnostics
import NNText

extension DiagnosticCode {
  static let fileMissing = DiagnosticCode("NNC0001", "file-missing")
  static let fileIsDirectory = DiagnosticCode("NNC0002", "file-is-directory")
  static let fileUnreadable = DiagnosticCode("NNC0003", "file-unreadable")
  static let fileTooLarge = DiagnosticCode("NNC0004", "file-too-large")
  static let fileEmpty = DiagnosticCode("NNC0005", "file-empty")
  static let invalidUTF8 = DiagnosticCode("NNC0006", "invalid-utf8")
  static let controlCharacter = DiagnosticCode("NNC0007", "control-character")

  static let syntax = DiagnosticCode("NNC0010", "yaml-syntax")
  static let tabIndentation = DiagnosticCode("NNC0011", "tab-indentation")
  static let missingSpace = DiagnosticCode("NNC0012", "missing-space")
  static let unclosedBracket = DiagnosticCode("NNC0013", "unclosed-bracket")
  static let unclosedQuote = DiagnosticCode("NNC0014", "unclosed-quote")
  static let badIndentation = DiagnosticCode("NNC0015", "bad-indentation")
  static let reservedCharacter = DiagnosticCode("NNC0016", "reserved-character")
  static let strayColon = DiagnosticCode("NNC0017", "stray-colon")
  static let unknownEscape = DiagnosticCode("NNC0018", "unknown-escape")
  static let missingColon = DiagnosticCode("NNC0019", "missing-colon")

  static let tooDeep = DiagnosticCode("NNC0020", "too-deep")
  static let tag = DiagnosticCode("NNC0021", "tag")
  static let secondDocument = DiagnosticCode("NNC0022", "second-document")
  static let duplicateKey = DiagnosticCode("NNC0023", "duplicate-key")
  static let keyNotAWord = DiagnosticCode("NNC0024", "key-not-a-word")
  static let unknownAnchor = DiagnosticCode("NNC0025", "unknown-anchor")
  static let aliasCycle = DiagnosticCode("NNC0026", "alias-cycle")
  static let tooManyNodes = DiagnosticCode("NNC0027", "too-many-nodes")
  static let badMerge = DiagnosticCode("NNC0028", "bad-merge")
}

/// What can be wrong with a file as such.
extension Diagnostic {
  static func file(_ problem: FileProblem, path: String, at span: Span, isIncluded: Bool = false) -> Diagnostic {
    switch problem {
    case .missing:
      Diagnostic(
        .fileMissing, "there is no file `\(path)`", at: span,
        help: isIncluded ? ["its path is relative to the folder of the file that includes it"] : [])
    case .directory:
      Diagnostic(
        .fileIsDirectory, "`\(path)` is a folder, not a spec", at: span,
        help: ["name the YAML file inside it"])
    case .tooLarge:
      Diagnostic(
        .fileTooLarge, "`\(path)` is larger than \(FileText.byteLimit >> 20) MiB, the most a spec may have", at: span,
        help: ["name a spec; what is large, as pictures and weights, it names as files"])
    case .denied:
      Diagnostic(
        .fileUnreadable, "cannot read `\(path)`: permission denied", at: span,
        help: ["give this user the right to it and to the folders above it; `ls -l` shows them"])
    case .looping:
      Diagnostic(
        .fileUnreadable, "cannot read `\(path)`: a symbolic link leads back to itself", at: span,
        help: ["let the link point to a file; `ls -l` shows where it points"])
    case .unreadable(let reason):
      Diagnostic(.fileUnreadable, "cannot read `\(path)`: \(reason.lowercasedFirst)", at: span)
    }
  }

  static func emptyFile(at span: Span) -> Diagnostic {
    Diagnostic(
      .fileEmpty, "the file holds no spec", at: span,
      help: ["a spec begins with `nnc: 1`, followed by `network:`; `nnc new` writes one to start from"])
  }

  static func otherEncoding(at span: Span) -> Diagnostic {
    Diagnostic(.invalidUTF8, "the file is UTF-16, not UTF-8", at: span, help: ["save it as UTF-8"])
  }

  static func invalidUTF8(byte: Int, kind: FileKind?, at span: Span) -> Diagnostic {
    if let kind, kind != .text {
      return Diagnostic(
        .invalidUTF8, "the file is \(kind.name), not a spec", at: span, help: ["name a spec, which is a text in YAML"])
    }
    return Diagnostic(
      .invalidUTF8, "the file is not UTF-8: byte \(byte) does not belong to any character", at: span,
      help: ["save it as UTF-8"])
  }

  static func controlCharacter(_ scalar: Unicode.Scalar, at span: Span) -> Diagnostic {
    let hex = String(scalar.value, radix: 16, uppercase: true)
    let name = "U+" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex
    return Diagnostic(
      .controlCharacter, "the invisible character \(name) is not allowed in YAML", at: span,
      help: ["delete it; in a quoted text it can be written as an escape"])
  }
}

/// What can be wrong with a tree.
extension Diagnostic {
  static func tooDeep(_ limit: Int, at span: Span) -> Diagnostic {
    Diagnostic(.tooDeep, "nested deeper than \(limit) levels", at: span)
  }

  static func tag(at span: Span) -> Diagnostic {
    Diagnostic(
      .tag, "tags are not allowed in a spec", at: span,
      help: [
        "what a value means follows from its key: leave the tag out, and put a text that begins with `!` in quotes"
      ])
  }

  static func secondDocument(at span: Span) -> Diagnostic {
    Diagnostic(
      .secondDocument, "a second document begins here", at: span,
      help: ["one file holds one spec: move what follows into a file of its own"])
  }

  static func duplicateKey(_ key: String, first: Span, second: Span) -> Diagnostic {
    Diagnostic(
      .duplicateKey, "`\(key)` is given twice", at: second, label: "given again here",
      labels: [Label("first given here", at: first)], help: ["keep one of them"])
  }

  static func keyNotAWord(at span: Span) -> Diagnostic {
    Diagnostic(
      .keyNotAWord, "a list or a mapping cannot be a key", at: span,
      help: ["`{` and `[` begin a mapping and a list; an expression is written `$(…)`, a text with brackets in quotes"])
  }

  static func unknownAnchor(_ name: String, known: [String], at span: Span) -> Diagnostic {
    let meant = Suggestion.match(name, among: known)
    return Diagnostic(
      .unknownAnchor, "there is no anchor `&\(name)` before this alias", at: span,
      label: meant.map { "did you mean `*\($0.name)`?" } ?? "",
      help: ["a text that begins with `*` needs quotes"],
      fix: meant.map { .write("*\($0.name)", at: span, isSure: $0.isSure) })
  }

  static func aliasCycle(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(.aliasCycle, "`*\(name)` stands inside `&\(name)`, so it would contain itself", at: span)
  }

  static func tooManyNodes(_ limit: Int, at span: Span) -> Diagnostic {
    Diagnostic(.tooManyNodes, "with its aliases expanded, the spec has more than \(limit.grouped) values", at: span)
  }

  static func badMerge(at span: Span) -> Diagnostic {
    Diagnostic(
      .badMerge, "`<<` merges a mapping, or a list of mappings", at: span,
      help: ["for instance `<<: *defaults`, where `&defaults` stands before a mapping"])
  }
}

extension String {
  /// The text with its first letter small.
  var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}

extension Int {
  /// With a comma between groups of three digits.
  var grouped: String {
    var digits = String(magnitude)
    var groups: [String] = []
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    groups.insert(digits, at: 0)
    return (self < 0 ? "-" : "") + groups.joined(separator: ",")
  }
}
