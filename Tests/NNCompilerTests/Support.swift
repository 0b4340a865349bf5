import NNCompiler
import NNGraph
import NNKernels
import NNLayers
import NNPlan
import NNSpec
import NNTensor
import Testing

/// A spec's text as a model, for tests; layers see an input of `shape`.
func model(layers: String, shape: [Int], batch: Int, loss: String? = nil) throws -> Model {
  let dimensions = "[\(shape.map(String.init).joined(separator: ", "))]"
  let data = loss == nil ? "" : "data: {photos: {images: nowhere, shape: \(dimensions)}}\n"
  let input = loss == nil ? dimensions : "photos"
  let text = """
    nnc: 1
    \(data)network:
      input: \(input)
      layers:
    \(layers.split(separator: "\n").map { "    - \($0)" }.joined(separator: "\n"))
    \(loss.map { "loss: \($0)" } ?? "")
    """
  let reading = SpecReader.read(text: text, path: "test.yaml")
  let spec = try #require(reading.spec)
  try #require(!reading.diagnostics.hasErrors, "\(reading.diagnostics.sorted.map(\.message))\n\(text)")
  let facts = ["photos": DataFacts(fields: [.init(name: "image", shape: shape)])]
  let model = ModelBuilder.build(spec, facts: facts, batch: batch)
  try #require(!model.diagnostics.hasErrors, "\(model.diagnostics.sorted.map(\.message))\n\(text)")
  return model
}

/// The tiles of AVX-512, whichever processor runs the tests: plans need no kernels.
let tiles = TileShape(laneWidth: 16, columns: 4, rows: 6)

/// The tiles of AVX2, with four blocks where those of AVX-512 have one.
let narrowTiles = TileShape(laneWidth: 8, columns: 2, rows: 6)

/// A training plan with Adam for every parameter; the gradients of `network` are measured.
func trainingPlan(
  _ model: Model, batch: Int, fuse: Bool = true, reuse: Bool = true, network: String? = nil, clips: Bool = false
) -> Plan {
  var options = CompilerOptions(tiles: tiles)
  options.fuse = fuse
  options.reuse = reuse
  var phase = TrainingPhase(
    name: "train", losses: model.losses.flatMap { $0.parts.map(\.outputName) },
    parameters: Set(model.graph.parameters.map(\.name)),
    optimizer: .adam)
  phase.clipsGradients = clips
  for parameter in model.graph.parameters { phase.gauges.networks[parameter.name] = network }
  phase.statistics = Set(model.graph.parameters.filter { $0.role == .statistic }.map(\.name))
  return Compiler(options: options).plan(
    model.trainingGraph, name: "test", purpose: .train, batch: batch, recipe: TrainingRecipe([phase]))
}

/// A plan that runs the networks.
func runPlan(_ model: Model, batch: Int, fuse: Bool = true, tiles: TileShape = tiles) -> Plan {
  var options = CompilerOptions(tiles: tiles)
  options.fuse = fuse
  return Compiler(options: options).plan(model.runGraph, name: "test", purpose: .run, batch: batch)
}

/// A small autoencoder with everything that fuses.
let autoencoder = """
  conv: {filters: 8, activation: relu}
  max_pool
  conv: {filters: 12, activation: leaky_relu}
  bottleneck: {filters: 4, activation: relu}
  dropout: {rate: 0.1}
  transposed_conv: {filters: 8, kernel: 3, stride: 2, padding: same, activation: relu}
  output: {channels: 3, activation: sigmoid}
  """

extension Compiler {
  /// A plan that computes the losses.
  static func evaluation(_ model: Model, batch: Int) -> Plan {
    Compiler(options: CompilerOptions(tiles: tiles)).plan(
      model.evaluationGraph, name: "test", purpose: .evaluate, batch: batch)
  }
}
