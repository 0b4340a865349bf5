import CProcessor
import NNKernels

/// The 1×1 convolution to at most four channels that a tile's pixels go through before they are stored. Lanes run over the
/// channels that are summed: products are added lane by lane, then the elements of the lanes of several pixels together.
/// Where these channels are several blocks, each adds to what the one before has stored.
struct TileProjection {
  /// `[lane of channels][projected channel][lane]`, zeros behind the channels.
  var weights: UnsafePointer<Float>
  /// A lane of biases, zeros behind them, once more for every four.
  var bias: UnsafePointer<Float>
  /// Room for four values of 16 pixels.
  var room: UnsafeMutablePointer<Float>
  /// Projected channels, and words that they are stored in.
  var channels: Int
  var words: Int
  /// What follows the last block's sums.
  var activation: ActivationKind
  var slope: Float
  /// Whether there is something to add to.
  var adds: Bool

  /// The projection of the block that begins with channel `first` of a convolution whose task has laid it out in its scratch
  /// memory; nil where it has none.
  @inline(__always)
  init?(_ a: ConvolutionArguments, first: Int, _ scratch: UnsafeMutablePointer<Float>) {
    guard let projection = a.projection else { return nil }
    let isLast = first + Lane.width * Tile.columns >= a.plan.destinationChannels
    (activation, slope) = (isLast ? projection.activation : .identity, projection.slope)
    adds = first > 0
    (channels, words) = (a.plan.projectedChannels, a.plan.destinationWords)
    let start = scratch + a.plan.projectionStart
    room = start
    (bias, weights) = (UnsafePointer(start + 64), UnsafePointer(start + 64 + Lane.width + first * channels))
  }
}

extension ProjectionArguments {
  /// Writes bias and weights to a task's scratch memory, as tiles read them.
  @inline(never)
  func lay(_ plan: ConvolutionPlan, _ scratch: UnsafeMutableRawPointer) {
    let start = scratch.assumingMemoryBound(to: Float.self) + plan.projectionStart
    let count = plan.projectedChannels
    for index in 0..<Lane.width {
      let channel = index % 4
      start[64 + index] = channel < count ? bias.map { $0[channel] } ?? 0 : 0
    }
    let target = start + 64 + Lane.width
    let padded = (plan.destinationChannels + Lane.width - 1) / Lane.width * Lane.width
    clear(target, padded * count)
    for channel in 0..<plan.destinationChannels {
      let to = target + channel / Lane.width * count * Lane.width + channel % Lane.width
      for index in 0..<count { to[index * Lane.width] = weights[channel * count + index] }
    }
  }
}

/// Stores the projected values of `rows` pixels of `columns` lanes of sums, to which the bias has been added.
@inline(never)
func projectTile(
  _ rows: Int, _ columns: Int, _ destination: UnsafeMutablePointer<Float>, _ epilogue: UnsafePointer<TileEpilogue>
) {
  loadProjected(rows, 0, destination, epilogue)
  projectPixels(rows, columns, epilogue)
  storeProjected(rows, 0, destination, epilogue)
}

/// Writes four values for each of at most 16 pixels, as they are stored, to the projection's room; adds what is there.
@inline(never)
func projectPixels(_ rows: Int, _ columns: Int, _ epilogue: UnsafePointer<TileEpilogue>) {
  guard let p = epilogue.pointee.projection else { return }
  let sums = epilogue.pointee.sums
  let activation = epilogue.pointee.activation
  if epilogue.pointee.tail < Lane.width { clearTails(rows, columns, sums, epilogue.pointee.tail) }
  let isPlain = activation == .identity || activation == .relu
  if !isPlain { activate(sums, lanes: rows * columns, activation, slope: epilogue.pointee.slope) }
  let floor = Lane(repeating: activation == .relu ? 0 : -.infinity)
  let tile = ProjectionTile(rows: rows, columns: columns, sums: sums, floor: floor, projection: p)
  switch p.channels {
  case 1: tile.run(InlineArray<1, Lane>.self)
  case 2: tile.run(InlineArray<2, Lane>.self)
  case 3: tile.run(InlineArray<3, Lane>.self)
  default: tile.run(InlineArray<4, Lane>.self)
  }
  let lanes = (4 * rows + Lane.width - 1) / Lane.width
  activate(p.room, lanes: lanes, p.activation, slope: p.slope)
  if epilogue.pointee.isBFloat16 { round(p.room, lanes: lanes) }
}

/// Loads `count` pixels to the projection's room, from pixel `first` on, if there is something to add to.
@inline(__always)
func loadProjected(
  _ count: Int, _ first: Int, _ destination: UnsafePointer<Float>, _ epilogue: UnsafePointer<TileEpilogue>
) {
  guard let p = epilogue.pointee.projection, p.adds else { return }
  // Four values each: what lies behind a pixel's own is of no use, and does no harm.
  let (room, stride) = (UnsafeMutableRawPointer(p.room + first * 4), epilogue.pointee.stride)
  for m in 0..<count {
    let values = UnsafeRawPointer(destination + m * stride).loadUnaligned(as: SIMD4<Float>.self)
    room.storeBytes(of: values, toByteOffset: m * 16, as: SIMD4<Float>.self)
  }
}

/// Stores `count` of the pixels in the projection's room, from pixel `first` on.
@inline(__always)
func storeProjected(
  _ count: Int, _ first: Int, _ destination: UnsafeMutablePointer<Float>, _ epilogue: UnsafePointer<TileEpilogue>
) {
  guard let p = epilogue.pointee.projection else { return }
  let step = epilogue.pointee.isBFloat16 ? 2 : 4
  let (source, stride) = (UnsafePointer(p.room + first * step), epilogue.pointee.stride)
  switch p.words {
  case 1: storePixels(InlineArray<1, Float>.self, count, source, step, destination, stride)
  case 2: storePixels(InlineArray<2, Float>.self, count, source, step, destination, stride)
  case 3: storePixels(InlineArray<3, Float>.self, count, source, step, destination, stride)
  default: storePixels(InlineArray<4, Float>.self, count, source, step, destination, stride)
  }
}

