import NNTensor

/// How a parameter's values in memory follow from those in files: the file's tensor, viewed as `fileView`, with its
/// dimensions permuted.
struct FileLayout {
  /// The dimensions of the view.
  private let lengths: [Int]
  /// What a step along each of them is worth in the file's order and in memory.
  private let fileStrides: [Int]
  private let memoryStrides: [Int]
  private let isIdentity: Bool
  /// The dimension of the view that is the last in memory.
  private let lane: Int

  init(_ parameter: Parameter) {
    lengths = parameter.fileView.dimensions
    let order = parameter.order
    isIdentity = order == Array(0..<order.count)
    lane = order.last ?? 0
    fileStrides = Self.strides(lengths)
    let inMemory = Self.strides(order.map { [lengths] in lengths[$0] })
    var strides = [Int](repeating: 0, count: lengths.count)
    for (position, dimension) in order.enumerated() { strides[dimension] = inMemory[position] }
    memoryStrides = strides
  }

  private static func strides(_ lengths: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: lengths.count)
    for index in lengths.indices.dropLast().reversed() { strides[index] = strides[index + 1] * lengths[index + 1] }
    return strides
  }

  /// Writes values that stand in the file's order to memory; both have as many.
  func toMemory(_ file: UnsafeBufferPointer<Float>, _ memory: UnsafeMutableBufferPointer<Float>) {
    precondition(file.count == memory.count, "\(file.count) values for \(memory.count)")
    guard let source = file.baseAddress, let target = memory.baseAddress else { return }
    if isIdentity { return target.update(from: source, count: file.count) }
    forEachRun { fileIndex, memoryIndex, count, stride in
      for k in 0..<count { target[memoryIndex &+ k] = source[fileIndex &+ k &* stride] }
    }
  }

  /// The values in memory, in the file's order.
  func toFile(_ memory: UnsafeMutableBufferPointer<Float>) -> [Float] {
    guard let source = memory.baseAddress, !isIdentity else { return Array(memory) }
    return [Float](unsafeUninitializedCapacity: memory.count) { file, count in
      count = memory.count
      guard let target = file.baseAddress else { return }
      forEachRun { fileIndex, memoryIndex, count, stride in
        for k in 0..<count { target[fileIndex &+ k &* stride] = source[memoryIndex &+ k] }
      }
    }
  }

  /// Calls `body` for runs of up to 16 values that are neighbours in memory and `stride` apart in the file. All other
  /// dimensions are gone through in the file's order, so that both sides are read and written by whole cache lines.
  @inline(__always)
  private func forEachRun(_ body: (_ file: Int, _ memory: Int, _ count: Int, _ stride: Int) -> Void) {
    let others = lengths.indices.filter { $0 != lane }
    let runs = others.reduce(1) { $0 * lengths[$1] }
    for first in stride(from: 0, to: lengths[lane], by: 16) {
      let count = min(16, lengths[lane] - first)
      var position = [Int](repeating: 0, count: others.count)
      var (file, memory) = (first * fileStrides[lane], first)
      for _ in 0..<runs {
        body(file, memory, count, fileStrides[lane])
        var axis = others.count - 1
        while axis >= 0 {
          let dimension = others[axis]
          file += fileStrides[dimension]
          memory += memoryStrides[dimension]
          position[axis] += 1
          if position[axis] < lengths[dimension] { break }
          file -= fileStrides[dimension] * lengths[dimension]
          memory -= memoryStrides[dimension] * lengths[dimension]
          position[axis] = 0
          axis -= 1
        }
      }
    }
  }
}
