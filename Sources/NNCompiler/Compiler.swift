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
  /// Updates parameters as soon as their gradients are complete, where that takes no more memory.
  public var updatesEarly = true
  /// So many samples go through at a time where they can; where nil, as many as the compiler chooses.
  public var chunk: Int?
  /// The most bytes of the arena, where that can be: the plan then has fewer samples go through at a time, or makes some
  /// values again instead of keeping them.
  public var arenaLimit: Int?
  /// The tiles of the kernels that will run the plan.
  public var tiles: TileShape
  /// What activations are stored and multiplied as: `float32`, or `bfloat16` for kernels that can. Sums, losses and
  /// parameters are in single precision.
  public var precision = ElementType.float32
  /// How convolutions are computed.
  public var algorithms = AlgorithmChoice.fastest
  /// What was measured to be better than the rules' choices.
  public var tuning = Tuning()

  /// Everything on.
  public init(tiles: TileShape) { self.tiles = tiles }
}

/// From a graph to a plan: a straight list of named passes, verified after each that changed something.
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
    "build", "stabilize", "differentiate", "simplify", "fuse", "precision", "choose", "split", "schedule", "recompute",
    "memory",
  ]

  /// A compiler with these options.
  public init(options: CompilerOptions) { self.options = options }

  /// The plan that computes the graph's outputs; with `recipe`, the training step that computes the losses and updates
  /// the parameters of its phases.
  public func plan(
    _ graph: Graph, name: String, purpose: Purpose, batch: Int, recipe: TrainingRecipe? = nil
  ) -> Plan {
    var graph = graph
    var verified = -1
    func check(_ pass: String) {
      if graph.changes != verified { graph.verify(after: pass) }
      verified = graph.changes
      observe?(pass, .graph(graph))
    }
    check("build")
    graph.stabilize()
    check("stabilize")
    if let recipe { graph.addTraining(recipe) }
    check("differentiate")
    graph.simplify(training: purpose == .train)
    check("simplify")
    if options.fuse { graph.fuse(tiles: options.tiles) }
    check("fuse")
    if options.precision == .bfloat16 { graph.storeActivationsAsBFloat16() }
    check("precision")
    let split = BatchSplit(graph, batch: batch)
    let empty = Plan(name: name, purpose: purpose, batch: batch)
    let whole = Lowering.lower(graph, to: empty, options, split: split)
    observe?("choose", .plan(whole))
    let parts = split.map { chunked(whole, graph, $0) } ?? (steps: whole, inOrder: scheduled(whole))
    observe?("split", .plan(parts.steps))
    observe?("schedule", .plan(parts.inOrder))
    var plan = placed(parts.inOrder) { chunk in split.map { lowered(graph, to: empty, $0, chunk).inOrder } }
    if let smaller = smallerWithoutEarlyUpdates(parts.steps, than: plan) { plan = smaller }
    PlanVerifier.verify(plan, after: "memory")
    observe?("memory", .plan(plan))
    return plan
  }

  /// The steps of a plan for the whole batch on some samples at a time, where that takes less memory, and the same in the
  /// order of the schedule.
  private func chunked(_ whole: Plan, _ graph: Graph, _ split: BatchSplit) -> (steps: Plan, inOrder: Plan) {
    let empty = Plan(name: whole.name, purpose: whole.purpose, batch: whole.batch)
    if let chunk = options.chunk, chunk < whole.batch { return lowered(graph, to: empty, split, chunk) }
    let inOrder = scheduled(whole)
    let size = ChunkSize(inOrder)
    guard options.chunk == nil, size.chunk < whole.batch else { return (whole, inOrder) }
    let parts = lowered(graph, to: empty, split, size.chunk)
    return parts.inOrder.leastArena < size.wholeArena ? parts : (whole, inOrder)
  }

  private func lowered(
    _ graph: Graph, to empty: Plan, _ split: BatchSplit, _ chunk: Int
  ) -> (steps: Plan, inOrder: Plan) {
    let plan = Lowering.lower(graph, to: empty, options, split: split, chunk: chunk)
    return (plan, scheduled(plan))
  }

  private func scheduled(_ plan: Plan) -> Plan {
    var plan = plan
    plan.schedule(updatesEarly: options.updatesEarly)
    return plan
  }

  /// The plan of these steps whose updates wait for the end, where its arena is smaller than that of `plan`.
  private func smallerWithoutEarlyUpdates(_ steps: Plan, than plan: Plan) -> Plan? {
    guard options.updatesEarly, options.arenaLimit == nil, plan.purpose == .train else { return nil }
    var late = steps
    late.schedule(updatesEarly: false)
    if plan.arena.bytes <= late.leastArena { return nil }
    late.planMemory(reuse: options.reuse)
    return late.arena.bytes < plan.arena.bytes ? late : nil
  }

  /// A scheduled plan's buffers at their places; where there is a limit, of the plan that keeps it.
  private func placed(_ plan: Plan, chunked: @escaping (_ chunk: Int) -> Plan?) -> Plan {
    guard let limit = options.arenaLimit else {
      observe?("recompute", .plan(plan))
      var plan = plan
      plan.planMemory(reuse: options.reuse)
      return plan
    }
    var fit = MemoryFit(plan, chunked: options.chunk == nil ? chunked : { _ in nil })
    let (chosen, placed) = fit.plan(within: limit, reuse: options.reuse)
    observe?("recompute", .plan(chosen))
    return placed
  }
}
