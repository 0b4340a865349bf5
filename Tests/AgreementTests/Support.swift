import NNGraph
import NNKernels
import NNLayers
import NNPlan
import NNReference
import NNRuntime
import NNSpec
import NNTensor
import Testing

@testable import NNCompiler

/// One way to run a plan: a kernel table, fused or not, the whole batch at once or some samples at a time.
struct Variant: CustomTestStringConvertible, Sendable {
  let kernels: KernelTable
  let isOptimized: Bool
  var chunk: Int?

  static let all = KernelTable.available.flatMap { table in plans(table).dropLast() } + plans(.available[0]).suffix(1)

  /// All ways with these kernels.
  static func plans(_ kernels: KernelTable) -> [Variant] {
    [
      Variant(kernels: kernels, isOptimized: true), Variant(kernels: kernels, isOptimized: false),
      Variant(kernels: kernels, isOptimized: true, chunk: 1),
    ]
  }

  var testDescription: String {
    kernels.name + (isOptimized ? "" : ", no fusion, no reuse") + (chunk.map { ", \($0) at a time" } ?? "")
  }

  var compiler: Compiler {
    var options = CompilerOptions(tiles: kernels.tiles)
    options.fuse = isOptimized
    options.reuse = isOptimized
    options.chunk = chunk
    return Compiler(options: options)
  }

  /// The plan bound to memory of its own, poisoned, with the parameters given in PyTorch's layouts.
  func bind(_ plan: Plan, _ parameters: [String: ReferenceTensor]) throws -> BoundPlan {
    let store = ParameterStore()
    try store.add(plan.parameters)
    for parameter in plan.parameters {
      let tensor = try #require(parameters[parameter.name], "no parameter \(parameter.name)")
      try store.importTensor(parameter.name, tensor.floats)
    }
    return try BoundPlan(plan, store: store, pool: ThreadPool(threadCount: 1), kernels: kernels, poison: true)
  }
}

extension Graph {
  /// A training step without updates: those statistics follow the batch whose parameters' names are chosen.
  mutating func trackStatistics(of isChosen: (_ parameter: String) -> Bool) {
    var phase = TrainingPhase(
      name: "track", losses: outputs.map(\.name), parameters: [], optimizer: .sgd(momentum: false, nesterov: false))
    phase.statistics = Set(parameters.filter { $0.role == .statistic }.map(\.name).filter(isChosen))
    addTraining(TrainingRecipe([phase]))
  }
}

extension BoundPlan {
  /// Runs with these inputs.
  func run(_ inputs: [String: ReferenceTensor]) throws {
    for port in plan.inputs {
      let tensor = try #require(inputs[port.name], "no input \(port.name)")
      _ = input(port.name).update(fromContentsOf: tensor.floats)
    }
    run()
  }

  /// An output in `shape`.
  func tensor(_ name: String, _ shape: Shape) -> ReferenceTensor {
    ReferenceTensor(shape, output(name).prefix(shape.elementCount).map(Double.init))
  }
}

extension Parameter {
  /// A tensor from memory's order to the file's.
  func inFileOrder(_ memory: ReferenceTensor) -> ReferenceTensor {
    let viewed = memory.reshaped(Shape(self.order.map { self.fileView[$0] }))
    let inverse = self.order.indices.map { axis in self.order.firstIndex(of: axis) ?? axis }
    return viewed.permuted(inverse).reshaped(self.fileShape)
  }
}

/// A spec's model, which must be without errors.
func model(_ text: String, facts: [String: DataFacts] = [:], batch: Int) throws -> (Spec, Model) {
  let reading = SpecReader.read(text: text, path: "reference.yaml")
  let spec = try #require(reading.spec)
  let model = ModelBuilder.build(spec, facts: facts, batch: batch)
  let messages = (reading.diagnostics.sorted + model.diagnostics.sorted).map(\.message)
  try #require(messages.isEmpty, "\(messages) in\n\(text)")
  return (spec, model)
}
