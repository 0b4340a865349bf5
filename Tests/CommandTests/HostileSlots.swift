@testable import NNLayers
@testable import NNSpec

/// Every place of a spec where a number may stand, found in the registries of keys: specs with `#` for the number.
enum HostileSlots {
  /// By what the specs are about.
  static let groups: [(name: String, specs: [String])] = [
    ("layers", LayerRegistry.all.flatMap { layers($0) }.map { HostileSlots.spec(layers: $0) }),
    ("losses", losses.map { HostileSlots.spec(loss: $0) }),
    ("train", entries(TrainKeys.train, keeping: "epochs: 1").map { HostileSlots.spec(train: $0) }),
    ("data", entries(DataKeys.source, keeping: "images: data/photos").map { HostileSlots.spec(data: $0) }),
    ("expect", entries(SectionKeys.expect).map { HostileSlots.spec(expect: $0) }),
    ("structure", structures),
    (
      "expressions", expressions.map { HostileSlots.spec(train: "epochs: 1, batch_size: \($0), optimizer: {adam: {}}") }
    ),
  ]

  // MARK: Types

  /// What may be written for a type, with `#` for a number in it; nothing for types without numbers. Of kinds within a
  /// list of mappings (phases) the first one stands for all, which are tried elsewhere.
  static func texts(_ type: ValueType, isInner: Bool = false) -> [String] {
    switch type {
    case .integer, .real: ["#"]
    case .scheduled(let bounds): ["#"] + kinds(ScheduleKeys.family(bounds), isInner: isInner)
    case .pair: ["#", "[#, 3]", "[3, #]"]
    case .shape: ["#", "[#]", "[#, 16, 3]", "[16, #, 3]", "[16, 16, #]"]
    case .list(let element, let count): lists(element, count, isInner: isInner)
    case .percentage: ["#", "#%"]
    case .bytes: ["# GiB", "# B"]
    case .duration: ["# s", "# min"]
    case .count: ["#", "# steps", "# epochs"]
    case .comparison: ["#", "<= #", "\"> #\""]
    case .sizeComparison: ["#", "<= # GiB", "<= # B"]
    case .kind(let family): kinds(family, isInner: isInner)
    case .keys(_, let table): entries(table, isInner: isInner).map { "{\($0)}" }
    case .oneOf(let types): types.flatMap { texts($0, isInner: isInner) }
    case .weights: ["{conv_1: #}"]
    case .boolean, .string, .text, .path, .word, .name, .node, .digest, .lint: []
    }
  }

  private static func lists(_ element: ValueType, _ count: ClosedRange<Int>, isInner: Bool) -> [String] {
    let isMapping = if case .keys = element { true } else { false }
    let others = Array(repeating: ExampleMaker.sample(element), count: max(1, count.lowerBound) - 1)
    return texts(element, isInner: isInner || isMapping).flatMap { text in
      (0...others.count).map { place in
        "[" + (others.prefix(place) + [text] + others.dropFirst(place)).joined(separator: ", ") + "]"
      }
    }
  }

  /// What all kinds of a family take stands in the first one.
  private static func kinds(_ family: KindFamily, isInner: Bool) -> [String] {
    family.kinds.prefix(isInner ? 1 : .max).enumerated().flatMap { index, kind -> [String] in
      let shorthand = kind.shorthand.flatMap { kind.keys[$0] }.map {
        texts($0.type, isInner: isInner).map { "{\(kind.name): \($0)}" }
      }
      let keys = kind.keys.keys + (index == 0 ? family.commonKeys : [])
      return (shorthand ?? []) + entries(KeyTable(keys), isInner: isInner).map { "{\(kind.name): {\($0)}}" }
    }
  }

  /// The keys of a table with a number in one of them and samples for those that must be there besides, or what is kept
  /// instead of them.
  private static func entries(_ table: KeyTable, keeping kept: String? = nil, isInner: Bool = false) -> [String] {
    table.keys.flatMap { key -> [String] in
      let others = table.keys.filter { other in
        if case .required = other.presence { other.name != key.name } else { false }
      }
      let companions = others.map { "\($0.name): \(ExampleMaker.sample($0.type))" }
      let keeps = kept.map { $0.hasPrefix("\(key.name):") ? [] : [$0] } ?? []
      return texts(key.type, isInner: isInner).map {
        (["\(key.name): \($0)"] + companions + keeps).joined(separator: ", ")
      }
    }
  }

  // MARK: Sections

  private static func layers(_ kind: LayerKind) -> [String] {
    let from = kind.operands.contains(1) ? "" : ", from: [previous, input]"
    return entries(kind.definition.keys).map { "\(kind.name): {\($0)\(from)}" }
  }

  private static var losses: [String] {
    let kinds = LossRegistry.family.kinds.flatMap { kind in
      entries(kind.keys).map { "{\(kind.name): {\($0)}}" }
    }
    return kinds + texts(SectionKeys.lossWeight.type).map { "{mse: {}, weight: \($0)}" }
  }

  private static var structures: [String] {
    let bare = "network: {input: [16, 16, 3], layers: [conv: {filters: 2}]}\n"
    return texts(.shape).map { "nnc: 1\nexpect: {outputs: {model: \($0)}}\n" + bare } + [
      "nnc: #\n" + bare, "nnc: 1\nvars: {a: #, b: $(a + 1)}\n" + bare, "nnc: 1\nmetrics: [#]\n" + bare,
    ]
      + texts(.shape).map { "nnc: 1\nnetwork: {input: \($0), layers: [flatten, dense: {units: 2}]}\n" }
      + ["#", "$#", "$(#)"].map {
        "nnc: 1\nnetwork: {input: [16, 16, 3], layers: [repeat: {count: \($0), layers: [conv: {filters: 2}]}]}\n"
      } + [
        "nnc: 1\nblocks: {b: {parameters: {p: #}, layers: [conv: {filters: $p}]}}\nnetwork: {input: [16, 16, 3], layers: [b]}\n"
      ]
      + [
        "nnc: 1\nblocks: {b: {parameters: {p: }, layers: [conv: {filters: $p}]}}\nnetwork: {input: [16, 16, 3], layers: [b: {p: #}]}\n"
      ]
  }

  private static let expressions = [
    "$(# + 1)", "$(# * # * #)", "$(1 // #)", "$(1 / #)", "$(1 % #)", "$(2 ** #)", "$(# ** #)", "$(-(#))",
    "$(# - 1 - 9223372036854775807)", "$(abs(#))", "$(floor(#))", "$(round(# * 1e300))", "\"$(max(#, 1))\"",
    "$(1 if # < 0 else #)",
  ]

  // MARK: Specs

  private static func spec(layers layer: String) -> String {
    """
    nnc: 1
    network:
      input: [16, 16, 3]
      layers:
        - \(layer)
        - output: {channels: 3}
    expect: {memory: <= 1 GiB, flops: <= 1e6}

    """
  }

  private static func spec(
    data: String = "images: data/photos, shape: [16, 16, 3]", loss: String = "mse",
    train: String = "epochs: 1, batch_size: 2, optimizer: {adam: {}}", expect: String = ""
  ) -> String {
    let shape = data.contains("shape:") || !data.contains("images:") ? "" : ", shape: [16, 16, 3]"
    return """
      nnc: 1
      data: {photos: {\(data)\(shape)}}
      network: [conv: {filters: 3}]
      loss: \(loss)
      train: {\(train)}
      expect: {\(expect)}

      """
  }
}
