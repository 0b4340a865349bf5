import NNFormats
import NNRuntime
import NNTensor
import TemporaryFolders
import Testing

@testable import NNTraining

@Suite("Weights files")
struct WeightsTests {
  private func store(seed: UInt64) throws -> ParameterStore {
    let store = ParameterStore()
    let shape: Shape = [4, 3, 2, 5]
    try store.add([
      Parameter(
        name: "model.conv_1.weight", layer: "model.conv_1", fileShape: shape, fileView: shape, order: [2, 3, 1, 0],
        initializer: .normal(deviation: 1), decays: true),
      Parameter(
        name: "model.conv_1.bias", layer: "model.conv_1", shape: [4], initializer: .uniform(bound: 1), decays: false),
    ])
    store.initialize(seed: seed)
    return store
  }

  /// Writes tensors of zeros.
  private func write(_ tensors: [(String, [Int])], _ folder: TemporaryFolder) throws -> String {
    let path = folder.file("w.safetensors")
    let layouts = tensors.map { Safetensors.Layout(name: $0.0, shape: $0.1) }
    try Safetensors.write(layouts, to: path) { index in
      [Float](repeating: 0, count: layouts[index].shape.reduce(1, *))
    }
    return path
  }

  @Test("what is saved is loaded to the bit, in PyTorch's layout")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("w.safetensors")
    let (first, second) = (try store(seed: 1), try store(seed: 2))
    #expect(first.contentHash != second.contentHash)
    try WeightsFile.save(first, to: path, metadata: ["name": "x"])
    let file = try SafetensorsFile(path: path)
    #expect(file["model.conv_1.weight"]?.shape == [4, 3, 2, 5])
    #expect(file.metadata == ["name": "x", "format": "pt"])
    let comparison = try WeightsFile.load(path, into: second)
    #expect(comparison.differences.isEmpty)
    #expect(first.contentHash == second.contentHash)
  }

  @Test("all differences are named, and nothing is loaded")
  func differences() throws {
    let folder = try TemporaryFolder()
    let path = try write([("model.conv_1.weight", [8, 3, 2, 5]), ("model.extra", [2])], folder)
    let store = try store(seed: 1)
    let before = store.contentHash
    let error = #expect(throws: TrainingFailure.self) { try WeightsFile.load(path, into: store) }
    #expect(
      error.map { "\($0)" } == """
        the weights in \(path) do not fit the spec:
          model.conv_1.weight is [8, 3, 2, 5] in the file, the spec needs [4, 3, 2, 5]
          model.conv_1.bias [4] is not in the file
          model.extra [2] is in the file, but the spec has no such tensor
        """)
    #expect(error?.exitCode == 1)
    #expect(store.contentHash == before)
  }

  @Test("after eight differences the others are counted")
  func manyDifferences() throws {
    let folder = try TemporaryFolder()
    let path = try write((0..<20).map { ("t\($0)", [1]) }, folder)
    let store = try store(seed: 1)
    let error = #expect(throws: TrainingFailure.self) { try WeightsFile.load(path, into: store) }
    let lines = try #require(error.map { "\($0)".split(separator: "\n") })
    #expect(lines.count == 10)
    #expect(lines.last == "  … and 14 more")
  }

  @Test("batch counters are ignored, a network's prefix may be missing, and without strictness what fits is loaded")
  func tolerance() throws {
    let folder = try TemporaryFolder()
    let store = try store(seed: 1)
    let path = try write(
      [("conv_1.weight", [4, 3, 2, 5]), ("conv_1.bias", [4]), ("conv_1.norm.num_batches_tracked", [1])], folder)
    #expect(try WeightsFile.load(path, into: store, scope: "model").matches.count == 2)
    #expect(try store.exportTensor("model.conv_1.weight").allSatisfy { $0 == 0 })
    store.initialize(seed: 1)
    let other = try write([("model.conv_1.bias", [4]), ("other.w", [3])], folder)
    #expect(throws: TrainingFailure.self) { try WeightsFile.load(other, into: store) }
    let comparison = try WeightsFile.load(other, into: store, strict: false)
    #expect(comparison.matches.map(\.parameter) == ["model.conv_1.bias"])
    #expect(comparison.differences.count == 2)
    #expect(try store.exportTensor("model.conv_1.bias") == [0, 0, 0, 0])
  }

  @Test(
    "a network's tensors are found under its name, under what follows an include's alias, and under the only prefix that has them all",
    arguments: ["lib.model.", "model.", "", "backbone.", "a.b."])
  func prefixes(prefix: String) throws {
    let folder = try TemporaryFolder()
    let store = ParameterStore()
    try store.add([
      Parameter(name: "lib.model.0.weight", layer: "l", shape: [4, 3], initializer: .ones, decays: true),
      Parameter(name: "lib.model.2.bias", layer: "l", shape: [5], initializer: .ones, decays: true),
    ])
    store.initialize(seed: 1)
    let foreign: [(String, [Int])] =
      prefix.isEmpty ? [] : [("classifier.0.weight", [7, 3]), ("classifier.2.bias", [5])]
    let path = try write([("\(prefix)0.weight", [4, 3]), ("\(prefix)2.bias", [5])] + foreign, folder)
    #expect(try WeightsFile.load(path, into: store, scope: "lib.model").matches.count == 2)
    #expect(try store.exportTensor("lib.model.0.weight").allSatisfy { $0 == 0 })
    let more = try write([("\(prefix)0.weight", [4, 3]), ("\(prefix)2.bias", [5]), ("\(prefix)9.bias", [5])], folder)
    #expect(throws: TrainingFailure.self) { try WeightsFile.load(more, into: store, scope: "lib.model") }
  }

  @Test("of two prefixes that both have all tensors none is taken")
  func ambiguousPrefix() throws {
    let folder = try TemporaryFolder()
    let store = try store(seed: 1)
    let shapes: [(String, [Int])] = [("conv_1.weight", [4, 3, 2, 5]), ("conv_1.bias", [4])]
    let path = try write(["a", "b"].flatMap { prefix in shapes.map { ("\(prefix).\($0.0)", $0.1) } }, folder)
    let error = #expect(throws: TrainingFailure.self) { try WeightsFile.load(path, into: store, scope: "model") }
    #expect(error.map { "\($0)" }?.contains("model.conv_1.weight [4, 3, 2, 5] is not in the file") == true)
  }

  @Test("files that are missing, cut or something else are the data's fault; a full disk is the machine's")
  func faults() throws {
    let folder = try TemporaryFolder()
    let store = try store(seed: 1)
    let before = store.contentHash
    try AtomicFile.write(Array("not weights at all".utf8), to: folder.file("text"))
    try WeightsFile.save(store, to: folder.file("whole"))
    try AtomicFile.write(Array(try InputFile(path: folder.file("whole")).readAll().dropLast(3)), to: folder.file("cut"))
    for name in ["missing", "text", "cut"] {
      let error = #expect(throws: TrainingFailure.self) { try WeightsFile.load(folder.file(name), into: store) }
      #expect(error?.exitCode == 1)
      #expect(error.map { "\($0)" }?.contains(folder.file(name)) == true)
    }
    #expect(store.contentHash == before)
    let full = #expect(throws: FileError.self) { try WeightsFile.save(store, to: "/dev/full") }
    #expect(full?.fault == .machine)
  }
}
