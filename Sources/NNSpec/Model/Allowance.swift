import NNDiagnostics

/// A warning that the spec accepts, one name of an `allow:` list.
public struct Allowance: Sendable, Hashable {
  /// The lint's name as written.
  public let lint: Spanned<String>
  /// What it is accepted in: the layer, network, … that the list belongs to; `nil` for the whole spec with all that it
  /// includes.
  public let scope: Span?
}

extension Key {
  /// The key of everything that warnings may be accepted in.
  public static let allow = Key.optional(
    "allow", .list(.lint), absence: "none", "Warnings that are accepted in it, by name."
  ).incidental
}

/// Collects what `allow:` lists accept. A list that is wrong in form accepts nothing; whoever reads the mapping's other
/// keys reports it.
struct AllowReader {
  /// What was found, each name of a list once however often its layer is expanded.
  private(set) var allowances: [Allowance] = []
  private var seen: Set<Span> = []

  /// Takes the `allow:` of a mapping, for everything in `scope`.
  mutating func read(_ node: Node?, in scope: Span?, _ environment: Environment) {
    guard let list = node?[Key.allow.name], seen.insert(list.span).inserted else { return }
    var decoder = ValueDecoder(environment)
    guard case .list(let names)? = decoder.decode(list, as: Key.allow.type, subject: "") else { return }
    for name in names {
      guard case .name(let text) = name.value else { continue }
      allowances.append(Allowance(lint: Spanned(text, at: name.span), scope: scope))
    }
  }

  /// Takes the `allow:` of a named entry.
  mutating func read(_ entry: Node.Entry, _ environment: Environment) {
    read(entry.value, in: entry.key.span.joined(with: entry.value.span), environment)
  }

  /// Takes what another reader found.
  mutating func add(_ other: AllowReader) {
    allowances += other.allowances.filter { seen.insert($0.lint.span).inserted }
  }
}
