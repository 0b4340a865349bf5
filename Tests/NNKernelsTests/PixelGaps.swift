/// Pixels with NaNs between them, which stay: `gap` words behind each pixel's `width`, some of them before the first.
struct PixelGaps {
  let buffer: GuardedBuffer
  private let width: Int
  private let gap: Int

  /// Words that follow each other, put apart.
  init(_ words: [Float], width: Int, gap: Int) {
    (self.width, self.gap) = (width, gap)
    let lead = [Float](repeating: .nan, count: gap / 2)
    let behind = [Float](repeating: .nan, count: gap - gap / 2)
    let pixels = stride(from: 0, to: words.count, by: max(1, width)).map { words[$0..<min(words.count, $0 + width)] }
    buffer = GuardedBuffer(gap == 0 ? words : pixels.flatMap { lead + $0 + behind })
  }

  /// Where the first pixel starts.
  var start: UnsafeMutablePointer<Float> { buffer.floats + gap / 2 }

  /// The pixels' words, one behind the other.
  var words: [Float] {
    if gap == 0 { return buffer.values }
    let all = buffer.values
    return all.indices.filter { isPixel($0) }.map { all[$0] }
  }

  /// Whether what lies between and around the pixels is what it was.
  var isIntact: Bool {
    let all = buffer.values
    return buffer.guardsIntact && (gap == 0 || all.indices.allSatisfy { isPixel($0) || all[$0].isNaN })
  }

  private func isPixel(_ index: Int) -> Bool { (gap / 2..<gap / 2 + width).contains(index % (width + gap)) }
}
