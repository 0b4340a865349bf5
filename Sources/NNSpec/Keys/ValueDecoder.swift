import NNDiagnostics

/// Reads nodes as typed values. What is wrong is reported, and gives `nil`.
struct ValueDecoder {
  /// What expressions see.
  let environment: Environment
  /// What was found wrong so far.
  var diagnostics = Diagnostics()

  /// A decoder whose expressions see `environment`.
  init(_ environment: Environment) { self.environment = environment }

  /// The value of a node; `subject` names the key and its owner for messages: "`kernel` of `conv`".
  mutating func decode(_ node: Node, as type: ValueType, subject: String) -> Value? {
    switch type {
    case .node: return .node(node)
    case .oneOf(let types): return oneOf(types, node, subject: subject)
    case .weights(let bounds): return weights(node, bounds, subject: subject)
    case .list(let element, let count): return list(node, of: element, count: count, subject: subject)
    case .shape: return shape(node, subject: subject)
    case .pair(let range): return pair(node, range, subject: subject)
    case .kind(let family): return kind(node, family)
    case .keys(let noun, let table): return keys(node, noun, table, takes: type.description, subject: subject)
    case .scheduled(let bounds):
      if let entry = node.mapping?.first {
        return ScheduleReader.read(node, entry, bounds, in: environment, diagnostics: &diagnostics)
          .map { .schedule($0) }
      }
      return scalar(node, as: .real(bounds), subject: subject, takes: type.description)
    default: return scalar(node, as: type, subject: subject)
    }
  }

  private mutating func scalar(_ node: Node, as type: ValueType, subject: String, takes: String? = nil) -> Value? {
    let takes = takes ?? type.description
    guard let scalar = node.scalar else {
      diagnostics.add(.wrongType(node.noun, subject: subject, takes: takes, at: firstToken(of: node)))
      return nil
    }
    if case .text = type, !scalar.isNull { return .string(scalar.text) }
    if scalar.isNull {
      diagnostics.add(.missingValue(subject: subject, takes: takes, at: node.span))
      return nil
    }
    var reader = ScalarReader(
      node: node, scalar: scalar, type: type, subject: subject, takes: takes, environment: environment)
    let value: Value?
    if ExpressionReader.isExpression(node) {
      guard let result = ExpressionReader.value(of: node, in: environment, diagnostics: &diagnostics) else {
        return nil
      }
      value = reader.convert(result)
    } else {
      value = reader.literal()
    }
    diagnostics.add(contentsOf: reader.diagnostics)
    return value
  }

  /// A collection's first token: enough to see which is meant.
  private func firstToken(of node: Node) -> Span {
    switch node.content {
    case .mapping(let entries): entries.first?.key.span ?? node.span
    case .sequence(let nodes):
      nodes.first.map { $0.scalar == nil ? node.span : node.span.joined(with: $0.span) } ?? node.span
    case .scalar: node.span
    }
  }

  private mutating func list(
    _ node: Node, of element: ValueType, count: ClosedRange<Int>, subject: String
  ) -> Value? {
    let takes = ValueType.list(element, count: count).description
    guard let nodes = node.sequence else {
      let what =
        node.isNull
        ? Diagnostic.missingValue(subject: subject, takes: takes, at: node.span)
        : .notAValueList(node, subject: subject, takes: takes, count: count, at: firstToken(of: node))
      diagnostics.add(what)
      return nil
    }
    guard count.contains(nodes.count) else {
      diagnostics.add(.wrongCount(nodes.count, subject: subject, takes: takes, at: node.span))
      return nil
    }
    var values: [Spanned<Value>] = []
    for node in nodes {
      guard let value = decode(node, as: element, subject: "an element of \(subject)") else { continue }
      values.append(Spanned(value, at: node.span))
    }
    return values.count == nodes.count ? .list(values) : nil
  }

