import NNDiagnostics

/// Turns what libyaml says of broken YAML into what a person needs: the place where the slip happened, not the one
/// where the parser noticed it, and how to repair it.
struct SyntaxReport {
  private let problem: SyntaxProblem
  private let source: SourceFile
  private let lines: SourceLines

  init(_ problem: SyntaxProblem, in source: SourceFile) {
    self.problem = problem
    self.source = source
    lines = SourceLines(source)
  }

  /// What to tell.
  var diagnostic: Diagnostic {
    switch problem.problem {
    case "found character that cannot start any token": unexpectedCharacter
    case "found a tab character that violates indentation",
      "found a tab character where an indentation space is expected":
      .tabIndentation(at: lines.tabs(onLineOf: problem.offset))
    case "did not find expected comment or line break" where problem.context == "while scanning a block scalar":
      .blockTextBroken(at: lines.token(at: problem.contextOffset), isComparison: isComparison(problem.contextOffset))
    case "mapping values are not allowed in this context": strayColon
    case "could not find expected ':'": missingColon
    case "did not find expected key": expectedKey
    case "did not find expected '-' indicator":
      .missingDash(at: lines.token(at: problem.offset), list: place(problem.contextOffset))
    case "did not find expected ',' or '}'", "did not find expected ',' or ']'": brokenBracket
    case "found unexpected end of stream", "found unexpected document indicator":
      .unclosedQuote(at: place(problem.contextOffset))
    case "did not find expected hexdecimal number":
      .unknownEscape(at: source.span(max(0, problem.offset - 2), problem.offset))
    case "did not find expected <document start>": secondValue
    case "found unknown escape character": .unknownEscape(at: source.span(problem.offset, problem.offset + 2))
    case "did not find expected alphabetic or numeric character":
      .reservedCharacter(at: lines.token(at: problem.contextOffset), source)
    case "block sequence entries are not allowed in this context": .listInLine(at: place(problem.offset))
    default: .syntax(problem.problem, at: place(min(problem.offset, max(0, source.scalars.count - 1))))
    }
  }

  private func place(_ offset: Int) -> Span { source.span(offset, offset + 1) }

  private func isComparison(_ offset: Int) -> Bool {
    guard offset < source.scalars.count, source.scalars[offset] == ">" else { return false }
    return source.scalars[(offset + 1)...].first { $0 != " " && $0 != "=" }?.isDigit ?? false
  }

  private var unexpectedCharacter: Diagnostic {
    guard problem.offset < source.scalars.count else { return .syntax(problem.problem, at: place(problem.offset)) }
    switch source.scalars[problem.offset] {
    case "\t": return .tabIndentation(at: lines.tabs(onLineOf: problem.offset))
    case ">", "|":
      return .blockTextBroken(at: lines.token(at: problem.offset), isComparison: isComparison(problem.offset))
    default: return .reservedCharacter(at: lines.token(at: problem.offset), source)
    }
  }

  /// A colon where no key can be: two in one line, or a value that runs on from the line above.
  private var strayColon: Diagnostic {
    let line = lines.line(of: problem.offset)
    let first = lines.first(line)
    if let colon = lines.colon(in: first..<problem.offset) {
      return .secondColon(at: place(problem.offset), first: place(colon))
    }
    guard let above = lines.nonBlankLine(before: line) else {
      return .syntax(problem.problem, at: place(problem.offset))
    }
    if let word = lines.gluedKey(at: lines.firstWord(above)) { return .missingSpace(at: word, source) }
    if lines.indentation(above) == lines.indentation(line) {
      let whole = source.span(lines.first(above), lines.end(above))
      return .missingColon(at: source.trimmed(whole), source, isInList: false)
    }
    return .indentedTooFar(
      at: lines.token(at: first), indentation: lines.indentation(line),
      above: lines.token(at: lines.first(above)), aboveIndentation: lines.indentation(above))
  }

  /// Something where the document has ended: a line after a value that is the whole document.
  private var secondValue: Diagnostic {
    let line = lines.line(of: problem.offset)
    let span = source.trimmed(source.span(problem.offset, lines.end(line)))
    if !source.text(of: span).contains(": ") { return .missingColon(at: span, source, isInList: false) }
    return .textAfterValue(at: span, quote: nil)
  }

  private var missingColon: Diagnostic {
    let start = problem.contextOffset
    if lines.end(lines.line(of: start)) - start > 1_024 { return .keyTooLong(at: source.span(start, start + 1)) }
    if let word = lines.gluedKey(at: start) { return .missingSpace(at: word, source) }
    let line = lines.line(of: start)
    let above = lines.nonBlankLine(before: line)
    let isInList = above.map { lines.isListItem($0) && lines.indentation($0) <= lines.indentation(line) } ?? false
    return .missingColon(at: source.trimmed(source.span(start, lines.end(line))), source, isInList: isInList)
  }

