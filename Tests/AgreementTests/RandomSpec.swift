@testable import NNLayers
@testable import NNSpec

/// Specs that a person could have written, right or wrong, made from the registries of keys; small enough to be run.
struct RandomSpec {
  private var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(state: seed &* 0x9E37_79B9_7F4A_7C15 | 1) }

  /// A spec with a network, and mostly with data, a loss and training.
  mutating func text() -> String {
    let size = [4, 6, 8, 9, 12].randomElement(using: &random) ?? 8
    let trains = chance(0.8)
    let layers = (0..<Int.random(in: 1...4, using: &random)).map { _ in layer(depth: 0) } + ending(trains)
    var lines = ["nnc: 1", "blocks: {b: {parameters: {n: 4}, layers: [\(layer(depth: 1)), \(layer(depth: 1))]}}"]
    if trains {
      lines.append(
        "data: {photos: {images: photos, shape: [\(size), \(size), 3]\(chance(0.3) ? ", degrade: [grayscale]" : "")}}")
      lines.append("loss: \(loss())")
      lines.append(
        "train: {steps: 1, batch_size: \(Int.random(in: 1...3, using: &random)), optimizer: \(kind(TrainKeys.optimizers))}"
      )
    }
    lines.append("network:")
    if !trains {
      lines.append(
        "  input: \(chance(0.7) ? "[\(size), \(size), \(Int.random(in: 1...4, using: &random))]" : "[\(size)]")")
    }
    lines.append("  layers:")
    lines += layers.map { "    - \($0)" }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Mostly what a loss against the pictures needs.
  private mutating func ending(_ trains: Bool) -> [String] {
    trains && chance(0.8) ? ["output: {channels: 3\(chance(0.5) ? ", activation: sigmoid" : "")}"] : []
  }

  private mutating func layer(depth: Int) -> String {
    if depth == 0, chance(0.1) { return "b: {n: \(Int.random(in: 1...4, using: &random))}" }
    if depth < 2, chance(0.1) { return "repeat: {count: 2, layers: [\(layer(depth: depth + 1))]}" }
    guard let kind = LayerRegistry.all.randomElement(using: &random) else { return "flatten" }
    var keys = arguments(kind.definition.keys)
    if !kind.operands.contains(1) { keys.append("from: [previous, \(chance(0.7) ? "previous" : "input")]") }
    return keys.isEmpty ? kind.name : "\(kind.name): {\(keys.joined(separator: ", "))}"
  }

  private mutating func loss() -> String {
    let kinds = LossRegistry.family.kinds.filter(\.needsNoKeys)
    guard let loss = kinds.randomElement(using: &random) else { return "mse" }
    let weight = chance(0.3) ? ", weight: \(value(SectionKeys.lossWeight.type))" : ""
    return
      "{\(loss.name): {\(arguments(KeyTable(loss.keys.keys.filter { $0.name != "target" && $0.name != "prediction" })).joined(separator: ", "))}\(weight)}"
  }

  private mutating func arguments(_ table: KeyTable) -> [String] {
    var result: [String] = []
    for key in table.keys {
      switch key.presence {
      case .required: result.append("\(key.name): \(value(key.type))")
      case .optional, .fallback: if chance(0.2) { result.append("\(key.name): \(value(key.type))") }
      }
    }
    return result
  }

  private mutating func kind(_ family: KindFamily) -> String {
    let kinds = family.kinds
    guard let kind = kinds.randomElement(using: &random) else { return "none" }
    let keys = arguments(kind.keys)
    return keys.isEmpty && kind.needsNoKeys ? kind.name : "{\(kind.name): {\(keys.joined(separator: ", "))}}"
  }

  private mutating func value(_ type: ValueType) -> String {
    switch type {
    case .integer(let range): String(integer(range))
    case .pair(let range): chance(0.7) ? String(integer(range)) : "[\(integer(range)), \(integer(range))]"
    case .real(let bounds), .scheduled(let bounds):
      ([0, 0.1, 0.25, 0.5, 0.9, 1, 2, -1].filter { bounds.lower ?? $0 <= $0 && $0 <= bounds.upper ?? $0 }
        .randomElement(using: &random) ?? 0.5).description
    case .boolean: chance(0.5) ? "true" : "false"
    case .word(let words): words.randomElement(using: &random) ?? "none"
    case .shape: chance(0.5) ? "[\(integer(1...256))]" : "[\(integer(1...8)), \(integer(1...8)), \(integer(1...8))]"
    case .kind(let family): kind(family)
    case .oneOf(let types): types.randomElement(using: &random).map { value($0) } ?? "1"
    default: ExampleMaker.sample(type)
    }
  }

  /// Small, mostly within the range.
  private mutating func integer(_ range: ClosedRange<Int>) -> Int {
    let small = [1, 1, 2, 2, 3, 4, 5, 6, 8, 16]
    return chance(0.02) ? -1 : max(range.lowerBound, min(range.upperBound, small.randomElement(using: &random) ?? 1))
  }

  private mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &random) < share }
}

/// The same numbers for the same seed, everywhere (xorshift64*).
private struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_F491_4F6C_DD1D
  }
}
