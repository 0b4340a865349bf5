import NNGraph
import NNSpec
import NNTensor

/// A kind of layer: everything about it in one value. Adding one is one file and one line in `LayerRegistry`.
public struct LayerKind: Sendable {
  /// Its name, keys and one-sentence description.
  public let definition: KindDefinition
  /// The shape of its output, as the reference page gives it.
  public let shapeRule: String
  /// What it computes, as the reference page gives it.
  public let formula: String
  /// A layer of this kind as a spec would write it.
  public let example: String
  /// How many operands it takes: one layer's output, or several.
  public let operands: ClosedRange<Int>
  /// Whether its output has its operand's shape whatever its keys say, so that building goes on where one is wrong.
  public let keepsShape: Bool
  /// Builds it out of operations. Reports what a spec got wrong and gives nil then.
  let build: @Sendable (inout LayerContext) -> Signal?

  init(
    _ definition: KindDefinition, operands: ClosedRange<Int> = 1...1, shapeRule: String, formula: String,
    example: String, keepsShape: Bool = false, build: @escaping @Sendable (inout LayerContext) -> Signal?
  ) {
    self.definition = definition
    self.operands = operands
    self.shapeRule = shapeRule
    self.formula = formula
    self.example = example
    self.keepsShape = keepsShape
    self.build = build
  }

  /// The kind's name in specs.
  public var name: String { definition.name }
}

/// All kinds of layers.
public enum LayerRegistry {
  /// In the order in which the reference lists them.
  public static let all: [LayerKind] = [
    .convolution, .transposedConvolution, .bottleneck, .output, .maxPool, .averagePool, .globalAveragePool, .flatten,
    .reshape, .dense, .upsample, .depthToSpace, .activation, .batchNorm, .instanceNorm,
    .groupNorm, .layerNorm, .dropout, .noise, .concat, .add, .multiply, .pad, .crop,
  ]

  /// What a layer list may hold.
  public static let family = KindFamily("layer", commonKeys: KindFamily.layerKeys, all.map(\.definition))

  /// The kind named `name`.
  public static func kind(_ name: String) -> LayerKind? { all.first { $0.name == name } }
}
