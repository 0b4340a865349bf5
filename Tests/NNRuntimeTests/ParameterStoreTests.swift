import NNTensor
import Testing

@testable import NNRuntime

@Suite("The parameter store") struct ParameterStoreTests {
  private func convolution(_ name: String, order: [Int] = [2, 3, 1, 0]) -> Parameter {
    let file: Shape = [37, 5, 3, 2]
    return Parameter(
      name: name, layer: "l", fileShape: file, fileView: file, order: order, initializer: .normal(deviation: 1),
      decays: true)
  }

  @Test("memory holds the file's values permuted, and gives them back") func layout() throws {
    let store = ParameterStore()
    try store.add([convolution("w")])
    let values = (0..<(37 * 5 * 3 * 2)).map(Float.init)
    try store.importTensor("w", values)
    let memory = try #require(store.values("w")).floats
    for o in 0..<37 {
      for i in 0..<5 {
        for y in 0..<3 {
          for x in 0..<2 { #expect(memory[((y * 2 + x) * 5 + i) * 37 + o] == values[((o * 5 + i) * 3 + y) * 2 + x]) }
        }
      }
    }
    #expect(try store.exportTensor("w") == values)
  }

  @Test("first values depend on seed and name only") func initialization() throws {
    let (alone, among) = (ParameterStore(), ParameterStore())
    try alone.add([convolution("w")])
    try among.add([convolution("a"), convolution("w", order: [0, 1, 2, 3]), convolution("b")])
    alone.initialize(seed: 4)
    among.initialize(seed: 4)
    #expect(try alone.exportTensor("w") == among.exportTensor("w"))
    #expect(try among.exportTensor("a") != among.exportTensor("w"))
    let hash = alone.contentHash
    alone.initialize(seed: 5)
    #expect(alone.contentHash != hash)
    alone.initialize(seed: 4)
    #expect(alone.contentHash == hash)
  }

  @Test("wrong names and lengths are refused") func failures() throws {
    let store = ParameterStore()
    try store.add([convolution("w")])
    #expect(throws: ParameterFailure.unknown(name: "v")) { try store.exportTensor("v") }
    #expect(throws: ParameterFailure.count(name: "w", expected: 1110, given: 2)) {
      try store.importTensor("w", [1, 2])
    }
    #expect(try store.exportState("w", slot: 0) == nil)
    try store.importState("w", slot: 0, [Float](repeating: 2, count: 1110))
    #expect(try store.exportState("w", slot: 0) == [Float](repeating: 2, count: 1110))
  }
}
