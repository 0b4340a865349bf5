/// How a convolution's work is cut into tasks by each of the algorithms.
public enum ConvolutionCut: Sendable, Equatable {
  /// Products of the values as they are.
  case direct(DirectCut)
  /// Winograd's algorithm (see `allowsWinograd`); then nothing is made canonical, and only windows of 2×2 are pooled.
  case winograd(WinogradCut)
  /// The same where weights are not packed before: `ConvolutionArguments.packed` are then the weights as they are.
  case winogradUnpacked(WinogradUnpackedCut)
  /// The same where only columns are transformed (see `allowsWinograd4x1`).
  case winograd4x1(Winograd4x1Cut)
  /// A matrix product of few pixels, of floats: `ConvolutionArguments.packed` are the weights as they are.
  case unpacked(UnpackedCut)
  /// Of narrow groups (see `groupWidth`), of floats and without pooling; then nothing is made canonical, and of a depthwise
  /// convolution `ConvolutionArguments.packed` are the weights as they are.
  case grouped(GroupedCut)
}
