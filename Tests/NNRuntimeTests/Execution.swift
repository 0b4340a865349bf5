import NNCompiler
import NNKernels
import NNPlan
import NNRandom
import NNTensor

@testable import NNRuntime

/// How a network is compiled and run.
struct Setting {
  var fuse = true
  var reuse = true
  var joinsViews = true
  var poison = true
  var algorithms = AlgorithmChoice.fastest
  var tuning = Tuning()
  var precision = ElementType.float32
  /// Samples at a time; the whole batch where nil.
  var chunk: Int?
  /// The most bytes of the arena.
  var arenaLimit: Int?
}

/// What a few runs of a network gave: outputs of the last step and all parameters, by name.
typealias Results = [String: [Float]]

extension RandomNetwork {
  /// Runs the training step three times, or the network once.
  func results(
    _ pool: ThreadPool, _ kernels: KernelTable, _ setting: Setting = Setting(), purpose: Purpose = .train
  ) throws -> Results {
    try outcome(pool, kernels, setting, purpose: purpose).results
  }

  /// The same with the plan that gave it.
  func outcome(
    _ pool: ThreadPool, _ kernels: KernelTable, _ setting: Setting, purpose: Purpose = .train
  ) throws -> (results: Results, plan: Plan) {
    let (bound, store) = try bind(pool, kernels, setting, purpose: purpose)
    for step in 1...(purpose == .train ? 3 : 1) { run(bound, step: step) }
    var results: Results = [:]
    for port in bound.plan.outputs where port.gauge == nil { results[port.name] = Array(bound.output(port.name)) }
    for name in store.names { results[name] = try store.exportTensor(name) }
    return (results, bound.plan)
  }

  func bind(
    _ pool: ThreadPool, _ kernels: KernelTable, _ setting: Setting, purpose: Purpose = .train
  ) throws -> (BoundPlan, ParameterStore) {
    var options = CompilerOptions(tiles: kernels.tiles)
    options.fuse = setting.fuse
    options.reuse = setting.reuse
    options.joinsViews = setting.joinsViews
    options.algorithms = setting.algorithms
    options.tuning = setting.tuning
    options.precision = setting.precision
    options.chunk = setting.chunk ?? batch
    options.arenaLimit = setting.arenaLimit
    let plan = Compiler(options: options).plan(
      graph, name: "random", purpose: purpose, batch: batch, recipe: purpose == .train ? TrainingRecipe([phase]) : nil)
    let store = ParameterStore()
    let bound = try BoundPlan(plan, store: store, pool: pool, kernels: kernels, poison: setting.poison)
    store.initialize(seed: 7)
    return (bound, store)
  }

  /// Fills inputs, sets scalars and runs step `step`, counted from 1.
  func run(_ bound: BoundPlan, step: Int) {
    var stream = RandomStream(seed: 3, purpose: .testing, index: UInt64(step))
    for port in bound.plan.inputs {
      let values = bound.input(port.name)
      for index in values.indices {
        values[index] =
          port.name == "t" && loss.takesLabels ? Float(stream.integer(below: classes)) : stream.uniformFloat()
      }
    }
    for name in bound.plan.scalars { bound.set(scalar: name, Self.number(name, step: step)) }
    bound.set(seed: 11, step: step)
    bound.run()
  }

  /// Epsilon is large, so that a gradient's rounding does not become a step of full length.
  private static func number(_ name: String, step: Int) -> Double {
    let power = { (base: Double) in (0..<step).reduce(1.0) { result, _ in result * base } }
    switch name.split(separator: ".").last {
    case "learning_rate": return 0.01
    case "weight_decay": return name.contains("decayed") ? 0.1 : 0
    case "momentum", "beta1": return 0.9
    case "first_step": return step == 1 ? 1 : 0
    case "beta2", "alpha": return 0.99
    case "epsilon": return 0.1
    case "correction1": return 1 - power(0.9)
    case "correction2": return 1 - power(0.99)
    default: return 1
    }
  }
}

/// The largest difference of two results, relative to the largest value of the tensor; infinite for NaN.
func difference(_ a: Results, _ b: Results) -> (Float, String) {
  guard a.keys == b.keys else { return (.infinity, "names") }
  var worst: (Float, String) = (0, "")
  for (name, x) in a {
    guard let y = b[name], x.count == y.count else { return (.infinity, name) }
    let scale = max(1e-3, x.reduce(0) { max($0, abs($1)) })
    for (p, q) in zip(x, y) {
      let error = abs(p - q) / scale
      if !(error <= worst.0) { worst = (error.isNaN ? .infinity : error, name) }
    }
  }
  return worst
}

/// True where every bit is the same.
func identical(_ a: Results, _ b: Results) -> Bool {
  a.mapValues { $0.map(\.bitPattern) } == b.mapValues { $0.map(\.bitPattern) }
}
