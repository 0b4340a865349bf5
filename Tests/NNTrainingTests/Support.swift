import NNCompiler
import NNData
import NNFormats
import NNGraph
import NNPlan
import NNRuntime
import NNTensor
import NNTraining

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

enum Fixture {
  static let folder = String(#filePath.dropLast("Support.swift".count)) + "Fixtures/"

  static func lines(_ path: String) throws -> [String] {
    String(decoding: try InputFile(path: path).readAll(), as: UTF8.self).split(separator: "\n").map(String.init)
  }
}

/// What was written into a pipe.
final class Capture {
  private var ends: [Int32] = [0, 0]

  init() {
    _ = pipe(&ends)
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
  }

  deinit { for end in ends { close(end) } }

  var descriptor: Int32 { ends[1] }

  /// All that was written since the last call.
  func text() -> String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(ends[0], &chunk, chunk.count)
      if count <= 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk[..<count]
    }
  }
}

/// A terminal that is not there, by the two ends of its line.
enum PseudoTerminal {
  static func open() -> (controller: Int32, side: Int32)? {
    #if canImport(Darwin)
      let controller = posix_openpt(O_RDWR | O_NOCTTY)
      guard controller >= 0, grantpt(controller) == 0, unlockpt(controller) == 0, let name = ptsname(controller) else {
        return nil
      }
      let path = String(cString: name)
    #else
      // Glibc's module lacks `posix_openpt` and its like; these requests, TIOCSPTLCK and TIOCGPTN, are what they make.
      let controller = Glibc.open("/dev/ptmx", O_RDWR | O_NOCTTY)
      var (locked, number): (Int32, UInt32) = (0, 0)
      guard controller >= 0, ioctl(controller, 0x4004_5431, &locked) == 0, ioctl(controller, 0x8004_5430, &number) == 0
      else { return nil }
      let path = "/dev/pts/\(number)"
    #endif
    #if canImport(Darwin)
      let side = Darwin.open(path, O_RDWR | O_NOCTTY)
    #else
      let side = Glibc.open(path, O_RDWR | O_NOCTTY)
    #endif
    return side >= 0 ? (controller, side) : nil
  }

  /// What was written to the terminal, up to `end`; it arrives in parts, so this waits for up to 5 s for each.
  static func text(of controller: Int32, until end: String) -> String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let text = String(decoding: bytes, as: UTF8.self)
      var waiting = pollfd(fd: controller, events: Int16(POLLIN), revents: 0)
      if text.contains(end) || poll(&waiting, 1, 5000) <= 0 { return text }
      let count = read(controller, &chunk, chunk.count)
      if count <= 0 { return text }
      bytes += chunk[..<count]
    }
  }
}

/// A denoiser of drawn shapes, 12×12: a convolution to 8 channels, and one back to 3.
struct TinyDenoiser {
  var source: DataSource
  var settings: TrainingSettings
  let kernels: KernelTable
  let pool: ThreadPool
  let store = ParameterStore()

  static let side = 12

  init(samples: Int = 40, batch: Int = 16, validation: Double = 0.25, threads: Int = 1) throws {
    var description = SourceDescription(name: "shapes", kind: .syntheticShapes, shape: [Self.side, Self.side, 3])
    description.samplesPerEpoch = samples
    description.degrade = [.noise(0.2)]
    if validation > 0 { description.validation = .fraction(validation) }
    source = try DataSource.open(description)
    kernels = try KernelTable.chosen()
    pool = try ThreadPool(threadCount: threads)
    settings = TrainingSettings(
      name: "tiny", length: .epochs(3), batchSize: batch,
      optimizer: OptimizerSettings(kind: .adam, learningRate: 1e-2), losses: [LossTerm(name: "pixel")],
      roles: SampleRoles(input: "shapes.input", target: "shapes.target"))
    settings.metrics = [.psnr, .ssim, .mse]
    let states = settings.phases[0].optimizer.kind.stateNames.map { "train.\($0)" }
    settings.checkpoint.states = Dictionary(
      uniqueKeysWithValues: Self.graph(batch: 1).parameters.map { ($0.name, states) })
    try store.add(Self.graph(batch: 1).parameters)
    store.initialize(seed: 1)
  }