  private mutating func weights(_ node: Node, _ bounds: RealBounds, subject: String) -> Value? {
    let takes = ValueType.weights(bounds).description
    guard let entries = node.mapping?.filter({ !$0.name.hasPrefix("x-") }) else {
      diagnostics.add(
        node.isNull
          ? .missingValue(subject: subject, takes: takes, at: node.span)
          : .wrongType(node.noun, subject: subject, takes: takes, at: firstToken(of: node)))
      return nil
    }
    guard !entries.isEmpty else {
      diagnostics.add(.wrongCount(0, subject: subject, takes: takes, at: node.span))
      return nil
    }
    var weights: [NamedWeight] = []
    for entry in entries {
      let value = decode(entry.value, as: .real(bounds), subject: "`\(entry.name.shortened)` in \(subject)")
      guard case .real(let weight)? = value else { continue }
      weights.append(NamedWeight(name: Spanned(entry.name, at: entry.key.span), weight: weight))
    }
    return weights.count == entries.count ? .weights(weights) : nil
  }

  private mutating func integers(_ nodes: [Node], _ range: ClosedRange<Int>, subject: (Int) -> String) -> [Int]? {
    var numbers: [Int] = []
    for (index, node) in nodes.enumerated() {
      guard case .integer(let number)? = decode(node, as: .integer(range), subject: subject(index)) else { continue }
      numbers.append(number)
    }
    return numbers.count == nodes.count ? numbers : nil
  }

  private mutating func shape(_ node: Node, subject: String) -> Value? {
    guard let nodes = node.sequence else {
      diagnostics.add(
        .notAValueList(
          node, subject: subject, takes: ValueType.shape.description, count: 1...3, at: firstToken(of: node)))
      return nil
    }
    let numbers = nodes.compactMap { $0.scalar.flatMap { Int($0.text) } }
    if nodes.count == 4, numbers.count == 4 {
      diagnostics.add(
        .batchDimension(numbers, subject: subject, takes: ValueType.shape.description, at: node.span))
      return nil
    }
    guard nodes.count == 1 || nodes.count == 3 else {
      diagnostics.add(
        .wrongCount(nodes.count, subject: subject, takes: ValueType.shape.description, at: node.span))
      return nil
    }
    let names = nodes.count == 3 ? ["the height", "the width", "the channel count"] : ["the feature count"]
    return integers(nodes, 1...Int.max) { "\(names[$0]) in \(subject)" }.map { .shape($0) }
  }

  private mutating func pair(_ node: Node, _ range: ClosedRange<Int>, subject: String) -> Value? {
    guard let nodes = node.sequence else {
      if node.mapping != nil {
        let takes = ValueType.pair(range).description
        diagnostics.add(.wrongType(node.noun, subject: subject, takes: takes, at: firstToken(of: node)))
        return nil
      }
      guard
        case .integer(let both)? = scalar(
          node, as: .integer(range), subject: subject, takes: ValueType.pair(range).description)
      else { return nil }
      return .pair(SizePair(both))
    }
    guard nodes.count == 2 else {
      diagnostics.add(
        .wrongCount(nodes.count, subject: subject, takes: ValueType.pair(range).description, at: node.span))
      return nil
    }
    let names = ["the height", "the width"]
    guard let both = integers(nodes, range, subject: { "\(names[$0]) in \(subject)" }) else { return nil }
    return .pair(SizePair(height: both[0], width: both[1]))
  }

  private mutating func kind(_ node: Node, _ family: KindFamily) -> Value? {
    guard var item = KindItem(node, noun: family.noun, diagnostics: &diagnostics) else { return nil }
    if node.scalar != nil, ExpressionReader.isExpression(node) {
      guard let result = ExpressionReader.value(of: node, in: environment, diagnostics: &diagnostics) else {
        return nil
      }
      guard case .string(let word) = result.value else {
        let takes = "the name of \(family.noun.withArticle)"
        diagnostics.add(
          .wrongType("\(result.value.typeName), \(result.value.text)", subject: "this", takes: takes, at: node.span))
        return nil
      }
      item = KindItem(kind: word, kindSpan: node.span, arguments: nil, span: node.span)
    }
    return family.decode(item, in: environment, diagnostics: &diagnostics).map { .kind($0) }
  }

  private mutating func keys(
    _ node: Node, _ noun: String, _ table: KeyTable, takes: String, subject: String
  ) -> Value? {
    guard let entries = node.mapping else {
      let isMissing = node.isNull
      diagnostics.add(
        isMissing
          ? .missingValue(subject: subject, takes: takes, at: node.span)
          : .wrongType(node.noun, subject: subject, takes: takes, at: firstToken(of: node)))
      return nil
    }
    let place = entries.first?.key.span ?? node.span
    var decoder = TableDecoder(environment, owner: "`\(noun)`", keySpan: place, kind: noun)
    let arguments = decoder.decode(node, keys: table, span: node.span)
    diagnostics.add(contentsOf: decoder.diagnostics)
    return .kind(arguments)
  }

