import NNDiagnostics

/// A network as written.
public struct Network: Sendable {
  /// Its name; `model` for `network:`, `alias.name` for one of an included file.
  public internal(set) var name: String
  /// What stands before the names that it may refer to: empty, or `alias.` for one of an included file.
  public internal(set) var scope = ""
  /// The name's token (the key `network` where there is no name).
  public let nameSpan: Span
  /// What goes in.
  public let input: NetworkInput
  /// Its layers in order; those of the other network where it is `like` one.
  public internal(set) var layers: [LayerUse]
  /// Whether it never trains.
  public let isFrozen: Bool
  /// A weights file that is loaded before training, relative to the spec's folder.
  public let weights: Spanned<String>?
  /// The SHA-256 checksum that the weights file must have, in small hexadecimal digits.
  public let weightsDigest: Spanned<String>?
  /// What numbers its input takes, where it says so.
  public let scale: ValueScale
  /// The network whose layers it has.
  public let like: Spanned<String>?
  /// The place of `like`, for diagnostics in the other network's layers.
  public internal(set) var site: ExpansionSite?
  /// False where something of it is wrong and reported, so that its output is unknown.
  public internal(set) var isComplete: Bool
  /// All of it as written.
  public let part: SpecPart

  /// As it is called in a file that includes this one as `alias`.
  func imported(as alias: String) -> Network {
    var copy = self
    copy.name = "\(alias).\(name)"
    copy.scope = "\(alias).\(scope)"
    return copy
  }
}

/// What goes into a network.
public indirect enum NetworkInput: Sendable, Hashable {
  /// The file's only data source, by name, for a network without `input:`. The span is the network's name.
  case onlySource(Spanned<String>)
  /// A name: `photos`, `photos.input`, `encoder`, `encoder.code`.
  case name(Spanned<String>)
  /// Several inputs by name.
  case several([NamedInput])
  /// A bare shape: the network is a function.
  case shape(Spanned<[Int]>)
  /// Wrong, and reported.
  case invalid

  /// The names in it.
  public var names: [Spanned<String>] {
    switch self {
    case .onlySource(let name), .name(let name): [name]
    case .several(let inputs): inputs.flatMap(\.input.names)
    case .shape, .invalid: []
    }
  }
}

/// One of several inputs of a network.
public struct NamedInput: Sendable, Hashable {
  /// What layers call it.
  public let name: Spanned<String>
  /// What goes in: a name or a shape.
  public let input: NetworkInput
}

/// A block of the spec or of an included file.
public struct Block: Sendable {
  /// Its name.
  public let name: String
  /// The name's token.
  public let nameSpan: Span
  /// Whether a network or another block uses it.
  public let isUsed: Bool
  /// Its layers with unknown parameters, where nothing uses it; they are checked like those of a network.
  public let unusedLayers: [LayerUse]
}
