/// A part of a spec with everything expanded, ready to be written: values, and where each comes from.
public struct Rendering: Sendable, Hashable {
  /// What it holds.
  public enum Content: Sendable, Hashable {
    /// A scalar as it stands in YAML, quotes included.
    case scalar(String)
    /// A list.
    case list([Rendering])
    /// A mapping.
    case mapping([Entry])
  }

  /// A key and its value.
  public struct Entry: Sendable, Hashable {
    /// The key.
    public var key: String
    /// The value.
    public var value: Rendering

    /// `key: value`
    public init(_ key: String, _ value: Rendering) {
      self.key = key
      self.value = value
    }

    /// The entry with where its value comes from, unless that is known already.
    public func from(_ origin: String?) -> Entry {
      Entry(key, Rendering(value.content, from: value.origin ?? origin))
    }
  }

  /// What it holds.
  public var content: Content
  /// Where it comes from; `nil` where it stands so in the spec, or where its parts say so.
  public var origin: String?

  /// A part from `origin`.
  public init(_ content: Content, from origin: String? = nil) {
    self.content = content
    self.origin = origin
  }

  /// A text, quoted where it must be.
  public static func text(_ text: String, from origin: String? = nil) -> Rendering {
    Rendering(.scalar(YAMLScalar.text(text)), from: origin)
  }

  /// A name or a path, in which a dollar sign would start an expression.
  public static func name(_ text: String, from origin: String? = nil) -> Rendering {
    .text(text.replacing("$", with: "$$"), from: origin)
  }

  /// A list of integers.
  public static func integers(_ numbers: [Int], from origin: String? = nil) -> Rendering {
    Rendering(.list(numbers.map { Rendering(.scalar(String($0))) }), from: origin)
  }

  /// A mapping.
  public static func mapping(_ entries: [Entry], from origin: String? = nil) -> Rendering {
    Rendering(.mapping(entries), from: origin)
  }

  /// On one line, as in `{size: 2, stride: 2}`.
  public var flow: String {
    switch content {
    case .scalar(let text): text
    case .list(let items): "[\(items.map(\.flow).joined(separator: ", "))]"
    case .mapping(let entries):
      "{\(entries.map { "\(YAMLScalar.text($0.key)): \($0.value.flow)" }.joined(separator: ", "))}"
    }
  }

  /// Where its parts come from, in a few words: `default`, or `size, stride: default; padding: $p`.
  var origins: String? {
    guard let origin else { return innerOrigins }
    let areOthers = parts.flatMap { $1.leaves($0) }.contains { $0.origin != nil && $0.origin != origin }
    return areOthers ? innerOrigins.map { "\(origin); \($0)" } : origin
  }

  private var innerOrigins: String? {
    var keys: [String: [String]] = [:]
    var order: [String] = []
    for (key, origin) in parts.flatMap({ $1.leaves($0) }) {
      guard let origin else { continue }
      if !order.contains(origin) { order.append(origin) }
      keys[origin, default: []].append(key)
    }
    let groups = order.map { origin in
      let names = (keys[origin] ?? []).filter { !$0.isEmpty }
      return names.isEmpty ? origin : "\(names.joined(separator: ", ")): \(origin)"
    }
    return groups.isEmpty ? nil : groups.joined(separator: "; ")
  }

  private func leaves(_ key: String) -> [(key: String, origin: String?)] {
    if origin != nil { return [(key, origin)] }
    return parts.isEmpty ? [(key, nil)] : parts.flatMap { name, part in part.leaves(name.isEmpty ? key : name) }
  }

  private var parts: [(key: String, part: Rendering)] {
    switch content {
    case .scalar: []
    case .list(let items): items.map { ("", $0) }
    case .mapping(let entries): entries.map { ($0.key, $0.value) }
    }
  }
}
