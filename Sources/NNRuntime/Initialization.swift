import NNRandom
import NNTensor

extension Initializer {
  /// Draws a parameter's values in the file's order and stores them in memory's. The stream of random numbers is the
  /// parameter's own: it is keyed by the seed and the FNV-1a hash of the name.
  ///
  /// A singular vector's values are drawn, too, and then follow `SingularVectors`.
  func fill(_ memory: UnsafeMutableBufferPointer<Float>, _ layout: FileLayout, name: String, seed: UInt64) {
    switch self {
    case .zeros: memory.update(repeating: 0)
    case .ones: memory.update(repeating: 1)
    case .leftSingularVector, .rightSingularVector: draw(memory, layout, name, seed) { Float($0.normal()) }
    case .normal(let deviation):
      draw(memory, layout, name, seed) { Float(deviation * $0.normal()) }
    case .uniform(let bound):
      draw(memory, layout, name, seed) { Float($0.uniform(in: -bound...bound)) }
    }
  }

  private func draw(
    _ memory: UnsafeMutableBufferPointer<Float>, _ layout: FileLayout, _ name: String, _ seed: UInt64,
    _ value: (inout RandomStream) -> Float
  ) {
    var stream = RandomStream(seed: seed, purpose: .initialization, index: StableHash.fnv1a(name))
    let values = [Float](unsafeUninitializedCapacity: memory.count) { drawn, count in
      count = memory.count
      for index in 0..<count { drawn[index] = value(&stream) }
    }
    values.withUnsafeBufferPointer { layout.toMemory($0, memory) }
  }
}
