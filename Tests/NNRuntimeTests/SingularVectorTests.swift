import NNRandom
import NNTensor
import Testing

@testable import NNRuntime

@Suite struct SingularVectorTests {
  private func store(
    dimension: Int, weight initializer: Initializer = .normal(deviation: 1)
  ) throws -> ParameterStore {
    let file: Shape = [12, 7, 3, 3]
    var columns = file.dimensions
    columns.remove(at: dimension)
    let store = ParameterStore()
    try store.add([
      Parameter(
        name: "w", layer: "l", fileShape: file, fileView: file, order: [2, 3, 1, 0], initializer: initializer,
        decays: true),
      Parameter(
        name: "u", layer: "l", shape: [file[dimension]],
        initializer: .leftSingularVector(of: "w", dimension: dimension), decays: false),
      Parameter(
        name: "v", layer: "l", fileShape: [columns.reduce(1, *)], fileView: Shape(columns), order: [1, 2, 0],
        initializer: .rightSingularVector(of: "w", left: "u", dimension: dimension), decays: false),
    ])
    store.initialize(seed: 3)
    return store
  }

  /// The matrix with a row for each index of a dimension of the file's `[12, 7, 3, 3]`.
  private func matrix(_ weight: [Float], dimension: Int) -> [[Double]] {
    (0..<[12, 7][dimension]).map { row in
      weight.indices.filter { (dimension == 0 ? $0 / 63 : $0 / 9 % 7) == row }.map { Double(weight[$0]) }
    }
  }

  @Test(arguments: [0, 1])
  func `first singular vectors are unit vectors near the largest singular value`(dimension: Int) throws {
    let store = try store(dimension: dimension)
    let rows = matrix(try store.exportTensor("w"), dimension: dimension)
    let (u, v) = (try store.exportTensor("u").map(Double.init), try store.exportTensor("v").map(Double.init))
    for vector in [u, v] { #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-6) }
    func product(_ rows: [[Double]], _ v: [Double]) -> [Double] {
      rows.map { zip($0, v).reduce(0) { $0 + $1.0 * $1.1 } }
    }
    let sigma = zip(product(rows, v), u).reduce(0) { $0 + $1.0 * $1.1 }
    var (exact, vector) = (0.0, v)
    for _ in 0..<500 {
      let left = product(rows, vector)
      let right = vector.indices.map { column in rows.indices.reduce(0) { $0 + rows[$1][column] * left[$1] } }
      let norm = right.reduce(0) { $0 + $1 * $1 }.squareRoot()
      (exact, vector) = (norm.squareRoot(), right.map { $0 / norm })
    }
    #expect(sigma <= exact * (1 + 1e-6) && sigma > 0.97 * exact, "\(sigma) of \(exact)")
  }

  @Test func `weights of zero leave the drawn vector`() throws {
    let store = try store(dimension: 0, weight: .zeros)
    let u = try store.exportTensor("u").map(Double.init)
    #expect(abs(u.reduce(0) { $0 + $1 * $1 } - 1) < 1e-6)
    #expect(try store.exportTensor("v").allSatisfy { $0 == 0 })
  }
}