  var device: Device { Device(pool: pool, kernels: kernels) }

  var plans: TrainingPlans {
    TrainingPlans(
      train: { batch, part in plan(.train, batch: batch, part.gradients) }, evaluate: { plan(.evaluate, batch: $0) })
  }

  func plan(_ purpose: Purpose, batch: Int, _ gradients: GradientUse = .update) -> Plan {
    var graph = Self.graph(batch: batch)
    var phase = TrainingPhase(
      name: "train", losses: ["losses.pixel"], parameters: Set(graph.parameters.map(\.name)),
      optimizer: settings.phases[0].optimizer.kind)
    phase.gradients = gradients
    phase.sumSlots = Dictionary(uniqueKeysWithValues: graph.parameters.map { ($0.name, 5) })
    switch purpose {
    case .train: graph.outputs.removeFirst()
    case .evaluate: break
    case .run: graph.outputs.removeLast()
    }
    let compiler = Compiler(options: CompilerOptions(tiles: kernels.tiles))
    return compiler.plan(
      graph, name: "tiny", purpose: purpose, batch: batch, recipe: purpose == .train ? TrainingRecipe([phase]) : nil)
  }

  private static func graph(batch: Int) -> Graph {
    var graph = Graph()
    let type = TensorType([batch, side, side, 3])
    let input = graph.input("shapes.input", type)
    let target = graph.input("shapes.target", type)
    let hidden = convolve(input, 3, 8, kernel: 3, .relu, "model.conv_1", &graph)
    let output = convolve(hidden, 8, 3, kernel: 1, .sigmoid, "model.output", &graph)
    let loss = graph.apply(Loss(.mse), to: output, target, layer: "pixel")
    graph.outputs = [GraphOutput(name: "prediction", value: output), GraphOutput(name: "losses.pixel", value: loss)]
    return graph
  }

  private static func convolve(
    _ x: ValueID, _ inputs: Int, _ outputs: Int, kernel: Int, _ activation: Activation, _ layer: String,
    _ graph: inout Graph
  ) -> ValueID {
    let shape: Shape = [outputs, inputs, kernel, kernel]
    let weight = graph.parameter(
      Parameter(
        name: layer + ".weight", layer: layer, fileShape: shape, fileView: shape, order: [2, 3, 1, 0],
        initializer: .normal(deviation: 0.2), decays: true))
    let bias = graph.parameter(
      Parameter(name: layer + ".bias", layer: layer, shape: [outputs], initializer: .zeros, decays: false))
    let window = ConvolutionWindow(
      kernel: Size2D(kernel, kernel), padding: Size2D(kernel / 2, kernel / 2))
    let sums = graph.apply(Convolution(window: window, outputSize: Size2D(side, side)), to: x, weight, layer: layer)
    let biased = graph.apply(BiasAdd(), to: sums, bias, layer: layer)
    return graph.apply(Activate(activation), to: biased, layer: layer)
  }

  /// Trains in a folder, silently.
  func train(
    in folder: RunFolder, progress: ProgressReporter = ProgressReporter(mode: .never, quiet: true)
  ) throws -> TrainingSummary {
    try folder.begin(fresh: false)
    return try trainer(folder, progress: progress).run()
  }

  func trainer(
    _ folder: RunFolder, resume: Checkpoint? = nil, interruption: Interruption = Interruption(),
    progress: ProgressReporter = ProgressReporter(mode: .never, quiet: true)
  ) throws -> Trainer {
    try Trainer(
      settings: settings, source: source, plans: plans, store: store, device: device, folder: folder,
      progress: progress, resume: resume, interruption: interruption)
  }
}
