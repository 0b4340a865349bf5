import NNGraph
import NNKernels
import NNPlan
import NNTensor

/// How a plan is made.
public struct CompilerOptions: Sendable, Equatable {
  /// Joins operations into fused steps.
  public var fuse = true
  /// Puts channels together without copies, where the kernels around can do that.
  public var joinsViews = true
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

  /// Does two pieces of work, which may be side by side; nil where one after the other is as good.
  public var together: ((_ first: () -> Void, _ second: () -> Void) -> Void)?

  /// What a pass leaves behind.
  public enum State {
    case graph(Graph)
    case plan(Plan)
  }

  /// The passes, in order.
  public static let passNames = [
    "build", "stabilize", "differentiate", "simplify", "fuse", "precision", "choose", "split", "views", "schedule",
    "recompute",
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
    var empty = Plan(name: name, purpose: purpose, batch: batch)
    empty.mixesSamples = split == nil && batch > 1
    let whole = Lowering.lower(graph, to: empty, options, split: split)
    observe?("choose", .plan(whole))
    var parts = split.map { chunked(whole, graph, $0) } ?? scheduled(consume whole)
    observe?("split", .plan(parts.copying ?? parts.steps))
    observe?("views", .plan(parts.steps))
    if observe != nil { observe?("schedule", .plan(parts.inOrder)) }
    let plan = placed(&parts) { chunk in
      guard let split else { return [] }
      let parts = lowered(graph, to: empty, split, chunk)
      return [parts.inOrder] + parts.others
    }
    PlanVerifier.verify(plan, after: "memory")
    observe?("memory", .plan(plan))
    return plan
  }

  /// A plan's steps, and their order.
  private struct Scheduled {
    /// The steps, those that prepare the same only once.
    var steps: Plan
    var timetable: Timetable
    var demand: ArenaDemand
    /// The same with all copies of channels, where somebody asks for that.
    var copying: Plan?
    /// Where there is a limit, other choices of what is copied, in order.
    var others: [Plan] = []

    var inOrder: Plan {
      var plan = steps
      plan.arrange(by: timetable)
      return plan
    }
  }

  /// The steps of a plan for the whole batch on some samples at a time, where that takes less memory.
  private func chunked(_ whole: Plan, _ graph: Graph, _ split: BatchSplit) -> Scheduled {
    let empty = Plan(name: whole.name, purpose: whole.purpose, batch: whole.batch)
    if let chunk = options.chunk, chunk < whole.batch { return lowered(graph, to: empty, split, chunk) }
    let scheduled = scheduled(whole)
    var chunk = ChunkSize(scheduled.steps, scheduled.timetable).chunk
    while options.chunk == nil, chunk < whole.batch {
      let parts = lowered(graph, to: empty, split, chunk)
      if parts.steps.runsAreCheap { return parts.demand.least < scheduled.demand.least ? parts : scheduled }
      chunk *= 2
    }
    return scheduled
  }

  private func lowered(_ graph: Graph, to empty: Plan, _ split: BatchSplit, _ chunk: Int) -> Scheduled {
    scheduled(Lowering.lower(graph, to: empty, options, split: split, chunk: chunk))
  }

  private func scheduled(_ plan: consuming Plan) -> Scheduled {
    var steps = consume plan
    steps.mergeEqualPreparations()
    let copying = timed(steps, copying: nil)
    if !options.joinsViews || !steps.copiesChannels { return copying }
    var ways: [Scheduled] = []
    var chosen: Int?
    for choice in ViewChoice.allCases where chosen == nil || options.arenaLimit != nil {
      guard let joined = steps.joiningViews(choice) else { break }
      ways.append(timed(joined, copying: observe == nil ? nil : steps))
      // Not where it takes more memory than with all copies.
      if chosen == nil, ways[ways.count - 1].demand.least <= copying.demand.least { chosen = ways.count - 1 }
    }
    ways.append(copying)
    var scheduled = ways.remove(at: chosen ?? ways.count - 1)
    if options.arenaLimit != nil { scheduled.others = ways.map(\.inOrder) }
    return scheduled
  }

  private func timed(_ steps: Plan, copying: Plan?) -> Scheduled {
    let timetable = Timetable(scheduling: steps, updatesEarly: options.updatesEarly)
    return Scheduled(
      steps: steps, timetable: timetable, demand: ArenaDemand(steps, timetable), copying: copying)
  }

  /// A scheduled plan's buffers at their places; where there is a limit, of the plan that keeps it.
  private func placed(_ parts: inout Scheduled, chunked: @escaping (_ chunk: Int) -> [Plan]) -> Plan {
    guard let limit = options.arenaLimit else {
      if observe != nil { observe?("recompute", .plan(parts.inOrder)) }
      let (timetable, layout) = smallestLayout(parts)
      // The only copy, so that it is changed in place.
      var plan = Plan(name: parts.steps.name, purpose: parts.steps.purpose, batch: parts.steps.batch)
      swap(&plan, &parts.steps)
      plan.arrange(by: timetable)
      plan.place(at: layout)
      return plan
    }
    let whole = parts.inOrder
    var fit = MemoryFit([whole] + parts.others, chunked: options.chunk == nil ? chunked : { _ in [] })
    var fitted = fit.plan(within: limit, reuse: options.reuse)
    if fitted.scheduled != whole {
      fitted.placed.unlimited = UnlimitedPlan(
        arenaBytes: smallestLayout(parts).1.arena.bytes, samples: whole.samplesAtATime)
    }
    observe?("recompute", .plan(fitted.scheduled))
    return fitted.placed
  }

  /// Places for the buffers in this order of steps or, where these take less, in the order in which updates wait for the
  /// end.
  private func smallestLayout(_ parts: Scheduled) -> (Timetable, ArenaLayout) {
    let (steps, reuse) = (parts.steps, options.reuse)
    let early = { parts.demand.layout(steps, parts.timetable, reuse: reuse) }
    guard options.updatesEarly, steps.purpose == .train else { return (parts.timetable, early()) }
    let (layout, (timetable, demand)) = both(early) {
      let timetable = Timetable(scheduling: steps, updatesEarly: false)
      return (timetable, ArenaDemand(steps, timetable))
    }
    if layout.arena.bytes <= demand.least { return (parts.timetable, layout) }
    let late = demand.layout(steps, timetable, reuse: reuse)
    return late.arena.bytes < layout.arena.bytes ? (timetable, late) : (parts.timetable, layout)
  }

  private func both<A, B>(_ first: () -> A, _ second: () -> B) -> (A, B) {
    guard let together else { return (first(), second()) }
    var (a, b): (A?, B?) = (nil, nil)
    together({ a = first() }, { b = second() })
    return (a ?? first(), b ?? second())
  }
}