@inline(__always)
private func storePixels<let words: Int>(
  _: InlineArray<words, Float>.Type, _ count: Int, _ source: UnsafePointer<Float>, _ step: Int,
  _ destination: UnsafeMutablePointer<Float>, _ stride: Int
) {
  for m in 0..<count {
    for n in 0..<words { destination[m * stride + n] = source[m * step + n] }
  }
}

/// Zeros in place of what is behind the channels, which may be anything.
private func clearTails(_ rows: Int, _ columns: Int, _ sums: UnsafeMutablePointer<Float>, _ tail: Int) {
  for m in 0..<rows {
    let last = sums + ((m + 1) * columns - 1) * Lane.width
    Lane(last, count: tail).store(last)
  }
}

private func activate(
  _ values: UnsafeMutablePointer<Float>, lanes: Int, _ activation: ActivationKind, slope: Float
) {
  if activation == .identity { return }
  for index in 0..<lanes {
    let place = values + index * Lane.width
    activate(activation, Lane(place), slope: slope).store(place)
  }
}

/// Rounds lanes where they are to bf16 numbers, one behind the other.
private func round(_ values: UnsafeMutablePointer<Float>, lanes: Int) {
  for index in 0..<lanes {
    Lane(values + index * Lane.width).store(values + index * Lane.words(true), isBFloat16: true)
  }
}

private struct ProjectionTile {
  var rows: Int
  var columns: Int
  var sums: UnsafePointer<Float>
  /// The least value.
  var floor: Lane
  var projection: TileProjection

  @inline(__always)
  func run<let channels: Int>(_: InlineArray<channels, Lane>.Type) {
    typealias Pixel = InlineArray<channels, Lane>
    switch Lane.width {
    case 16: run(InlineArray<4, Pixel>.self)
    case 8: run(InlineArray<2, Pixel>.self)
    default: run(InlineArray<1, Pixel>.self)
    }
  }

  /// As many pixels at a time as have four values each in a lane.
  @inline(__always)
  private func run<let pixels: Int, let channels: Int>(
    _ type: InlineArray<pixels, InlineArray<channels, Lane>>.Type
  ) {
    let bias = Lane(projection.bias)
    for first in stride(from: 0, to: rows, by: pixels) {
      let place = projection.room + 4 * first
      (sumsOfLanes(products(type, first)) + (projection.adds ? Lane(place) : bias)).store(place)
    }
  }

  /// Sums over the lanes of channels; pixels behind the last are the last once more.
  @inline(__always)
  private func products<let pixels: Int, let channels: Int>(
    _: InlineArray<pixels, InlineArray<channels, Lane>>.Type, _ first: Int
  ) -> InlineArray<pixels, InlineArray<channels, Lane>> {
    var result = InlineArray<pixels, InlineArray<channels, Lane>>(repeating: .init(repeating: .zero))
    for lane in 0..<columns {
      let weights = projection.weights + lane * channels * Lane.width
      for m in 0..<pixels {
        let sum = Lane(sums + (min(first + m, rows - 1) * columns + lane) * Lane.width)
        let value = sum.selecting(floor, where: sum .< floor)
        for n in 0..<channels { addProduct(&result[m][n], value, Lane(weights + n * Lane.width)) }
      }
    }
    return result
  }

  /// The sums of the elements of each lane, four for each pixel.
  @inline(__always)
  private func sumsOfLanes<let pixels: Int, let channels: Int>(
    _ lanes: InlineArray<pixels, InlineArray<channels, Lane>>
  ) -> Lane {
    var fours = InlineArray<pixels, Lane>(repeating: .zero)
    for m in 0..<pixels {
      let a = lanes[m][0]
      let b = channels > 1 ? lanes[m][1] : Lane.zero
      let c = channels > 2 ? lanes[m][2] : Lane.zero
      let d = channels > 3 ? lanes[m][3] : Lane.zero
      let high = channels > 2 ? sumsOfNeighbours(.elements, c, d) : Lane.zero
      fours[m] = sumsOfNeighbours(.elements, sumsOfNeighbours(.elements, a, b), high)
    }
    switch pixels {
    case 4:
      return sumsOfNeighbours(
        .fours, sumsOfNeighbours(.fours, fours[0], fours[1]), sumsOfNeighbours(.fours, fours[2], fours[3]))
    case 2: return sumsOfNeighbours(.fours, fours[0], fours[1])
    default: return fours[0]
    }
  }
}

/// What is added two by two.
private enum Neighbours { case elements, fours }

/// Within each four elements a₀ + a₁, a₂ + a₃, b₀ + b₁, b₂ + b₃; or the same of fours of elements, in all of the lanes.
@inline(__always)
private func sumsOfNeighbours(_ neighbours: Neighbours, _ a: Lane, _ b: Lane) -> Lane {
  var pair = (a, b)
  withUnsafeMutableBytes(of: &pair) { bytes in
    let place = bytes.baseAddress
    switch (neighbours, Lane.width) {
    case (.elements, 16): processor_add_elements16(place)
    case (.elements, 8): processor_add_elements8(place)
    case (.elements, _): processor_add_elements4(place)
    case (.fours, 16): processor_add_fours16(place)
    case (.fours, 8): processor_add_fours8(place)
    case (.fours, _): break
    }
  }
  return pair.0
}
