import NNSpec

/// A spec with everything expanded: what `nnc render` writes and `nnc diff` compares.
public struct RenderedSpec: Sendable {
  /// A network.
  public struct Network: Sendable {
    /// Its name.
    public var name: String
    /// Where it comes from, where it does not stand in the spec itself.
    public var origin: String?
    /// Its keys besides `layers`.
    public var keys: [Rendering.Entry]
    /// Its layers.
    public var layers: [Layer]
  }

  /// A layer.
  public struct Layer: Sendable {
    /// Its path in the network, such as `down1.end`.
    public var path: String
    /// Its kind.
    public var kind: String
    /// Where it was expanded from.
    public var origin: String?
    /// Its keys, `name` and where needed `from` first.
    public var keys: [Rendering.Entry]
  }

  /// What the spec is called for people: its file's name.
  public var file: String
  /// `nnc`, `name` and `description`.
  public var head: [Rendering.Entry]
  /// The data sources.
  public var data: [Rendering.Entry]
  /// The networks.
  public var networks: [Network]
  /// `losses`, `metrics`, `train` and `expect`.
  public var rest: [Rendering.Entry]

  private static let headline = " as nnc reads it, with everything expanded."

  /// Whether a file begins as `text` does.
  static func isRendering(_ bytes: [UInt8]) -> Bool {
    let first = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    return first.hasPrefix("# ") && first.hasSuffix(headline)
  }

  /// The spec as a file, with or without comments that say where values come from.
  public func text(origins: Bool) -> String {
    var writer = YAMLWriter(origins: origins)
    writer.comment([
      file + Self.headline,
      "Comments say where values come from that do not stand so in the spec.",
    ])
    writer.add(head)
    if !data.isEmpty { writer.add([.init("data", .mapping(data))]) }
    writer.add([.init("networks", .mapping(networks.map { .init($0.name, $0.rendering) }))])
    writer.add(rest)
    return writer.text
  }
}

extension RenderedSpec.Network {
  fileprivate var rendering: Rendering {
    .mapping(keys + [.init("layers", Rendering(.list(layers.map(\.rendering))))], from: origin)
  }
}

extension RenderedSpec.Layer {
  fileprivate var rendering: Rendering { .mapping([.init(kind, .mapping(keys, from: origin))]) }
}
