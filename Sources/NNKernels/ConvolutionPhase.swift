import NNTensor

/// One axis of the destinations that share a set of taps.
///
/// Element `y` of the phase is at `destinationStart + y · destinationStep` and sums, over `j` in `0..<tapCount`, the
/// source at `y · sourceStep + sourceStart + j · tapStep` times the kernel at `kernelStart + j · kernelStep`.
/// A direct convolution has one phase; the adjoint of stride `s` has `s`, so that no inserted zero is ever multiplied.
public struct ConvolutionPhase: Sendable, Equatable {
  public var destinationStart: Int
  public var destinationStep: Int
  public var destinationCount: Int
  public var sourceStart: Int
  public var sourceStep: Int
  public var sourceCount: Int
  public var tapStep: Int
  public var tapCount: Int
  public var kernelStart: Int
  public var kernelStep: Int

  /// The only phase of a direct convolution along one axis.
  init(input: Int, output: Int, kernel: Int, stride: Int, dilation: Int, padding: Int) {
    (destinationStart, destinationStep, destinationCount) = (0, 1, output)
    (sourceStart, sourceStep, sourceCount) = (-padding, stride, input)
    (tapStep, tapCount, kernelStart, kernelStep) = (dilation, kernel, 0, 1)
  }

  /// Phase `phase` (`0..<stride`) of the adjoint along one axis: inputs whose index is `phase` modulo `stride`.
  init(phase: Int, input: Int, output: Int, kernel: Int, stride: Int, dilation: Int, padding: Int) {
    (destinationStart, destinationStep) = (phase, stride)
    destinationCount = max(0, ceilingQuotient(input - phase, stride))
    (sourceStep, sourceCount) = (1, output)
    var (divisor, remainder) = (stride, dilation)
    while remainder != 0 { (divisor, remainder) = (remainder, divisor % remainder) }
    let period = stride / divisor
    var first = 0
    while first < period, (phase + padding - first * dilation) % stride != 0 { first += 1 }
    tapCount = first < min(period, kernel) ? (kernel - 1 - first) / period + 1 : 0
    kernelStart = first + max(0, tapCount - 1) * period
    kernelStep = -period
    sourceStart = tapCount == 0 ? 0 : (phase + padding - kernelStart * dilation) / stride
    tapStep = max(1, dilation / divisor)
  }

  /// The taps of element `y` that lie inside the source.
  @inlinable public func taps(_ y: Int) -> Range<Int> {
    let base = y * sourceStep + sourceStart
    let first = min(tapCount, max(0, ceilingQuotient(-base, tapStep)))
    return first..<max(first, min(tapCount, floorQuotient(sourceCount - 1 - base, tapStep) + 1))
  }

  /// The elements all of whose taps lie inside the source.
  @inlinable public var interior: Range<Int> {
    let first = min(destinationCount, max(0, ceilingQuotient(-sourceStart, sourceStep)))
    let last = floorQuotient(sourceCount - 1 - sourceStart - max(0, tapCount - 1) * tapStep, sourceStep)
    return first..<max(first, min(destinationCount, last + 1))
  }

  /// Source positions from the first tap of one element to the last tap of the element `elements - 1` further.
  @inlinable public func span(_ elements: Int) -> Int {
    (elements - 1) * sourceStep + max(0, tapCount - 1) * tapStep + 1
  }
}

extension ConvolutionGeometry {
  /// Phases along the height in this direction.
  public func verticalPhases(_ direction: ConvolutionDirection) -> Int { direction == .forward ? 1 : strideHeight }
  /// Phases along the width in this direction.
  public func horizontalPhases(_ direction: ConvolutionDirection) -> Int { direction == .forward ? 1 : strideWidth }

  /// Phase `phase` along the height.
  public func verticalPhase(_ phase: Int, _ direction: ConvolutionDirection) -> ConvolutionPhase {
    switch direction {
    case .forward:
      ConvolutionPhase(
        input: inputHeight, output: outputHeight, kernel: kernelHeight, stride: strideHeight,
        dilation: dilationHeight, padding: paddingTop)
    case .adjoint:
      ConvolutionPhase(
        phase: phase, input: inputHeight, output: outputHeight, kernel: kernelHeight, stride: strideHeight,
        dilation: dilationHeight, padding: paddingTop)
    }
  }

  /// Phase `phase` along the width.
  public func horizontalPhase(_ phase: Int, _ direction: ConvolutionDirection) -> ConvolutionPhase {
    switch direction {
    case .forward:
      ConvolutionPhase(
        input: inputWidth, output: outputWidth, kernel: kernelWidth, stride: strideWidth, dilation: dilationWidth,
        padding: paddingLeft)
    case .adjoint:
      ConvolutionPhase(
        phase: phase, input: inputWidth, output: outputWidth, kernel: kernelWidth, stride: strideWidth,
        dilation: dilationWidth, padding: paddingLeft)
    }
  }
}