  private var expectedKey: Diagnostic {
    let line = lines.line(of: problem.offset)
    let scalar = problem.offset < source.scalars.count ? source.scalars[problem.offset] : " "
    if scalar == "]" || scalar == "}" { return .strayBracket(scalar, at: place(problem.offset)) }
    guard lines.first(line) == problem.offset, let above = lines.nonBlankLine(before: line) else {
      let before = problem.offset > 0 ? source.scalars[problem.offset - 1] : " "
      return .textAfterValue(at: lines.token(at: problem.offset), quote: before == "'" || before == "\"" ? before : nil)
    }
    return .indentationFitsNothing(
      at: lines.token(at: problem.offset), indentation: lines.indentation(line),
      above: lines.token(at: lines.first(above)), aboveIndentation: lines.indentation(above))
  }

  /// A bracket that is not closed, or a comma that is missing before it is.
  private var brokenBracket: Diagnostic {
    let line = lines.line(of: problem.offset)
    let opened = lines.line(of: problem.contextOffset)
    let isAtEnd = source.scalars[min(problem.offset, source.scalars.count)...].allSatisfy { $0 == "\n" || $0 == "\r" }
    let bracket = source.scalars[problem.contextOffset]
    if isAtEnd || (line != opened && lines.indentation(line) <= lines.indentation(opened)) {
      return .unclosedBracket(bracket, at: place(problem.contextOffset))
    }
    let scalar = source.scalars[problem.offset]
    if scalar == "]" || scalar == "}" {
      return .wrongBracket(scalar, at: place(problem.offset), opened: place(problem.contextOffset), bracket)
    }
    if scalar == "{", problem.offset > 0, source.scalars[problem.offset - 1] == "$" {
      return .expressionInBraces(at: source.span(problem.offset - 1, problem.offset + 1))
    }
    let word = scalar == ":" ? lines.word(before: problem.offset) : lines.token(at: problem.offset)
    let gap = source.scalars[..<word.start].reversed().prefix { $0 == " " }.count
    return .missingComma(at: word, gap: gap, opened: place(problem.contextOffset))
  }
}

/// A file's lines as indentation sees them.
struct SourceLines {
  private let source: SourceFile

  init(_ source: SourceFile) { self.source = source }

  func line(of offset: Int) -> Int { source.position(of: offset).line }

  func end(_ line: Int) -> Int { source.lineRange(line).upperBound }

  /// Offset of the first scalar that is no space.
  func first(_ line: Int) -> Int {
    let range = source.lineRange(line)
    return range.first { source.scalars[$0] != " " } ?? range.upperBound
  }

  func indentation(_ line: Int) -> Int { first(line) - source.lineRange(line).lowerBound }

  func isListItem(_ line: Int) -> Bool { first(line) < end(line) && source.scalars[first(line)] == "-" }

  /// Offset of the first word behind the dashes of a list.
  func firstWord(_ line: Int) -> Int {
    (first(line)..<end(line)).first { source.scalars[$0] != "-" && source.scalars[$0] != " " } ?? end(line)
  }

  /// The nearest line above with more than white space and comments.
  func nonBlankLine(before line: Int) -> Int? {
    (1..<max(1, line)).reversed().first { first($0) < end($0) && source.scalars[first($0)] != "#" }
  }

  /// What stands at an offset, up to white space or punctuation; at least one scalar.
  func token(at offset: Int) -> Span {
    let limit = end(line(of: offset))
    let stops: Set<Unicode.Scalar> = [" ", ":", ",", "[", "]", "{", "}", "\t"]
    let stop = (offset..<max(offset, limit)).dropFirst().first { stops.contains(source.scalars[$0]) } ?? limit
    return source.span(offset, max(offset + 1, stop))
  }

  /// The word before an offset on its line.
  func word(before offset: Int) -> Span {
    var start = offset
    while start > 0, source.scalars[start - 1].isNamePart { start -= 1 }
    return source.span(start, max(offset, start + 1))
  }

  /// A `key:value` without a space at an offset.
  func gluedKey(at offset: Int) -> Span? {
    let limit = end(line(of: offset))
    guard offset < limit, source.scalars[offset].isNameStart,
      let colon = (offset..<limit).first(where: { !source.scalars[$0].isNamePart }), source.scalars[colon] == ":",
      colon + 1 < limit, source.scalars[colon + 1] != " "
    else { return nil }
    let stop = (colon..<limit).first { source.scalars[$0] == " " || source.scalars[$0] == "," } ?? limit
    return source.span(offset, stop)
  }

  /// A colon that ends a key.
  func colon(in range: Range<Int>) -> Int? {
    range.first { source.scalars[$0] == ":" && $0 + 1 < source.scalars.count && source.scalars[$0 + 1] == " " }
  }

  /// The tabs in a line's indentation.
  func tabs(onLineOf offset: Int) -> Span {
    let range = source.lineRange(line(of: offset))
    let start = range.first { source.scalars[$0] == "\t" } ?? offset
    let end = (start..<max(start, range.upperBound)).first { source.scalars[$0] != "\t" } ?? range.upperBound
    return source.span(start, max(end, start + 1))
  }
}
