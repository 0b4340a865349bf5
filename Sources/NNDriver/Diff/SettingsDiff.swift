import NNSpec

/// Compares what specs say besides layers, key by key, with all defaults.
enum SettingsDiff {
  /// The keys that differ: those of networks that both have, then data, losses, metrics, training and expectations.
  static func compare(_ before: RenderedSpec, _ after: RenderedSpec) -> [SpecDiff.Setting] {
    let common = Set(before.networks.map(\.name)).intersection(after.networks.map(\.name))
    // A name that one takes from its file and the other writes is the same.
    let unchanged = Set(
      before.head.filter { old in after.head.contains { $0.key == old.key && $0.value.flow == old.value.flow } }
        .map(\.key))
    return compare(
      sections(before, common, unchanged: unchanged), sections(after, common, unchanged: unchanged), prefix: "")
  }

  private static func sections(
    _ spec: RenderedSpec, _ networks: Set<String>, unchanged: Set<String>
  ) -> [Rendering.Entry] {
    let head = spec.head.filter { $0.key != "nnc" && $0.value.origin == nil && !unchanged.contains($0.key) }
    let keys = spec.networks.filter { networks.contains($0.name) }.map {
      Rendering.Entry($0.name, .mapping($0.keys))
    }
    return head + [.init("networks", .mapping(keys)), .init("data", .mapping(spec.data))] + spec.rest
  }

  /// The keys that differ between two mappings: those of the first in its order, then those that only the second has.
  static func compare(
    _ before: [Rendering.Entry], _ after: [Rendering.Entry], prefix: String
  ) -> [SpecDiff.Setting] {
    let new = Dictionary(after.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    let known = Set(before.map(\.key))
    return before.flatMap { compare($0.value, new[$0.key], key: prefix + $0.key) }
      + after.filter { !known.contains($0.key) }.flatMap { compare(nil, $0.value, key: prefix + $0.key) }
  }

  private static func compare(_ before: Rendering?, _ after: Rendering?, key: String) -> [SpecDiff.Setting] {
    if case .mapping(let old)? = before?.content, case .mapping(let new)? = after?.content {
      return compare(old, new, prefix: key + ".")
    }
    let value = SpecDiff.Change(before: before?.flow, after: after?.flow)
    return value.isSame ? [] : [SpecDiff.Setting(key: key, value: value)]
  }
}
