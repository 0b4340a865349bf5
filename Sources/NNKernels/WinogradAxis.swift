import NNTensor

/// One axis of a part of a convolution that is computed as F(`tile`, `taps`), in the notation of Lavin and Gray, "Fast
/// Algorithms for Convolutional Neural Networks" (2016): `tile` neighbouring destinations from `points` products.
///
/// Destination `y` is at `destinationStart + y · destinationStep` and sums, over `j` in `0..<taps`, the source at
/// `(y + j) · sourceStep + sourceStart` times the kernel at `kernelStart + j · kernelStep`. A convolution has several parts
/// where it has a stride, a dilation or more than three taps: those of a direct convolution of stride `s` are sums over
/// every `s`-th source, and more than three taps are cut into parts, all of these to be added up; those of an adjoint of
/// stride `s`, or of a dilation, each make every `s`-th destination.
public struct WinogradAxis: Sendable, Equatable {
  public var destinationStart = 0
  public var destinationStep = 1
  public var destinationCount: Int
  public var sourceStart: Int
  public var sourceStep: Int
  public var sourceCount: Int
  public var taps: Int
  public var kernelStart: Int
  public var kernelStep: Int
  /// Destinations of a tile: four, or two of three taps.
  public var tile: Int

  /// Part `part` of a direct convolution that strides: neighbouring taps among the kernel's positions that are equal modulo
  /// `stride`.
  init(part: Int, input: Int, output: Int, kernel: Int, stride: Int, padding: Int, tile: Int) {
    var (residue, index) = (0, part)
    while residue < kernel - 1, index >= Self.parts(ofTaps: Self.taps(kernel, stride, residue)) {
      index -= Self.parts(ofTaps: Self.taps(kernel, stride, residue))
      residue += 1
    }
    let range = Self.part(index, ofTaps: Self.taps(kernel, stride, residue))
    self.tile = tile
    destinationCount = output
    (taps, kernelStart, kernelStep) = (range.count, residue + range.lowerBound * stride, stride)
    (sourceStart, sourceStep, sourceCount) = (kernelStart - padding, stride, input)
  }

  /// Part `part` of a convolution's only phase: every so many destinations as its taps lie apart, or, of neighbouring taps,
  /// some of them.
  init(part: Int, of phase: ConvolutionPhase, tile: Int) {
    self.init(phase, tile: tile)
    if phase.tapStep > 1 {
      (destinationStart, destinationStep) = (part, phase.tapStep)
      destinationCount = max(0, ceilingQuotient(phase.destinationCount - part, phase.tapStep))
      (sourceStart, sourceStep) = (phase.sourceStart + part, phase.tapStep)
    } else {
      let range = Self.part(part, ofTaps: phase.tapCount)
      taps = range.count
      sourceStart += range.lowerBound
      kernelStart += range.lowerBound * kernelStep
    }
  }

  /// An adjoint convolution's phase, whose taps are neighbours.
  init(_ phase: ConvolutionPhase, tile: Int) {
    self.tile = tile
    (destinationStart, destinationStep) = (phase.destinationStart, phase.destinationStep)
    destinationCount = phase.destinationCount
    (sourceStart, sourceStep, sourceCount) = (phase.sourceStart, phase.sourceStep, phase.sourceCount)
    (taps, kernelStart, kernelStep) = (phase.tapCount, phase.kernelStart, phase.kernelStep)
  }

  /// Taps of a part, and of a kernel, at most.
  static var mostTaps: Int { 3 }
  static var mostKernel: Int { 9 }
  /// Parts that neighbouring taps are cut into.
  static func parts(ofTaps taps: Int) -> Int { ceilingQuotient(taps, mostTaps) }
  /// Those of one part: all have as many, or the first ones one more.
  static func part(_ index: Int, ofTaps taps: Int) -> Range<Int> {
    if taps <= mostTaps { return 0..<taps }
    let (count, larger) = taps.quotientAndRemainder(dividingBy: max(1, parts(ofTaps: taps)))
    let start = index * count + min(index, larger)
    return start..<start + count + (index < larger ? 1 : 0)
  }
  /// A kernel's positions that are `residue` modulo `stride`.
  static func taps(_ kernel: Int, _ stride: Int, _ residue: Int) -> Int { ceilingQuotient(kernel - residue, stride) }

  /// Destinations of the larger tiles.
  @inlinable public static var largestTile: Int { 4 }
  /// Sources of a tile, and its products.
  @inlinable public var points: Int { tile - 1 + taps }
  /// Products with different weights: one for a single tap, which all destinations of the tile share.
  @inlinable public var weightPoints: Int { taps == 1 ? 1 : points }
  /// Tiles along this axis.
  @inlinable public var tiles: Int { ceilingQuotient(destinationCount, tile) }
}

