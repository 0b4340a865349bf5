import NNDiagnostics

/// Reads `vars`, whose values may use each other in any order.
struct VariableReader {
  /// How many variables a file may have.
  static let countLimit = 10_000

  private struct Pending {
    let entry: Node.Entry
    let dependencies: Set<String>
  }

  /// The environment of all variables, which may use those of `outer`; those that are wrong are reported and have no
  /// value.
  static func environment(
    of entries: [Node.Entry], in outer: Environment, diagnostics: inout Diagnostics
  ) -> Environment {
    let entries = entries.filter { !$0.name.hasPrefix("x-") }
    let names = Set(entries.map(\.name))
    var environment = outer
    var pending: [Pending] = []
    for entry in entries {
      environment.define(entry.name, as: nil, at: entry.key.span)
      guard isUsable(entry, diagnostics: &diagnostics) else { continue }
      pending.append(Pending(entry: entry, dependencies: dependencies(of: entry.value).intersection(names)))
    }
    resolve(&pending, into: &environment, diagnostics: &diagnostics)
    reportCycles(pending, diagnostics: &diagnostics)
    return environment
  }

  /// Whether expressions can use a name.
  static func isName(_ name: String) -> Bool {
    name.unicodeScalars.allSatisfy(\.isNamePart) && name.unicodeScalars.first.map { $0.isNameStart } ?? false
  }

  private static func isUsable(_ entry: Node.Entry, diagnostics: inout Diagnostics) -> Bool {
    if !isName(entry.name) {
      diagnostics.add(.badVariableName(entry.name, at: entry.key.span))
      return false
    }
    return isConstant(entry, subject: "the variable `\(entry.name)`", diagnostics: &diagnostics)
  }

  /// Whether an entry's value is one scalar; reports where it is not.
  static func isConstant(_ entry: Node.Entry, subject: String, diagnostics: inout Diagnostics) -> Bool {
    guard let scalar = entry.value.scalar else {
      diagnostics.add(
        .variableIsCollection(subject, at: entry.value.sequence == nil ? entry.key.span : entry.value.span))
      return false
    }
    if scalar.isNull {
      let span = entry.value.span.count == 0 ? entry.key.span : entry.value.span
      diagnostics.add(.missingValue(subject: subject, takes: "a number, a boolean or a text", at: span))
      return false
    }
    return true
  }

  private static func dependencies(of node: Node) -> Set<String> {
    guard ExpressionReader.isExpression(node) else { return [] }
    var unused = Diagnostics()
    return Set(ExpressionReader.parse(node, diagnostics: &unused)?.names.map(\.name) ?? [])
  }

  /// Evaluates what depends on nothing open, then what depended on that, and so on.
  private static func resolve(
    _ pending: inout [Pending], into environment: inout Environment, diagnostics: inout Diagnostics
  ) {
    var users: [String: [Int]] = [:]
    let open = Set(pending.map(\.entry.name))
    var openCounts = pending.map { $0.dependencies.intersection(open).count }
    for (index, item) in pending.enumerated() {
      for name in item.dependencies { users[name, default: []].append(index) }
    }
    var ready = pending.indices.filter { openCounts[$0] == 0 }
    var done = Set<Int>()
    while let index = ready.popLast() {
      done.insert(index)
      let entry = pending[index].entry
      let value = value(
        of: entry.value, subject: "the variable `\(entry.name)`", in: environment, diagnostics: &diagnostics)
      environment.define(entry.name, as: value, at: entry.key.span, written: entry.value.span)
      for user in users[entry.name] ?? [] {
        openCounts[user] -= 1
        if openCounts[user] == 0 { ready.append(user) }
      }
    }
    pending = pending.indices.filter { !done.contains($0) }.map { pending[$0] }
  }

  /// The value of a scalar without a type of its own: of a variable, or of a block's parameter.
  static func value(
    of node: Node, subject: String, in environment: Environment, diagnostics: inout Diagnostics
  ) -> ExpressionValue? {
    guard let scalar = node.scalar else { return nil }
    if ExpressionReader.isExpression(node) {
      return ExpressionReader.value(of: node, in: environment, diagnostics: &diagnostics)?.value
    }
    guard scalar.style == .plain else { return .string(scalar.text) }
    switch Literal(scalar.text) {
    case .integer(let number): return .integer(number)
    case .real(let number): return .real(number)
    case .refused(let reason):
      diagnostics.add(.numberRefused(reason, scalar.text.shortened, subject: subject, at: node.span))
      return nil
    case .text:
      return scalar.text == "true" || scalar.text == "false" ? .boolean(scalar.text == "true") : .string(scalar.text)
    }
  }

  /// What is left waits for itself, or for something that does.
  private static func reportCycles(_ pending: [Pending], diagnostics: inout Diagnostics) {
    let byName = Dictionary(pending.map { ($0.entry.name, $0) }, uniquingKeysWith: { first, _ in first })
    var seen = Set<String>()
    for item in pending {
      var path: [String] = []
      var next: String? = item.entry.name
      while let name = next, seen.insert(name).inserted {
        path.append(name)
        next = byName[name]?.dependencies.filter { byName[$0] != nil }.min()
      }
      guard let next, let start = path.firstIndex(of: next) else { continue }
      let cycle = Array(path[start...])
      if let first = cycle.first.flatMap({ byName[$0] }) {
        diagnostics.add(.variableCycle(cycle, at: first.entry.key.span))
      }
    }
  }
}