  /// The first alternative that takes the node whole; otherwise what the one that fits its form says, and the value that
  /// it takes to be meant.
  private mutating func oneOf(_ types: [ValueType], _ node: Node, subject: String) -> Value? {
    var failed: (value: Value?, diagnostics: Diagnostics)?
    for type in types where type.fits(node, in: environment) {
      var attempt = ValueDecoder(environment)
      let value = attempt.decode(node, as: type, subject: subject)
      if let value, attempt.diagnostics.isEmpty { return value }
      failed = failed ?? (value, attempt.diagnostics)
    }
    if let failed {
      diagnostics.add(contentsOf: failed.diagnostics)
      return failed.value
    }
    let takes = ValueType.oneOf(types).description
    if let scalar = node.scalar, !scalar.isNull, Literal(scalar.text) == .text {
      let words = types.flatMap(\.words)
      let closest = didYouMean(scalar.text, among: words)
      diagnostics.add(
        Diagnostic(
          .wrongType, "\(subject) cannot be `\(scalar.text.shortened)`", at: node.span, label: closest,
          help: ["it takes \(takes)"], fix: .spelling(Suggestion.match(scalar.text, among: words), at: node.span)))
      return meant(scalar.text, among: types)
    } else if node.isNull {
      diagnostics.add(.missingValue(subject: subject, takes: takes, at: node.span))
    } else {
      diagnostics.add(.wrongType(node.noun, subject: subject, takes: takes, at: firstToken(of: node)))
    }
    return nil
  }

  /// What a misspelt word means beyond doubt, where it is one of a type's words.
  private func meant(_ text: String, among types: [ValueType]) -> Value? {
    for case .word(let words) in types {
      if let word = Suggestion.sure(text, among: types.flatMap(\.words)), words.contains(word) { return .word(word) }
    }
    return nil
  }
}

extension ValueType {
  /// Whether a node has the form of this type, right or wrong in detail.
  func fits(_ node: Node, in environment: Environment) -> Bool {
    switch self {
    case .node: return true
    case .oneOf(let types): return types.contains { $0.fits(node, in: environment) }
    case .list, .shape: return node.sequence != nil
    case .keys, .weights: return node.mapping != nil
    case .kind: return node.mapping != nil || ScalarForm(node, environment) == .text
    case .scheduled: return node.mapping != nil || ScalarForm(node, environment) == .number
    case .pair: return node.sequence != nil || ScalarForm(node, environment) == .number
    case .word(let words):
      let form = ScalarForm(node, environment)
      return node.scalar.map { words.contains($0.text) } ?? false || form == .unknown
        || (form == .text && ExpressionReader.isExpression(node))
    case .integer, .real: return ScalarForm(node, environment) == .number
    case .percentage, .bytes, .duration, .count, .comparison, .sizeComparison:
      return [.unit, .number, .text].contains(ScalarForm(node, environment))
    case .boolean: return node.scalar.map { ["true", "false"].contains($0.text) } ?? false
    case .string, .text, .path, .digest, .name, .lint: return node.scalar != nil && !node.isNull
    }
  }

  /// The words it may be.
  var words: [String] {
    switch self {
    case .word(let words): words
    case .kind(let family): family.names
    case .oneOf(let types): types.flatMap(\.words)
    default: []
    }
  }
}

/// What a scalar looks like.
enum ScalarForm {
  case number, unit, text, null, collection
  /// An expression that cannot be evaluated.
  case unknown

  init(_ node: Node, _ environment: Environment) {
    guard let scalar = node.scalar else {
      self = .collection
      return
    }
    if scalar.isNull {
      self = .null
    } else if ExpressionReader.isExpression(node) {
      var unused = Diagnostics()
      switch ExpressionReader.value(of: node, in: environment, diagnostics: &unused)?.value {
      case .integer, .real: self = .number
      case .string, .boolean: self = .text
      case nil: self = .unknown
      }
    } else if Literal(scalar.text) != .text {
      self = .number
    } else {
      self = scalar.text.unicodeScalars.first.map { $0.isDigit } ?? false ? .unit : .text
    }
  }
}