extension ConvolutionGeometry {
  /// Parts along the height and the width in this direction.
  public func winogradParts(_ direction: ConvolutionDirection) -> (vertical: Int, horizontal: Int) {
    func parts(_ kernel: Int, _ stride: Int, _ dilation: Int) -> Int {
      if dilation > 1 { return dilation }
      if stride == 1 { return WinogradAxis.parts(ofTaps: kernel) }
      if direction == .adjoint { return stride }
      return (0..<min(stride, kernel)).reduce(0) {
        $0 + WinogradAxis.parts(ofTaps: WinogradAxis.taps(kernel, stride, $1))
      }
    }
    return (parts(kernelHeight, strideHeight, dilationHeight), parts(kernelWidth, strideWidth, dilationWidth))
  }

  /// Whether its parts in this direction are to be added up: all have the same destinations then.
  public func addsWinogradParts(_ direction: ConvolutionDirection) -> Bool {
    dilationHeight * dilationWidth == 1 && (direction == .forward || strideHeight * strideWidth == 1)
  }

  /// The height of part `part`, in tiles of so many rows.
  public func verticalWinograd(
    _ part: Int, _ direction: ConvolutionDirection, tile: Int = WinogradAxis.largestTile
  ) -> WinogradAxis {
    if strideHeight == 1 { return WinogradAxis(part: part, of: verticalPhase(0, direction), tile: tile) }
    if direction == .adjoint { return WinogradAxis(verticalPhase(part, .adjoint), tile: tile) }
    return WinogradAxis(
      part: part, input: inputHeight, output: outputHeight, kernel: kernelHeight, stride: strideHeight,
      padding: paddingTop, tile: tile)
  }

  /// The width of part `part`, in tiles of so many columns.
  public func horizontalWinograd(
    _ part: Int, _ direction: ConvolutionDirection, tile: Int = WinogradAxis.largestTile
  ) -> WinogradAxis {
    if strideWidth == 1 { return WinogradAxis(part: part, of: horizontalPhase(0, direction), tile: tile) }
    if direction == .adjoint { return WinogradAxis(horizontalPhase(part, .adjoint), tile: tile) }
    return WinogradAxis(
      part: part, input: inputWidth, output: outputWidth, kernel: kernelWidth, stride: strideWidth,
      padding: paddingLeft, tile: tile)
  }

  /// Whether it has one group and parts of at most three taps along both axes, which are either all to be added up or none;
  /// images are no smaller than a tile and padding than the kernel, since the errors of a tile are as large as its largest
  /// sums.
  public func allowsWinograd(_ direction: ConvolutionDirection) -> Bool {
    let (strides, dilations) = (strideHeight * strideWidth, dilationHeight * dilationWidth)
    let (most, kernel) = (max(strideHeight, strideWidth, dilationHeight, dilationWidth), max(kernelHeight, kernelWidth))
    guard groups == 1, most <= 4, strides == 1 || dilations == 1, kernel <= WinogradAxis.mostKernel,
      0...(kernelHeight - 1) * dilationHeight ~= paddingTop, 0...(kernelWidth - 1) * dilationWidth ~= paddingLeft,
      min(inputHeight, outputHeight) >= WinogradAxis.largestTile * dilationHeight,
      min(inputWidth, outputWidth) >= WinogradAxis.largestTile * dilationWidth
    else { return false }
    if addsWinogradParts(direction) { return true }
    let parts = winogradParts(direction)
    guard parts == (max(strideHeight, dilationHeight), max(strideWidth, dilationWidth)) else { return false }
    return (0..<parts.vertical).allSatisfy { 1...WinogradAxis.mostTaps ~= verticalWinograd($0, direction).taps }
      && (0..<parts.horizontal).allSatisfy { 1...WinogradAxis.mostTaps ~= horizontalWinograd($0, direction).taps }
  }

  /// Whether `allowsWinograd` holds for the weights' gradient.
  public var allowsWinogradGradient: Bool { dilationHeight * dilationWidth == 1 && allowsWinograd(.forward) }

  /// Whether tiles of 2×2 are possible: of 3×3 taps at stride 1, and one group; images are no smaller than a tile and
  /// padding than the kernel.
  public func allowsWinograd2x2(_ direction: ConvolutionDirection) -> Bool {
    groups == 1 && dilationHeight == 1 && dilationWidth == 1 && strideHeight == 1 && strideWidth == 1
      && kernelHeight == 3 && kernelWidth == 3 && 0..<3 ~= paddingTop && 0..<3 ~= paddingLeft
      && min(inputHeight, inputWidth, outputHeight, outputWidth) >= 2
  }
}
