import NNDiagnostics
import NNSpec
import NNTensor

/// What reports say about one layer.
public struct LayerRecord: Sendable {
  /// Its name in the network, such as `conv_1`.
  public var name: String
  /// Its path, such as `model.conv_1`.
  public var path: String
  /// Its kind as written.
  public var kind: String
  /// The kind's token.
  public var kindSpan: Span
  /// Kind and what distinguishes it, such as `conv 3×3`.
  public var summary: String
  /// The first operand's shape without the batch.
  public var input: [Int]
  /// The output's shape without the batch.
  public var output: [Int]
  /// Learnt values.
  public var parameters: Int
  /// Additions and multiplications for one sample.
  public var flops: Int
  /// How much of the network's input one value sees.
  public var field: ReceptiveField
  /// How the output's rows came about, where they differ from the input's.
  var arithmetic: String?
  /// The stride, factor or pool stride along both directions.
  var stride: (height: Int, width: Int)
  /// `output_padding` where it is written.
  var outputPadding: (height: Int, width: Int)
  /// The value of `padding`, where it is written as a number.
  var paddingSpan: Span?
  /// The layers its operands came from, by index; nil for the network's input.
  public internal(set) var sources: [Int?]
  /// What the network calls its inputs among the operands; nil for layers and for an input without a name.
  public internal(set) var inputNames: [String?]
  /// The layer as written.
  var use: LayerUse
  /// Its keys with their values.
  var arguments: Arguments
}

/// What reports say about one network.
public struct NetworkRecord: Sendable {
  /// Its name.
  public var name: String
  /// The name's place.
  public var nameSpan: Span
  /// What goes in, as a name: `photos.input`, `encoder`, or `model.input` for a bare shape.
  public var inputName: String
  /// The plan inputs that it needs in the end, through the networks whose output it takes.
  public var dataInputs: [String] = []
  /// Those that its `input` names, by these names.
  public var dataInputNames: [String: String] = [:]
  /// The input's shape without the batch; nil where it is unknown.
  public var input: [Int]?
  /// Its layers in order, as far as they could be built.
  public var layers: [LayerRecord]
  /// The output's shape without the batch; nil where something is wrong.
  public var output: [Int]?
  /// A weights file named by the spec.
  public var weights: String?
  /// Where its layers were expanded from, where it is `like` another one.
  var site: ExpansionSite?
  /// Whether it never trains.
  public var isFrozen: Bool
  /// True where its size can change with the input's: no layer counts its input's values.
  public var isConvolutional: Bool

  /// Learnt values of all layers.
  public var parameters: Int { layers.reduce(0) { $0 + $1.parameters } }

  /// Additions and multiplications for one sample.
  public var flops: Int { layers.saturatedSum(of: \.flops) }
}
