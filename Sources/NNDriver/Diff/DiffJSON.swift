import NNLayers
import NNText

extension SpecDiff {
  /// The difference for machines: everything, in full.
  public var json: JSON {
    .object([
      ("before", .string(files.before)), ("after", .string(files.after)), ("same", .boolean(isSame)),
      ("networks", .array(networks.map(\.json))), ("weights", weights.json),
      ("settings", .array(settings.map(\.json))),
      (
        "memory",
        .object([
          ("run_bytes", runMemory.json { .integer($0) }), ("train_bytes", trainMemory.json { .integer($0) }),
        ])
      ),
    ])
  }
}

extension SpecDiff.Change {
  fileprivate func json(_ value: (Value) -> JSON) -> JSON {
    .object([("before", before.map(value) ?? .null), ("after", after.map(value) ?? .null)])
  }
}

extension SpecDiff.Setting {
  fileprivate var json: JSON {
    .object([
      ("key", .string(key)), ("before", value.before.map { .string($0) } ?? .null),
      ("after", value.after.map { .string($0) } ?? .null),
    ])
  }
}

extension SpecDiff.Network {
  fileprivate var json: JSON {
    .object([
      ("name", .string(name)), ("layers", .array(layers.map(\.json))), ("same_layers", .integer(sameLayers)),
      ("parameters", parameters.json { .integer($0) }), ("flops", flops.json { .integer($0) }),
      ("receptive_field", field.json { $0.json }),
    ])
  }
}

extension SpecDiff.Layer {
  fileprivate var json: JSON {
    .object([
      ("status", .string(status.rawValue)), ("path", path.json { .string($0) }),
      ("summary", summary.json { .string($0) }), ("output", output.json { .integers($0) }),
      ("parameters", parameters.json { .integer($0) }), ("keys", .array(keys.map(\.json))),
    ])
  }
}

extension WeightsDiff {
  fileprivate var json: JSON {
    func names(_ tensors: [Tensor]) -> JSON { .array(tensors.map { .string($0.name) }) }
    func all(_ tensors: [Tensor]) -> JSON { .array(tensors.map(\.json)) }
    return .object([
      ("same", names(same)), ("misplaced", names(misplaced)), ("reshaped", all(reshaped)), ("renamed", all(renamed)),
      ("added", all(added)), ("dropped", all(dropped)),
    ])
  }
}

extension WeightsDiff.Tensor {
  fileprivate var json: JSON {
    let old: [(String, JSON)] = oldName.map { [("was", .string($0))] } ?? []
    return .object([("name", .string(name))] + old + [("shape", shape.json { .integers($0) })])
  }
}

extension JSON {
  fileprivate static func integers(_ numbers: [Int]) -> JSON { .array(numbers.map { .integer($0) }) }
}

extension ReceptiveField {
  /// `[rows, columns]`; null for all.
  fileprivate var json: JSON { extent.map { .integers([$0.height, $0.width]) } ?? .null }
}
