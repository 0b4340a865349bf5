import NNDiagnostics
import NNGraph
import NNTensor

/// A checked spec as a graph, with what reports and training need to know about it.
public struct Model: Sendable {
  /// All networks, applied to their inputs, and all losses. Its outputs are chosen by purpose.
  public var graph: Graph
  /// The networks in the spec's order.
  public var networks: [NetworkRecord]
  /// The losses in the spec's order.
  public var losses: [LossRecord]
  /// What is wrong; the graph is whole only without errors.
  public var diagnostics: Diagnostics

  /// The networks' results, for a plan that runs them.
  public var results: [GraphOutput]

  /// The networks that may be run without being named: those that no other network and no loss uses.
  public var runnable: [String] = []

  /// The network that runs where none is named; nil where there are several to choose from.
  public var defaultNetwork: String? { runnable.count == 1 ? runnable[0] : nil }

  /// The graph that computes the result of the default network; of all where there is none.
  public var runGraph: Graph { runGraph(network: defaultNetwork) }

  /// The graph that computes one network's result; all networks' where it is nil.
  public func runGraph(network: String?) -> Graph {
    graph(network.map { name in results.filter { $0.name == name } } ?? results)
  }

  /// The record of a network.
  public func network(_ name: String) -> NetworkRecord? { networks.first { $0.name == name } }

  /// The graph that computes the losses, and the first loss's prediction as `prediction`.
  public var evaluationGraph: Graph {
    let prediction = losses.first.map { [GraphOutput(name: "prediction", value: $0.prediction)] } ?? []
    return graph(prediction + lossOutputs)
  }

  /// The graph that computes the losses, to be differentiated.
  public var trainingGraph: Graph { graph(lossOutputs) }

  private var lossOutputs: [GraphOutput] { losses.map { GraphOutput(name: $0.outputName, value: $0.value) } }

  private func graph(_ outputs: [GraphOutput]) -> Graph {
    var copy = graph
    copy.outputs = outputs
    return copy
  }
}

/// A loss of a model.
public struct LossRecord: Sendable {
  /// Its name in the spec.
  public var name: String
  /// Its factor in the sum that is minimised.
  public var weight: Schedule
  /// The scalar.
  public var value: ValueID
  /// What is compared.
  public var prediction: ValueID
  /// The network whose output is compared.
  public var network: String
  /// What it is compared with, as a graph input: `photos.target`.
  public var targetName: String
  /// The prediction's shape without the batch.
  public var predictionShape: [Int]
  /// Whether the target is class labels.
  public var comparesLabels: Bool

  /// What the loss is called among a plan's outputs; its weight is the scalar of this name with `.weight`.
  public var outputName: String { "losses.\(name)" }
}
