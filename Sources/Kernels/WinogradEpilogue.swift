import CProcessor
import NNKernels

/// What becomes of a block's products of a strip.
struct WinogradResults {
  var strip: WinogradStrip
  var block: WinogradBlock
  /// Room for one tile's results `[tile][tile][block's lanes]`.
  var room: UnsafeMutablePointer<Float>
  /// All tiles' results so far, if there are several parts to be added up.
  var sums: WinogradSums?
  /// Whether this is the first part, and the last one.
  var isFirst: Bool
  var isLast: Bool

  /// Transforms the products of all tiles, and stores what they result in.
  func finish(_ arguments: UnsafePointer<ConvolutionArguments>, _ products: WinogradProducts) {
    guard isFirst, isLast, let whole = WinogradWholeTile(arguments, strip, block, products) else {
      var epilogue = epilogue(arguments.pointee)
      return eachTile(products) { at, tile, index in
        finishTile(arguments, at, tile, sums?.start(index), &epilogue)
      }
    }
    // By its address: copied for each tile, it would be read before it is written.
    withUnsafePointer(to: whole) { whole in
      eachTile(products) { at, tile, _ in
        if let target = whole.pointee.target(at) {
          whole.pointee.ask(target)
          whole.store(tile.start, target)
        } else {
          finishBorder(arguments, at, tile)
        }
      }
    }
  }

  /// What becomes of results that do not go from the registers to where they are stored.
  private func epilogue(_ a: ConvolutionArguments) -> TileEpilogue {
    TileEpilogue(
      a, first: block.first, tail: block.tail, stride: strip.x.destinationStep * a.plan.destinationWords, sums: room,
      addsBias: false)
  }

  /// A tile that reaches over the destination's border.
  @inline(never)
  private func finishBorder(
    _ arguments: UnsafePointer<ConvolutionArguments>, _ at: TilePlace, _ products: WinogradProducts
  ) {
    var epilogue = epilogue(arguments.pointee)
    finishTile(arguments, at, products, nil, &epilogue)
  }

  @inline(__always)
  private func eachTile(_ products: WinogradProducts, _ body: (TilePlace, WinogradProducts, _ index: Int) -> Void) {
    var (at, tile) = (strip.firstPlace, products)
    for index in 0..<strip.tiles.count {
      body(at, tile, index)
      at.advance()
      tile.start += products.stride
    }
  }

  /// Transforms the products of a tile; adds them to its `sums`, if they are not nil, or stores what results in the end.
  @inline(never)
  private func finishTile(
    _ arguments: UnsafePointer<ConvolutionArguments>, _ at: TilePlace, _ products: WinogradProducts,
    _ sums: UnsafeMutablePointer<Float>?, _ epilogue: inout TileEpilogue
  ) {
    let a = arguments.pointee
    let bias = isLast ? a.bias.map { $0 + block.first } : nil
    if isLast, a.plan.poolHeight == 1, a.projection == nil { prefetch(a, at, epilogue) }
    if strip.y.tile == 2 {
      smallResults(products, block.lanes, bias, room)
    } else {
      let row = self.sums?.row ?? 0
      TileResults(
        products: products, lanes: block.lanes, bias: bias, sums: isFirst ? nil : UnsafePointer(sums), sumsRow: row,
        results: isLast ? room : sums ?? room, row: isLast ? 4 * block.lanes * Lane.width : row
      )
      .work(strip.y.points, strip.x.points)
    }
    if !isLast { return }
    epilogue.sums = room
    if a.plan.poolHeight > 1 {
      pool(arguments, at, room)
    } else {
      store(a, at, &epilogue)
    }
  }

  /// Where the tile's results go.
  @inline(__always)
  private func target(_ a: ConvolutionArguments, _ at: TilePlace) -> UnsafeMutablePointer<Float> {
    let (y, x) = (strip.y, strip.x)
    let line = at.image * a.plan.destinationHeight + y.destinationStart + at.y * y.destinationStep
    let pixel = line * a.plan.destinationWidth + x.destinationStart + at.x * x.destinationStep
    return a.destination + pixel * a.plan.destinationWords + a.plan.storedWord(block.first)
  }

