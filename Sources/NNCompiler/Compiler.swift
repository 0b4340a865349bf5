import NNGraph
import NNKernels
import NNPlan
import NNTensor

/// How a plan is made.
public struct CompilerOptions: Sendable {
  /// Joins operations into fused steps.
  public var fuse = true
  /// Lets buffers share memory.
  public var reuse = true
  /// The tiles of the kernels that will run the plan.
  public var tiles: TileShape
  /// How convolutions are computed.
  public var algorithms = AlgorithmChoice.fastest

  /// Everything on.
  public init(tiles: TileShape) { self.tiles = tiles }
}

/// From a graph to a plan: a straight list of named passes, verified after each.
public struct Compiler {
  /// How plans are made.
  public var options: CompilerOptions
  /// Called after each pass with its name and the graph or plan as it left it; for `--dump-after`.
  public var observe: ((_ pass: String, _ state: State) -> Void)?

  /// What a pass leaves behind.
  public enum State {
    case graph(Graph)
    case plan(Plan)
  }

  /// The passes, in order.
  public static let passNames = [
    "build", "stabilize", "differentiate", "simplify", "fuse", "choose", "schedule", "memory",
  ]

  /// A compiler with these options.
  public init(options: CompilerOptions) { self.options = options }

  /// The plan that computes the graph's outputs; with `recipe`, the training step that computes the losses and updates
  /// the parameters of its phases.
  public func plan(
    _ graph: Graph, name: String, purpose: Purpose, batch: Int, recipe: TrainingRecipe? = nil
  ) -> Plan {
    var graph = graph
    check(graph, "build")
    graph.stabilize()
    check(graph, "stabilize")
    if let recipe { graph.addTraining(recipe) }
    check(graph, "differentiate")
    graph.simplify(training: purpose == .train)
    check(graph, "simplify")
    if options.fuse { graph.fuse() }
    check(graph, "fuse")
    var plan = Lowering.lower(graph, name: name, purpose: purpose, batch: batch, options: options)
    observe?("choose", .plan(plan))
    plan.schedule()
    observe?("schedule", .plan(plan))
    plan.planMemory(reuse: options.reuse)
    PlanVerifier.verify(plan, after: "memory")
    observe?("memory", .plan(plan))
    return plan
  }

  private func check(_ graph: Graph, _ pass: String) {
    graph.verify(after: pass)
    observe?(pass, .graph(graph))
  }
}
