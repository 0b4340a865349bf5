import NNDiagnostics
import NNGraph
import NNTensor

extension Diagnostic {
  /// What is wrong with batch normalisations of a model built for one sample that is trained in batches of
  /// `trainingBatch`, the last of an epoch of `samples` with those that are left: with a single value per channel there is
  /// no variance, as PyTorch says too ("expected more than 1 value per channel when training").
  static func singleValues(
    in graph: Graph, of networks: [NetworkRecord], trainingBatch: Int, samples: Int?
  ) -> [Diagnostic] {
    let isLast = trainingBatch > 1
    guard trainingBatch == 1 || samples.map({ $0 % trainingBatch == 1 }) == true else { return [] }
    return networks.flatMap(\.layers).compactMap { layer in
      let isSingle = graph.nodes.contains { node in
        guard let normalize = node.operation as? Normalize, normalize.extent == .batch, node.layer == layer.path else {
          return false
        }
        let shape = graph.shape(node.inputs[0])
        return shape.elementCount == shape[0] * (shape.last ?? 1)
      }
      return isSingle ? .oneValuePerChannel("batch", layer.output, at: layer.kindSpan, isLast: isLast) : nil
    }
  }
}
