import NNCompiler
import NNData
import NNFormats
import NNGraph
import NNPlan
import NNRuntime
import NNTensor
import TemporaryFolders
import Testing

@testable import NNTraining

/// Which quarter of an 8×8 picture is bright: one linear layer and a softmax.
private struct TinyClassifier {
  let source: DataSource
  var settings: TrainingSettings
  let kernels: KernelTable
  let pool: ThreadPool
  let store = ParameterStore()

  static let samples = 120

  init(in folder: TemporaryFolder) throws {
    let (images, labels) = Self.files()
    try AtomicFile.write(images, to: folder.file("images"))
    try AtomicFile.write(labels, to: folder.file("labels"))
    var description = SourceDescription(
      name: "quarters", kind: .idx(images: folder.file("images"), labels: folder.file("labels")))
    description.labels = .index
    description.validation = .fraction(0.3)
    source = try DataSource.open(description)
    kernels = try KernelTable.chosen()
    pool = try ThreadPool(threadCount: 1)
    settings = TrainingSettings(
      name: "quarters", length: .epochs(4), batchSize: 16,
      optimizer: OptimizerSettings(kind: .sgd(momentum: true, nesterov: true), learningRate: 0.5),
      losses: [LossTerm(name: "class")], roles: SampleRoles(input: "quarters.image", target: "quarters.label"))
    settings.phases[0].optimizer.momentum = 0.9
    settings.metrics = [.accuracy, .psnr]
    try store.add(graph(batch: 1).parameters)
    store.initialize(seed: 1)
  }

  /// IDX files: bytes that differ from sample to sample, brighter in the quarter that the label counts.
  private static func files() -> (images: [UInt8], labels: [UInt8]) {
    var images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, UInt8(samples), 0, 0, 0, 8, 0, 0, 0, 8]
    var labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, UInt8(samples)]
    for sample in 0..<samples {
      let label = sample * 7 % 4
      labels.append(UInt8(label))
      for pixel in 0..<64 {
        let quarter = pixel / 32 * 2 + pixel % 8 / 4
        images.append(UInt8((quarter == label ? 150 : 30) + (sample * 31 + pixel * 17) % 90))
      }
    }
    return (images, labels)
  }

  func graph(batch: Int) -> Graph {
    var graph = Graph()
    let input = graph.input("quarters.image", TensorType([batch, 8, 8, 1]))
    let label = graph.input("quarters.label", TensorType([batch]))
    let shape: Shape = [4, 1, 8, 8]
    let weight = graph.parameter(
      Parameter(
        name: "model.dense.weight", layer: "model.dense", fileShape: shape, fileView: shape, order: [2, 3, 1, 0],
        initializer: .normal(deviation: 0.05), decays: true))
    let window = ConvolutionWindow(kernel: Size2D(8, 8))
    let scores = graph.apply(
      Convolution(window: window, outputSize: Size2D(1, 1)), to: input, weight, layer: "model.dense")
    let flat = graph.apply(Reshape([batch, 4]), to: scores, layer: "model.flatten")
    let output = graph.apply(Activate(.softmax), to: flat, layer: "model.dense")
    let loss = graph.apply(Loss(.crossEntropy), to: output, label, layer: "class")
    graph.outputs = [GraphOutput(name: "prediction", value: output), GraphOutput(name: "losses.class", value: loss)]
    return graph
  }

  var plans: TrainingPlans {
    let compiler = Compiler(options: CompilerOptions(tiles: kernels.tiles))
    let phase = TrainingPhase(
      name: "train", losses: ["losses.class"], parameters: ["model.dense.weight"],
      optimizer: settings.phases[0].optimizer.kind)
    return TrainingPlans(
      train: { batch, _ in
        var graph = graph(batch: batch)
        graph.outputs.removeFirst()
        return compiler.plan(graph, name: "quarters", purpose: .train, batch: batch, recipe: TrainingRecipe([phase]))
      },
      evaluate: { compiler.plan(graph(batch: $0), name: "quarters", purpose: .evaluate, batch: $0) })
  }
}

@Suite("Training a classifier, end to end")
struct ClassifierTests {
  @Test("it learns, reports accuracy, draws no previews and says on plain lines how it went")
  func learns() throws {
    let temporary = try TemporaryFolder()
    let task = try TinyClassifier(in: temporary)
    let folder = RunFolder(path: temporary.file("run"))
    let capture = Capture()
    try folder.begin(fresh: false)
    let summary = try Trainer(
      settings: task.settings, source: task.source, plans: task.plans, store: task.store,
      device: Device(pool: task.pool, kernels: task.kernels), folder: folder,
      progress: ProgressReporter(mode: .auto, descriptor: capture.descriptor)
    ).run()
    let validation = try #require(summary.validation)
    #expect(validation.metrics.map(\.metric) == [.accuracy], "PSNR does not fit classes")
    #expect(try #require(validation[.accuracy]?.value) > 0.95)
    #expect(validation.loss < 0.5)
    #expect(summary.previewPath == nil)
    #expect(try Folder.names(in: folder.previewsPath).isEmpty)
    let lines = capture.text().split(separator: "\n")
    #expect(lines.count == 4)
    for (index, line) in lines.enumerated() {
      #expect(line.hasPrefix("epoch \(index + 1)/4  step "))
      #expect(line.contains(/training loss [0-9.e-]+  validation loss [0-9.e-]+  accuracy [0-9.]+%$/))
    }
  }
}