  /// Asks for what is stored to, so that it is near when the products are transformed.
  @inline(__always)
  private func prefetch(_ a: ConvolutionArguments, _ at: TilePlace, _ epilogue: TileEpilogue) {
    var line = target(a, at)
    for _ in 0..<min(strip.y.tile, strip.y.destinationCount - at.y) {
      for column in 0..<strip.x.tile {
        for lane in stride(from: 0, to: block.lanes, by: Lane.perLine) {
          let place = line + column * epilogue.stride + lane * Lane.words(epilogue.isBFloat16)
          processor_prefetch_write(place)
          if epilogue.gradient != .identity { processor_prefetch(UnsafeRawPointer(place) + epilogue.savedOffset) }
        }
      }
      line += strip.y.destinationStep * a.plan.destinationWidth * a.plan.destinationWords
    }
  }

  /// Stores the tile's results that lie inside the destination.
  private func store(
    _ a: ConvolutionArguments, _ at: TilePlace, _ epilogue: inout TileEpilogue
  ) {
    let (y, x) = (strip.y, strip.x)
    var target = target(a, at)
    let columns = min(x.tile, x.destinationCount - at.x)
    let rows = min(y.tile, y.destinationCount - at.y)
    let line = y.destinationStep * a.plan.destinationWidth * a.plan.destinationWords
    if epilogue.projection != nil {
      for row in 0..<rows { loadProjected(columns, x.tile * row, target + row * line, &epilogue) }
      projectPixels(y.tile * x.tile, block.lanes, &epilogue)
    }
    for row in 0..<rows {
      if epilogue.projection != nil {
        storeProjected(columns, x.tile * row, target, &epilogue)
      } else {
        storeTileRow(columns, block.lanes, target, &epilogue)
        epilogue.sums += x.tile * block.lanes * Lane.width
      }
      target += line
    }
  }

  /// Stores the maxima of the tile's windows of 2×2.
  private func pool(
    _ arguments: UnsafePointer<ConvolutionArguments>, _ at: TilePlace,
    _ results: UnsafePointer<Float>
  ) {
    let a = arguments.pointee
    let isPlain = a.activation == .identity || a.activation == .relu
    var epilogue = PoolTileEpilogue(
      bias: nil, isRelu: a.activation == .relu, tail: block.tail, windows: 1, stride: 0,
      isBFloat16: a.plan.destinationElement == .bfloat16)
    let width = block.lanes * Lane.width
    let tile = strip.x.tile
    for window in 0..<tile * tile / 4 {
      let (down, right) = (window / (tile / 2), window % (tile / 2))
      let (y, x) = (at.y / 2 + down, at.x / 2 + right)
      if y >= a.plan.pooledHeight || x >= a.plan.pooledWidth { continue }
      let pixel = (at.image * a.plan.pooledHeight + y) * a.plan.pooledWidth + x
      for lane in 0..<block.lanes {
        let from = results + 2 * (down * tile + right) * width + lane * Lane.width
        var values = InlineArray<4, Lane>(repeating: .zero)
        for index in 0..<4 {
          let value = Lane(from + (index / 2 * tile + index % 2) * width)
          values[index] = isPlain ? value : activate(a.activation, value, slope: a.slope)
        }
        let to = pixel * a.plan.destinationChannels + block.first + lane * Lane.width
        let count = lane == block.lanes - 1 ? block.tail : Lane.width
        storeMaximum(
          values[0], values[1], values[2], values[3], a.destination + a.plan.destinationWord(to),
          a.argmax.map { $0 + to }, count, .zero, &epilogue)
      }
    }
  }
}

/// Stores a row of a tile's results.
@inline(__always)
private func storeTileRow(
  _ pixels: Int, _ lanes: Int, _ target: UnsafeMutablePointer<Float>, _ epilogue: UnsafePointer<TileEpilogue>
) {
  let e = epilogue.pointee
  guard e.isPlain, !e.isBFloat16 else { return finishTile(pixels, lanes, target, epilogue) }
  let floor = Lane(repeating: e.activation == .relu ? 0 : -.infinity)
  var sums = UnsafePointer(e.sums)
  for m in 0..<pixels {
    for n in 0..<lanes {
      let value = Lane(sums)
      value.selecting(floor, where: value .< floor).store(target + m * e.stride + n * Lane.width)
      sums += Lane.width
    }
  }
}
