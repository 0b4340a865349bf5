import NNLayers
import NNPlan
import NNSpec
import NNTensor

/// What is different between two specs.
public struct SpecDiff: Sendable {
  /// A value before and after; nil on a side where there is none.
  public struct Change<Value: Equatable & Sendable>: Sendable {
    /// In the first spec.
    public var before: Value?
    /// In the second.
    public var after: Value?

    /// Whether both are the same.
    public var isSame: Bool { before == after }
  }

  /// A key with its value before and after.
  public struct Setting: Sendable {
    /// The key with those that it lies in, `train.optimizer.adam.beta1`.
    public var key: String
    /// The values as they are written.
    public var value: Change<String>
  }

  /// A layer that is not the same in both.
  public struct Layer: Sendable {
    /// What happened to it.
    public enum Status: String, Sendable {
      case added, removed, changed, renamed
      /// Nothing but what goes in, and with it its output or its weights.
      case affected
    }

    /// What happened to it.
    public var status: Status
    /// Its path in the network.
    public var path: Change<String>
    /// Kind and what distinguishes it.
    public var summary: Change<String>
    /// Its output without the batch.
    public var output: Change<[Int]>
    /// Learnt values.
    public var parameters: Change<Int>
    /// The keys that differ.
    public var keys: [Setting]
  }

  /// A network that is in one or both.
  public struct Network: Sendable {
    /// Its name.
    public var name: String
    /// The layers that are not the same.
    public var layers: [Layer]
    /// How many are.
    public var sameLayers: Int
    /// Learnt values.
    public var parameters: Change<Int>
    /// Additions and multiplications for one sample.
    public var flops: Change<Int>
    /// Rows and columns of its input that one value of its output depends on.
    public var field: Change<ReceptiveField>
  }

  /// What the specs are called for people.
  public var files: (before: String, after: String)
  /// The networks of both.
  public var networks: [Network]
  /// The tensors of weights files.
  public var weights: WeightsDiff
  /// What differs besides layers, by key.
  public var settings: [Setting]
  /// Predicted peak memory in bytes, running one sample.
  public var runMemory: Change<Int>
  /// The same, training.
  public var trainMemory: Change<Int>

  /// Whether nothing differs.
  public var isSame: Bool {
    settings.isEmpty && networks.allSatisfy { $0.layers.isEmpty && !$0.isOneSided }
  }

  /// Compares two specs without errors.
  public init(_ before: CheckedSpec, _ after: CheckedSpec) throws(CommandFailure) {
    let plans = (try before.plans(), try after.plans())
    guard let a = before.rendered(for: ""), let b = after.rendered(for: "") else { throw CommandFailure.findings }
    files = (before.path, after.path)
    let names =
      a.networks.map(\.name) + b.networks.map(\.name).filter { name in a.networks.allSatisfy { $0.name != name } }
    var renamed: [String: String] = [:]
    networks = names.map { name in
      let diff = NetworkDiff(name, before: (a, plans.0.model), after: (b, plans.1.model))
      renamed.merge(diff.paths) { first, _ in first }
      return diff.network
    }
    weights = WeightsDiff(plans.0.model, plans.1.model, paths: renamed)
    settings = SettingsDiff.compare(a, b)
    runMemory = Change(before: plans.0.runningMemory.total, after: plans.1.runningMemory.total)
    trainMemory = Change(before: SpecDiff.training(plans.0), after: SpecDiff.training(plans.1))
  }

  private static func training(_ plans: Plans) -> Int? { plans.trainingMemory?.total }
}

extension SpecDiff.Network {
  /// Whether it is in one of the specs only.
  public var isOneSided: Bool { parameters.before == nil || parameters.after == nil }
}

/// Compares one network.
struct NetworkDiff {
  /// What differs.
  let network: SpecDiff.Network
  /// The layers' full paths, before to after.
  private(set) var paths: [String: String] = [:]

  init(
    _ name: String, before: (spec: RenderedSpec, model: Model), after: (spec: RenderedSpec, model: Model)
  ) {
    let layers = (before.spec.layers(of: name), after.spec.layers(of: name))
    let records = (before.model.network(name), after.model.network(name))
    let pairs = LayerAlignment(layers.0, layers.1).pairs
    var names: [String: String] = [:]
    for case (let old?, let new?) in pairs { names[layers.0[old].path] = layers.1[new].path }
    let all = pairs.map { pair in
      NetworkDiff.compare(
        pair.before.map { (layers.0[$0], records.0?.layers[$0]) },
        pair.after.map { (layers.1[$0], records.1?.layers[$0]) }, names)
    }
    paths = Dictionary(uniqueKeysWithValues: names.map { ("\(name).\($0)", "\(name).\($1)") })
    network = SpecDiff.Network(
      name: name, layers: all.compactMap { $0 }, sameLayers: all.count { $0 == nil },
      parameters: .init(before: records.0?.parameters, after: records.1?.parameters),
      flops: .init(before: records.0?.flops, after: records.1?.flops),
      field: .init(before: records.0?.layers.last?.field, after: records.1?.layers.last?.field))
  }

  private typealias Side = (layer: RenderedSpec.Layer, record: LayerRecord?)

  /// What differs between a layer before and after; nil for nothing. `names` are the other layers' names after.
  private static func compare(_ before: Side?, _ after: Side?, _ names: [String: String]) -> SpecDiff.Layer? {
    let path = SpecDiff.Change(before: before?.layer.path, after: after?.layer.path)
    let output = SpecDiff.Change(before: before?.record?.output, after: after?.record?.output)
    let parameters = SpecDiff.Change(before: before?.record?.parameters, after: after?.record?.parameters)
    var keys: [SpecDiff.Setting] = []
    let status: SpecDiff.Layer.Status
    switch (before, after) {
    case (let before?, let after?):
      keys = NetworkDiff.keys(before.layer, after.layer, names)
      if !keys.isEmpty {
        status = .changed
      } else if !path.isSame {
        status = .renamed
      } else if !output.isSame || !parameters.isSame {
        status = .affected
      } else {
        return nil
      }
    case (nil, _): status = .added
    case (_, nil): status = .removed
    }
    return SpecDiff.Layer(
      status: status, path: path,
      summary: .init(before: before?.record?.summary, after: after?.record?.summary), output: output,
      parameters: parameters, keys: keys)
  }

  private static func keys(
    _ before: RenderedSpec.Layer, _ after: RenderedSpec.Layer, _ names: [String: String]
  ) -> [SpecDiff.Setting] {
    var old = before.keys.filter { $0.key != "name" }
    if let index = old.firstIndex(where: { $0.key == "from" }) { old[index].value = old[index].value.renamed(names) }
    let kind = SpecDiff.Setting(key: "kind", value: .init(before: before.kind, after: after.kind))
    return (kind.value.isSame ? [] : [kind])
      + SettingsDiff.compare(old, after.keys.filter { $0.key != "name" }, prefix: "")
  }
}

extension RenderedSpec {
  fileprivate func layers(of network: String) -> [Layer] { networks.first { $0.name == network }?.layers ?? [] }
}

extension Rendering {
  /// With other names for layers.
  fileprivate func renamed(_ names: [String: String]) -> Rendering {
    switch content {
    case .scalar(let text): Rendering(.scalar(names[text] ?? text))
    case .list(let items): Rendering(.list(items.map { $0.renamed(names) }))
    case .mapping: self
    }
  }
}
