import NNKernels

/// Memory that will be needed soon, asked for bit by bit: one request with each pixel that a tile sums, so that requests
/// never wait for each other.
private struct MemoryAhead {
  private let start: UnsafeRawPointer
  /// Bytes from request to request, and from one run of requests to the next.
  private let step: Int
  private let runStride: Int
  private let tilesPerRun: Int
  /// Requests of a tile.
  private let pixels: Int
  /// Tiles until everything has been asked for.
  let tiles: Int
  private var tile = 0

  /// `rows` rows of consecutive floats, `stride` floats apart, to be asked for during `tiles` tiles of `pixels` pixels.
  init(_ start: UnsafePointer<Float>, floats: Int, rows: Int, stride: Int, tiles: Int, pixels: Int) {
    self.start = UnsafeRawPointer(start)
    self.pixels = pixels
    let lines = ceilingQuotient(floats * 4, 64)
    if lines >= rows {
      // What is read faster than it can be asked for, the processor sees coming by itself.
      let wanted = rows == 0 ? 0 : tiles / rows
      tilesPerRun = lines <= wanted * pixels ? wanted : 0
      step = tilesPerRun == 0 ? 0 : ceilingQuotient(floats * 4, tilesPerRun * pixels)
      runStride = stride * 4
      self.tiles = rows * tilesPerRun
    } else {
      tilesPerRun = ceilingQuotient(rows, pixels)
      step = stride * 4
      runStride = 64
      self.tiles = lines * tilesPerRun
    }
  }

  /// The first request of the next tile and the bytes from one to the next, or nil if all was asked for.
  @inline(__always)
  mutating func next() -> (UnsafeRawPointer, Int)? {
    if tile >= tiles { return nil }
    let offset = tile / tilesPerRun * runStride + tile % tilesPerRun * pixels * step
    tile += 1
    return (start + offset, step)
  }
}

/// Asks for the memory of both operands that the next chunk will need.
struct WeightGradientAhead: MemoryRequests {
  private var input: MemoryAhead
  private var output: MemoryAhead
  private let here: UnsafeRawPointer

  /// While output rows `ys` and columns `xs` of an image are summed.
  init(_ a: WeightGradientArguments, _ work: WeightGradientTask, _ image: Int, _ ys: Range<Int>, _ xs: Range<Int>) {
    let plan = a.plan
    let g = plan.geometry
    let (line, column) = xs.upperBound < g.outputWidth ? (ys.lowerBound, xs.upperBound) : (ys.upperBound, 0)
    let width = min(xs.count, g.outputWidth - column)
    let pixels = xs.count * ys.count

    let outputFloats = width * ys.count * plan.outputWords
    var (floats, rows, stride) = (width * g.strideWidth * plan.inputWords, ys.count * g.strideHeight, 0)
    var channel = 0
    if plan.rowChunks > 1, !plan.swapped {
      channel = work.group * g.groupInputs + work.rows.lowerBound
      (floats, rows, stride) = (work.rows.count, rows * width * g.strideWidth, plan.inputWords)
    } else if width == g.outputWidth {
      (floats, rows) = (rows * g.inputWidth * plan.inputWords, 1)
    } else {
      stride = g.inputWidth * plan.inputWords
    }
    let most = Tile.rows(work.blocks.count > 1 ? Tile.columns : work.lanes)
    let all = work.kernelRows.count * plan.rowTaps * ceilingQuotient(work.rows.count, most) * work.blocks.count
    let tiles = line < g.outputHeight ? all : 0
    let share = Double(floats * rows) / Double(floats * rows + outputFloats)
    let inputTiles = min(tiles, max(min(1, tiles - 1), Int((Double(tiles) * share).rounded())))

    let y = line * g.strideHeight + work.kernelRows.upperBound - 1 - g.paddingTop
    let source = ((image * g.inputHeight + y) * g.inputWidth + column * g.strideWidth) * plan.inputWords + channel
    input = MemoryAhead(
      a.input + source, floats: floats, rows: inputTiles > 0 ? rows : 0, stride: stride, tiles: inputTiles,
      pixels: pixels)
    let pixel = (image * g.outputHeight + line) * g.outputWidth + column
    output = MemoryAhead(
      a.output + pixel * plan.outputWords, floats: outputFloats, rows: 1, stride: 0,
      tiles: max(0, tiles - input.tiles), pixels: pixels)
    here = UnsafeRawPointer(a.output)
  }

  @inline(__always)
  mutating func next() -> (UnsafeRawPointer, Int) { input.next() ?? output.next() ?? (here, 0) }
}
