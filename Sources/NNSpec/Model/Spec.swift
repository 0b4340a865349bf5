import NNDiagnostics
import NNTensor

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
  /// Where samples come from, in the order of the file; then those of included files, as `alias.name`.
  public let data: [DataSource]
  /// The networks in the order of the file, then those of included files; `network:` alone is one named `model`.
  public let networks: [Network]
  /// The blocks of all files.
  public let blocks: [Block]
  /// The names of the blocks that each file may use.
  public let blockNames: [FileID: [String]]
  /// Aliases of included files that could not be read, which is reported: nothing is known of the names inside.
  let missingIncludes: Set<String>
  /// What is minimised, in the order of the file; `loss:` alone is one named `loss`.
  public let losses: [LossUse]
  /// What `eval` and validation report.
  public let metrics: [Spanned<Metric>]
  /// How to train; `nil` where the spec does not say.
  public let train: TrainSettings?
  /// What `check` is to prove.
  public let expect: Expectations
  /// The warnings that the spec and the files it includes accept.
  public let allowances: [Allowance]
  /// What the spec's own file declares for its own use.
  public let declarations: [Declaration]
  /// The word `loss`, `losses`, `train`, … as written at top level, for diagnostics about a section as a whole.
  public let sectionSpans: [String: Span]
  /// The file as written, overrides among it.
  public let part: SpecPart

  /// The data sources of the spec's own file.
  public var ownData: [DataSource] { data.filter { !$0.name.contains(".") } }

  /// Whether a full name lies in an included file that could not be read.
  public func isMissing(_ name: String) -> Bool {
    Names.beginnings(of: name).contains(where: missingIncludes.contains)
  }
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
  public let weight: Schedule?
  /// The weight's place, where it is written.
  public let weightSpan: Span?
  /// All of it as written, its weight too.
  public let part: SpecPart
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

extension Spec {
  /// Whether a run folder may be called so.
  public static func isFolderName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 200 && !name.hasPrefix(".") && !name.contains("/")
      && !name.unicodeScalars.contains { $0.properties.generalCategory == .control }
  }
}
