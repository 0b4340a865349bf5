import NNDiagnostics
import NNGraph
import NNSpec
import NNTensor

/// A checked spec as a graph, with what reports and training need to know about it.
public struct Model: Sendable {
  /// All networks, applied to their inputs, and all losses. Its outputs are chosen by purpose.
  public var graph: Graph
  /// The networks in the spec's order.
  public var networks: [NetworkRecord]
  /// The losses in the spec's order.
  public var losses: [LossRecord]
  /// What each step of training does, in order; empty where the spec does not train.
  public var phases: [PhaseRecord] = []
  /// The numbers of layers that follow a schedule, by the names of their scalars.
  public var schedules: [String: Schedule] = [:]
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

  /// The graph that computes the losses, and the leading one's prediction as `prediction`.
  public var evaluationGraph: Graph {
    let prediction = losses.leading.map { [GraphOutput(name: "prediction", value: $0.prediction)] } ?? []
    return graph(prediction + lossOutputs)
  }

  /// The graph that computes the losses, to be differentiated.
  public var trainingGraph: Graph { graph(lossOutputs) }

  /// The product of the strides of these layers, by their paths, along the height (`axis` 0) or the width; nil where it is
  /// more than `most`.
  public func strides(of layers: Set<String>, axis: Int, atMost most: Int) -> Int? {
    let product = networks.flatMap(\.layers).reduce(1) { product, layer in
      layers.contains(layer.path)
        ? product.multipliedSaturated(by: max(1, axis == 0 ? layer.stride.height : layer.stride.width)) : product
    }
    return product <= most ? product : nil
  }

  private var lossOutputs: [GraphOutput] {
    losses.flatMap { loss in loss.parts.map { GraphOutput(name: $0.outputName, value: $0.value) } }
  }

  private func graph(_ outputs: [GraphOutput]) -> Graph {
    var copy = graph
    copy.outputs = outputs
    return copy
  }
}

/// A loss of a model, or one of the two terms of an adversarial loss.
public struct LossRecord: Sendable {
  /// A scalar of which a loss is made.
  public struct Part: Sendable {
    /// What it is called among a plan's outputs; its weight is the scalar of this name with `.weight`.
    public var outputName: String
    /// The scalar.
    public var value: ValueID
    /// Its factor in the loss.
    public var factor: Double
  }

  /// Its name in the spec, with `.generator` or `.discriminator` for a term of an adversarial loss.
  public var name: String
  /// The loss's name in the spec.
  public var nameSpan: Span
  /// Its kind in the spec: `mse`, `perceptual`, `adversarial`.
  public var kind: String
  /// Its factor in the sum that is minimised.
  public var weight: Schedule
  /// The scalars whose weighted sum it is.
  public var parts: [Part]
  /// What is compared.
  public var prediction: ValueID
  /// The network whose output is compared.
  public var network: String
  /// What it is compared with, as a graph input: `photos.target`.
  public var targetName: String
  /// False where that matters to metrics only.
  public var takesTarget = true
  /// The prediction's shape without the batch.
  public var predictionShape: [Int]
  /// Whether the target is class labels.
  public var comparesLabels: Bool
  /// The other network that computes it: features, or a discriminator.
  public var judge: Judge?
  /// The graph inputs that it, or what it compares, is computed from: `photos.input`; `critic.input` for a network that is
  /// given a bare shape.
  public var inputs: [String] = []

  /// A network that computes a loss.
  public struct Judge: Sendable {
    /// Its name.
    public var network: String
    /// Where the loss names it.
    public var span: Span
    /// Whether this is the term that the network itself minimises.
    public var isOwnTerm: Bool
    /// The kind of an adversarial loss; nil for features.
    public var adversarial: AdversarialKind?
    /// What a Wasserstein discriminator's weights are kept within.
    public var clip: Clip?
  }

  /// The limit of a Wasserstein discriminator's weights.
  public struct Clip: Sendable {
    /// The largest magnitude.
    public var bound: Float
    /// Where it stands, or the loss whose default it is.
    public var span: Span
  }

  /// The loss's name in the spec: without the term of an adversarial loss.
  public var termlessName: String {
    guard let judge, judge.adversarial != nil else { return name }
    return String(name.dropLast(judge.isOwnTerm ? ".discriminator".count : ".generator".count))
  }

  /// The data source of what it is compared with.
  var targetSource: Substring { targetName[..<(targetName.lastIndex(of: ".") ?? targetName.endIndex)] }

  /// What a loss of this name is called among a plan's outputs.
  static func outputName(_ name: String) -> String { "losses.\(name)" }
}

/// What updates some networks in a step of training.
public struct PhaseRecord: Sendable {
  /// Its name; `train` where the spec has no phases.
  public var name: String
  /// The networks that it updates.
  public var networks: [String]
  /// The names of the losses that it minimises.
  public var losses: [String]
  /// What updates the parameters.
  public var optimizer: Optimizer
  /// The names of the networks' learnt parameters that the losses depend on: what it updates.
  public var parameters: Set<String> = []
  /// It takes part in every so many steps.
  public var every = 1
  /// The steps before it begins.
  public var start = TrainingCount.steps(0)
  /// The last step that it takes part in; nil for the last of all.
  public var end: TrainingCount?

  /// What the phase of a spec without phases is called.
  public static let defaultName = "train"
}

extension [LossRecord] {
  /// The loss whose prediction and target metrics, previews and the length of an epoch go by: the first that has a target;
  /// the first of all where none has.
  public var leading: LossRecord? { first(where: \.takesTarget) ?? first }
}
