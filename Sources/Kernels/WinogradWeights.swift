import CProcessor
import NNKernels

/// One part's weights to a block of destination channels, to be transformed to planes `[source channel][block's lanes]`.
struct WinogradWeights {
  private let weights: UnsafePointer<Float>
  private let isDirect: Bool
  private let y: WinogradAxis
  private let x: WinogradAxis
  private let block: WinogradBlock
  /// Output channels of the convolution, and floats from tap to tap of a row and from row to row.
  private let outputs: Int
  private let column: Int
  private let row: Int
  /// Floats from plane to plane of the results.
  private let plane: Int
  /// Room for the taps between as many sources and destinations as a lane has floats.
  private let room: UnsafeMutablePointer<Float>

  init(
    _ plan: ConvolutionPlan, _ weights: UnsafePointer<Float>, _ y: WinogradAxis, _ x: WinogradAxis,
    _ block: WinogradBlock, plane: Int, room: UnsafeMutablePointer<Float>
  ) {
    let g = plan.geometry
    let tap = g.inputChannels * g.outputChannels
    (outputs, isDirect) = (g.outputChannels, plan.direction == .forward)
    (self.y, self.x, self.block, self.plane, self.room) = (y, x, block, plane, room)
    (column, row) = (x.kernelStep * tap, y.kernelStep * g.kernelWidth * tap)
    self.weights = weights + (y.kernelStart * g.kernelWidth + x.kernelStart) * tap
  }

  /// Transforms the weights of source channels `sources`, the first of which goes to `target`.
  func transform(_ sources: Range<Int>, _ target: UnsafeMutablePointer<Float>) {
    if y.tile == 2 { return transform(Taps<3, 3, 2>.self, sources, target) }
    switch (y.taps, x.taps) {
    case (1, 1): transform(Taps<1, 1, 4>.self, sources, target)
    case (1, 2): transform(Taps<1, 2, 4>.self, sources, target)
    case (1, 3): transform(Taps<1, 3, 4>.self, sources, target)
    case (2, 1): transform(Taps<2, 1, 4>.self, sources, target)
    case (2, 2): transform(Taps<2, 2, 4>.self, sources, target)
    case (2, 3): transform(Taps<2, 3, 4>.self, sources, target)
    case (3, 1): transform(Taps<3, 1, 4>.self, sources, target)
    case (3, 2): transform(Taps<3, 2, 4>.self, sources, target)
    default: transform(Taps<3, 3, 4>.self, sources, target)
    }
  }

  @inline(__always)
  private func transform<let vertical: Int, let horizontal: Int, let tile: Int>(
    _ taps: Taps<vertical, horizontal, tile>.Type, _ sources: Range<Int>, _ target: UnsafeMutablePointer<Float>
  ) {
    if isDirect {
      transformRows(taps, sources, target)
    } else {
      transformColumns(taps, sources, target)
    }
  }

  /// Of a direct convolution, whose destination channels lie side by side.
  @inline(never)
  private func transformRows<let vertical: Int, let horizontal: Int, let tile: Int>(
    _: Taps<vertical, horizontal, tile>.Type, _ sources: Range<Int>, _ target: UnsafeMutablePointer<Float>
  ) {
    var target = target
    for source in sources {
      for lane in 0..<block.lanes {
        let from = weights + source * outputs + block.first + lane * Lane.width
        let count = lane == block.lanes - 1 ? block.tail : Lane.width
        let taps = Taps<vertical, horizontal, tile>(start: from, row: row, column: column)
        taps.prefetch(4 * outputs)
        taps.transform(count, target, plane)
        target += Lane.width
      }
    }
  }

  /// Of an adjoint one, whose source channels lie side by side: they are exchanged with the destinations first.
  @inline(never)
  private func transformColumns<let vertical: Int, let horizontal: Int, let tile: Int>(
    _: Taps<vertical, horizontal, tile>.Type, _ sources: Range<Int>, _ target: UnsafeMutablePointer<Float>
  ) {
    let square = Lane.width * Lane.width
    for first in stride(from: sources.lowerBound, to: sources.upperBound, by: Lane.width) {
      for lane in 0..<block.lanes {
        let from = weights + (block.first + lane * Lane.width) * outputs + first
        let count = lane == block.lanes - 1 ? block.tail : Lane.width
        let sourceCount = min(Lane.width, sources.upperBound - first)
        for ky in 0..<vertical {
          for kx in 0..<horizontal {
            transpose(
              from + ky * row + kx * column, outputs, rows: count, room + (ky * horizontal + kx) * square, Lane.width,
              columns: sourceCount)
          }
        }
        // The next destinations' or, behind the last, the next sources' weights.
        let next = lane < block.lanes - 1 ? Lane.width * outputs : Lane.width - lane * Lane.width * outputs
        let ahead = Taps<vertical, horizontal, tile>(start: from + next, row: row, column: column)
        for source in 0..<sourceCount {
          ahead.prefetch(source * outputs)
          Taps<vertical, horizontal, tile>(start: room + source * Lane.width, row: horizontal * square, column: square)
            .transform(
              Lane.width, target + ((first - sources.lowerBound + source) * block.lanes + lane) * Lane.width, plane)
        }
      }
    }
  }
}

/// The taps between one source channel and one lane of destination channels, in floats from row to row and from column to
/// column.
private struct Taps<let vertical: Int, let horizontal: Int, let tile: Int> {
  var start: UnsafePointer<Float>
  var row: Int
  var column: Int

  /// Asks for the taps `distance` floats further on.
  @inline(__always)
  func prefetch(_ distance: Int) {
    for ky in 0..<vertical {
      for kx in 0..<horizontal { processor_prefetch(start + distance + ky * row + kx * column) }
    }
  }

  /// Transforms them, `count` channels, to one lane of each plane.
  @inline(__always)
  func transform(_ count: Int, _ target: UnsafeMutablePointer<Float>, _ plane: Int) {
    let (rows, columns) = (vertical == 1 ? 1 : vertical + tile - 1, horizontal == 1 ? 1 : horizontal + tile - 1)
    transformBothWays { ky, kx in
      Lane(start + ky * row + kx * column, count: count)
    } down: { (taps: InlineArray<vertical, Lane>) in
      tile == 2 ? transformSmallWeights(taps) : transformWeights(taps)
    } across: { (taps: InlineArray<horizontal, Lane>) in
      tile == 2 ? transformSmallWeights(taps) : transformWeights(taps)
    } store: { py, px, result in
      if py < rows, px < columns { result.store(target + (py * columns + px) * plane) }
    }
  }
}
