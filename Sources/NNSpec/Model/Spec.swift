import NNDiagnostics

/// A spec with its sections read and its places kept. Layers and losses are `KindItem`s: their kinds are looked up by
/// whoever knows them.
public struct Spec: Sendable {
  /// The file.
  public let file: FileID
  /// For people and for the run folder: `name:`, else the file's name without its ending.
  public let name: String
  /// `description:`, as it stands.
  public let description: String?
  /// The values of `vars` and everything else that expressions see at top level.
  public let environment: Environment
  /// Where samples come from, in the order of the file.
  public let data: [DataSource]
  /// The networks in the order of the file; `network:` alone is one named `model`.
  public let networks: [Network]
  /// What is minimised, in the order of the file; `loss:` alone is one named `loss`.
  public let losses: [LossUse]
  /// What `eval` and validation report.
  public let metrics: [Spanned<Metric>]
  /// How to train; `nil` where the spec does not say.
  public let train: TrainSettings?
  /// What `check` is to prove.
  public let expect: Expectations
  /// The word `loss`, `losses`, `train`, … as written at top level, for diagnostics about a section as a whole.
  public let sectionSpans: [String: Span]
}

/// A network as written.
public struct Network: Sendable {
  /// Its name; `model` for `network:`.
  public let name: String
  /// The name's token (the key `network` where there is no name).
  public let nameSpan: Span
  /// What goes in.
  public let input: NetworkInput
  /// Its layers in order.
  public let layers: [LayerUse]
  /// Whether it never trains.
  public let isFrozen: Bool
  /// A weights file that is loaded before training, as written: relative to the spec's folder.
  public let weights: Spanned<String>?
  /// False where something of it is wrong and reported, so that its output is unknown.
  public let isComplete: Bool
}

/// What goes into a network.
public enum NetworkInput: Sendable, Hashable {
  /// The spec's only data source: a network that is a list alone, or has no `input:`. The span is the network's name.
  case onlySource(Span)
  /// A name: `photos`, `photos.input`, `digits.image`.
  case name(Spanned<String>)
  /// A bare shape: the network is a function.
  case shape(Spanned<[Int]>)
  /// Wrong, and reported.
  case invalid
}

/// A layer as written in a network's list.
public struct LayerUse: Sendable, Hashable {
  /// Kind and arguments; `name` and `from` are still among them.
  public let item: KindItem
  /// `name:`, where it is written and valid.
  public let name: Spanned<String>?
  /// What expressions inside it see.
  public let environment: Environment
  /// Whether it is wrong and reported already: its output is unknown, and nothing more is to be said about it.
  public let isReported: Bool

  /// The kind as written.
  public var kind: String { item.kind }
  /// The kind's token.
  public var kindSpan: Span { item.kindSpan }
  /// The whole item.
  public var span: Span { item.span }
}

/// A loss as written.
public struct LossUse: Sendable {
  /// Its name; `loss` for `loss:`.
  public let name: String
  /// The name's token (the key `loss` where there is no name).
  public let nameSpan: Span
  /// Kind and arguments.
  public let item: KindItem
  /// What expressions inside it see.
  public let environment: Environment
  /// `weight:`, 1 by default; `nil` where it is invalid and reported.
  public let weight: Double?
  /// The weight's place, where it is written.
  public let weightSpan: Span?
}

/// What `eval` and validation can report.
public enum Metric: String, Sendable, CaseIterable {
  case psnr
  case ssim
  case mse
  case mae
  case accuracy
}

/// What `check` is to prove, from `expect:`.
public struct Expectations: Sendable {
  /// The only or first network's output shape.
  public var output: Spanned<[Int]>?
  /// Output shapes by network.
  public var outputs: [(network: Spanned<String>, shape: Spanned<[Int]>)] = []
  /// How many parameters there are.
  public var parameters: Spanned<Comparison>?
  /// Predicted peak of memory in bytes.
  public var memory: Spanned<Comparison>?
  /// FLOPs of running one sample.
  public var flops: Spanned<Comparison>?
}
