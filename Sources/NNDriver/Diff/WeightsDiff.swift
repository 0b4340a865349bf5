import NNLayers
import NNTensor

/// What becomes of a weights file's tensors when a spec becomes another.
public struct WeightsDiff: Sendable {
  /// A tensor with its shape in files, before and after.
  public struct Tensor: Sendable {
    /// Its name in the second spec's files; in the first's where it is dropped.
    public var name: String
    /// What it is called in the first spec's files, where that is something else.
    public var oldName: String?
    /// Its shape.
    public var shape: SpecDiff.Change<[Int]>
  }

  /// Name and shape are the same.
  public private(set) var same: [Tensor] = []
  /// The name is the same, the shape another.
  public private(set) var reshaped: [Tensor] = []
  /// The layer is the same and the shape too, the name another.
  public private(set) var renamed: [Tensor] = []
  /// Only the second spec has it.
  public private(set) var added: [Tensor] = []
  /// Only the first has it.
  public private(set) var dropped: [Tensor] = []
  /// Of `same`: the names of tensors that fit by name and shape and belong to another layer than before.
  public private(set) var misplaced: [Tensor] = []

  /// Compares the tensors of two models; `paths` are the layers' paths, before to after.
  init(_ before: Model, _ after: Model, paths: [String: String]) {
    let old = Dictionary(
      before.graph.parameters.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let sources = Dictionary(paths.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    var used: Set<String> = []
    for parameter in after.graph.parameters {
      let shape = parameter.fileShape.dimensions
      let layer = sources[parameter.layer]
      let source = layer.map { $0 + parameter.name.dropFirst(parameter.layer.count) }
      if let twin = old[parameter.name] {
        used.insert(twin.name)
        let tensor = Tensor(
          name: parameter.name, oldName: source == parameter.name ? nil : source,
          shape: .init(before: twin.fileShape.dimensions, after: shape))
        if !tensor.shape.isSame { reshaped.append(tensor) } else { same.append(tensor) }
        if tensor.shape.isSame, layer != parameter.layer { misplaced.append(tensor) }
      } else if let source, source != parameter.name, let twin = old[source],
        twin.fileShape.dimensions == shape
      {
        used.insert(source)
        renamed.append(Tensor(name: parameter.name, oldName: source, shape: .init(before: shape, after: shape)))
      } else {
        added.append(Tensor(name: parameter.name, shape: .init(after: shape)))
      }
    }
    dropped = before.graph.parameters.filter { !used.contains($0.name) }.map {
      Tensor(name: $0.name, shape: .init(before: $0.fileShape.dimensions))
    }
  }
}
