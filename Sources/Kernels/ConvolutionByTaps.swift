import CProcessor
import NNKernels

/// A direct convolution one tap after the other (see `DirectCut.goesByTaps`): the sums of all of the task's pixels wait in the
/// scratch memory, and the weights of a piece of a tap's channels stay in the first-level cache for all of them, packed there
/// where they are not before. Each sum adds up the same products in the same order as in a tile of registers.
func convolveByTaps(
  _ arguments: UnsafePointer<ConvolutionArguments>, _ cut: DirectCut, _ work: ConvolutionTask,
  _ scratch: UnsafeMutableRawPointer
) {
  let plan = arguments.pointee.plan
  let g = plan.geometry
  let sums = scratch.assumingMemoryBound(to: Float.self) + cut.windowStart
  let perTap = plan.sourceChannels / g.groups * work.lanes * Lane.width
  let pieces = PiecesOfWeights(arguments, cut, work, room: sums + cut.sumsCount)
  var weights = work.weights
  for py in 0..<g.verticalPhases(plan.direction) {
    let vertical = g.verticalPhase(py, plan.direction)
    let rows = work.rows.clamped(to: 0..<vertical.destinationCount)
    for px in 0..<g.horizontalPhases(plan.direction) {
      let horizontal = g.horizontalPhase(px, plan.direction)
      let columns = work.columns.clamped(to: 0..<horizontal.destinationCount)
      let phase = PhaseByTaps(vertical: vertical, horizontal: horizontal, rows: rows, columns: columns)
      phase.sum(arguments, work, weights, perTap, pieces, sums)
      phase.store(arguments, work, sums)
      weights += vertical.tapCount * horizontal.tapCount * perTap
    }
  }
}

/// The weights of a task's block that are packed piece by piece.
private struct PiecesOfWeights {
  /// The block's first weight.
  private let weights: UnsafePointer<Float>
  private let geometry: ConvolutionGeometry
  private let isForward: Bool
  private let channels: Int
  private let width: Int
  private let room: UnsafeMutablePointer<Float>

  /// Nil where weights are packed.
  init?(
    _ arguments: UnsafePointer<ConvolutionArguments>, _ cut: DirectCut, _ work: ConvolutionTask,
    room: UnsafeMutablePointer<Float>
  ) {
    if !cut.packsPieces { return nil }
    let plan = arguments.pointee.plan
    geometry = plan.geometry
    isForward = plan.direction == .forward
    let group = work.sourceWord / (plan.sourceChannels / geometry.groups)
    let first = work.destinationChannel - group * (plan.destinationChannels / geometry.groups)
    weights =
      arguments.pointee.packed + group * geometry.groupOutputs + (isForward ? first : first * geometry.outputChannels)
    (channels, width) = ((work.lanes - 1) * Lane.width + work.tail, work.lanes * Lane.width)
    self.room = room
  }

  /// Packs `sources` of one position of the kernel.
  func pack(_ kernel: (Int, Int), _ sources: Range<Int>) -> UnsafePointer<Float> {
    let outputs = geometry.outputChannels
    let position = weights + (kernel.0 * geometry.kernelWidth + kernel.1) * geometry.groupInputs * outputs
    if isForward {
      packRows(position + sources.lowerBound * outputs, room, sources.count, outputs, channels, width)
    } else {
      packTransposed(position + sources.lowerBound, room, sources.count, outputs, channels, width)
    }
    return UnsafePointer(room)
  }
}

/// The part of a phase that a task computes.
private struct PhaseByTaps {
  var vertical: ConvolutionPhase
  var horizontal: ConvolutionPhase
  var rows: Range<Int>
  var columns: Range<Int>

  /// Adds up the products of all taps, at `sums` `[image][row][column][lanes]`.
  func sum(
    _ arguments: UnsafePointer<ConvolutionArguments>, _ work: ConvolutionTask, _ weights: UnsafePointer<Float>,
    _ perTap: Int, _ unpacked: PiecesOfWeights?, _ sums: UnsafeMutablePointer<Float>
  ) {
    let a = arguments.pointee
    let (words, width) = (a.plan.sourceWords, work.lanes * Lane.width)
    let channels = perTap / width
    clear(sums, work.images.count * rows.count * columns.count * width)
    // What is packed shares the cache with what it is packed from.
    let pieces = ceilingQuotient(perTap, unpacked == nil ? MatrixProduct.nearWeights : DirectCut.pieceCount)
    let asks = unpacked == nil && processor_streams_slowly()
    for ky in 0..<vertical.tapCount {
      let ys = vertical.destinations(ky).clamped(to: rows)
      for kx in 0..<horizontal.tapCount {
        let xs = horizontal.destinations(kx).clamped(to: columns)
        if ys.isEmpty || xs.isEmpty { continue }
        let tap = weights + (ky * horizontal.tapCount + kx) * perTap
        let column = xs.lowerBound * horizontal.sourceStep + horizontal.sourceStart + kx * horizontal.tapStep
        for index in 0..<pieces {
          let (first, last) = (index * channels / pieces, (index + 1) * channels / pieces)
          var piece = tap + first * width
          if let unpacked {
            let kernel = (
              vertical.kernelStart + ky * vertical.kernelStep, horizontal.kernelStart + kx * horizontal.kernelStep
            )
            piece = unpacked.pack(kernel, first..<last)
          }
          var isNext = asks
          for image in work.images {
            for y in ys {
              let line = y * vertical.sourceStep + vertical.sourceStart + ky * vertical.tapStep
              let pixel = (image * a.plan.sourceHeight + line) * a.plan.sourceWidth + column
              var product = MatrixProduct(
                sources: a.source + pixel * words + work.sourceWord + first, stride: horizontal.sourceStep * words,
                length: last - first, weights: piece)
              if isNext { product.askWeights(tap + last * width, lanes: work.lanes) }
              isNext = false
              let row = (image - work.image) * rows.count + y - rows.lowerBound
              let place = row * columns.count + xs.lowerBound - columns.lowerBound
              product.run(ProductTiles(xs.count, lanes: work.lanes), pairs: false, sums + place * width, adds: true)
            }
          }
        }
      }
    }
  }

  /// Does with the sums what the epilogue says.
  func store(
    _ arguments: UnsafePointer<ConvolutionArguments>, _ work: ConvolutionTask, _ sums: UnsafeMutablePointer<Float>
  ) {
    let a = arguments.pointee
    let words = a.plan.destinationWords
    var epilogue = TileEpilogue(
      a, first: work.destinationChannel, tail: work.tail, stride: horizontal.destinationStep * words, sums: sums)
    let column = horizontal.destinationStart + columns.lowerBound * horizontal.destinationStep
    for image in work.images {
      for y in rows {
        let line = image * a.plan.destinationHeight + vertical.destinationStart + y * vertical.destinationStep
        let pixel = line * a.plan.destinationWidth + column
        let target = a.destination + pixel * words + a.plan.destinationWord(work.destinationChannel)
        finishTile(columns.count, work.lanes, target, &epilogue, bias: epilogue.bias)
        epilogue.sums += columns.count * work.lanes * Lane.width
      }
    }
  }
}

extension ConvolutionPhase {
  /// The elements whose tap `tap` lies inside the source.
  fileprivate func destinations(_ tap: Int) -> Range<Int> {
    let base = sourceStart + tap * tapStep
    let first = max(0, ceilingQuotient(-base, sourceStep))
    return first..<max(first, floorQuotient(sourceCount - 1 - base, sourceStep) + 1)
  }
}
