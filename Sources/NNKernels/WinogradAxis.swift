import NNTensor

/// One axis of a part of a convolution that is computed as F(`tile`, `taps`), in the notation of Lavin and Gray, "Fast
/// Algorithms for Convolutional Neural Networks" (2016): `tile` neighbouring destinations from `points` products.
///
/// Destination `y` is at `destinationStart + y · destinationStep` and sums, over `j` in `0..<taps`, the source at
/// `(y + j) · sourceStep + sourceStart` times the kernel at `kernelStart + j · kernelStep`. The parts of a direct
/// convolution of stride `s` are sums over every `s`-th source, to be added up; those of an adjoint one each make every
/// `s`-th destination.
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

  /// Part `part` of a direct convolution: the kernel's positions that are `part` modulo `stride`.
  init(part: Int, input: Int, output: Int, kernel: Int, stride: Int, padding: Int, tile: Int) {
    self.tile = tile
    destinationCount = output
    (sourceStart, sourceStep, sourceCount) = (part - padding, stride, input)
    (taps, kernelStart, kernelStep) = (ceilingQuotient(kernel - part, stride), part, stride)
  }

  /// An adjoint convolution's phase, whose taps are neighbours.
  init(_ phase: ConvolutionPhase, tile: Int) {
    self.tile = tile
    (destinationStart, destinationStep) = (phase.destinationStart, phase.destinationStep)
    destinationCount = phase.destinationCount
    (sourceStart, sourceStep, sourceCount) = (phase.sourceStart, phase.sourceStep, phase.sourceCount)
    (taps, kernelStart, kernelStep) = (phase.tapCount, phase.kernelStart, phase.kernelStep)
  }

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
  @inlinable public func winogradParts(_ direction: ConvolutionDirection) -> (vertical: Int, horizontal: Int) {
    direction == .forward
      ? (min(strideHeight, kernelHeight), min(strideWidth, kernelWidth)) : (strideHeight, strideWidth)
  }

  /// The height of part `part`, in tiles of so many rows.
  public func verticalWinograd(
    _ part: Int, _ direction: ConvolutionDirection, tile: Int = WinogradAxis.largestTile
  ) -> WinogradAxis {
    if direction == .adjoint { return WinogradAxis(verticalPhase(part, .adjoint), tile: tile) }
    return WinogradAxis(
      part: part, input: inputHeight, output: outputHeight, kernel: kernelHeight, stride: strideHeight,
      padding: paddingTop, tile: tile)
  }

  /// The width of part `part`, in tiles of so many columns.
  public func horizontalWinograd(
    _ part: Int, _ direction: ConvolutionDirection, tile: Int = WinogradAxis.largestTile
  ) -> WinogradAxis {
    if direction == .adjoint { return WinogradAxis(horizontalPhase(part, .adjoint), tile: tile) }
    return WinogradAxis(
      part: part, input: inputWidth, output: outputWidth, kernel: kernelWidth, stride: strideWidth,
      padding: paddingLeft, tile: tile)
  }

  /// Whether all parts have one to three neighbouring taps along both axes, and one group; images are no smaller than a
  /// tile and padding than the kernel, since the errors of a tile are as large as its largest sums.
  public func allowsWinograd(_ direction: ConvolutionDirection) -> Bool {
    guard groups == 1, dilationHeight == 1, dilationWidth == 1, strideHeight <= 4, strideWidth <= 4,
      0..<kernelHeight ~= paddingTop, 0..<kernelWidth ~= paddingLeft,
      min(inputHeight, inputWidth, outputHeight, outputWidth) >= WinogradAxis.largestTile
    else { return false }
    let parts = winogradParts(direction)
    return (0..<parts.vertical).allSatisfy { 1...3 ~= verticalWinograd($0, direction).taps }
      && (0..<parts.horizontal).allSatisfy { 1...3 ~= horizontalWinograd($0, direction).taps }
  }

  /// Whether tiles of 2×2 are possible: of 3×3 taps at stride 1, and one group; images are no smaller than a tile and
  /// padding than the kernel.
  public func allowsWinograd2x2(_ direction: ConvolutionDirection) -> Bool {
    groups == 1 && dilationHeight == 1 && dilationWidth == 1 && strideHeight == 1 && strideWidth == 1
      && kernelHeight == 3 && kernelWidth == 3 && 0..<3 ~= paddingTop && 0..<3 ~= paddingLeft
      && min(inputHeight, inputWidth, outputHeight, outputWidth) >= 2
  }
}
