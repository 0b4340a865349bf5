#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// 1 − the mean structural similarity of images `[batch, height, width, channels]` whose values span 1, and its gradient
/// for the prediction (Z. Wang, A. Bovik, H. Sheikh, E. Simoncelli, IEEE Transactions on Image Processing 13 (4), 2004,
/// equation 13): K1 = 0.01, K2 = 0.03, means over the places where the window fits. All in double precision.
///
/// Value: `similarityPartials` (`rowTasks` tasks), then `LossTotalArguments`. Gradient: `similarityGradientRows`
/// (`rowTasks`), then `similarityGradient` (`batch · height`). Both need `scratchBytes` of scratch memory.
public struct SimilarityArguments: BitwiseCopyable {
  /// The largest window.
  public static let maximumWindow = 33
  /// x.
  public var prediction: UnsafePointer<Float>
  /// y.
  public var target: UnsafePointer<Float>
  /// Value: one sum per task. Gradient: unused.
  public var partials: UnsafeMutablePointer<Double>?
  /// Gradient: working memory, `workspaceCount` values.
  public var workspace: UnsafeMutablePointer<Float>?
  /// dx. Gradient only.
  public var gradient: UnsafeMutablePointer<Float>?
  /// dL of the loss value, one value read when the kernel runs. Gradient only.
  public var upstream: UnsafePointer<Float>?
  /// N.
  public var batch: Int
  /// H, at least the window.
  public var height: Int
  /// W, at least the window.
  public var width: Int
  /// C.
  public var channels: Int
  /// Rows and columns of the window.
  public var window: Int
  /// The window's weights along one direction; their sum is 1.
  public var weights: InlineArray<33, Double>
  /// What the sum is divided by: places times channels, unless these are not all images.
  public var meanCount = 0

  /// Images and a Gaussian window; the rest is set by name.
  public init(
    prediction: UnsafePointer<Float>, target: UnsafePointer<Float>, batch: Int, height: Int, width: Int,
    channels: Int, window: Int, deviation: Double
  ) {
    self.prediction = prediction
    self.target = target
    self.batch = batch
    self.height = height
    self.width = width
    self.channels = channels
    self.window = min(window, Self.maximumWindow)
    weights = InlineArray(repeating: 0)
    var sum = 0.0
    for tap in 0..<self.window {
      let offset = Double(tap) - Double(self.window - 1) / 2
      weights[tap] = exp(-0.5 * offset * offset / (deviation * deviation))
      sum += weights[tap]
    }
    for tap in 0..<self.window { weights[tap] /= sum }
    meanCount = placeCount
  }

  /// Rows and columns of places.
  public var places: (height: Int, width: Int) { (height - window + 1, width - window + 1) }
  /// Tasks that each have a row of places.
  public var rowTasks: Int { batch * places.height }
  /// Places times channels.
  public var placeCount: Int { rowTasks * places.width * channels }
  /// The size of `workspace`, in values.
  public var workspaceCount: Int { 3 * rowTasks * width * channels }
  /// Doubles of a line of scratch memory: a row's values, behind them room to read a lane beyond the last.
  public var lineLength: Int { Self.lineLength(width: width, channels: channels) }
  /// Doubles before such a line: places that the window reaches from the row's first values.
  public var lineMargin: Int { Self.lineMargin(window: window, channels: channels) }
  /// Scratch memory of a task: four lines of doubles with their margins.
  public var scratchBytes: Int { Self.scratchBytes(width: width, channels: channels, window: window) }

  /// The same for a window on images of so many pixels in a row.
  public static func scratchBytes(width: Int, channels: Int, window: Int) -> Int {
    let line = lineMargin(window: window, channels: channels) + lineLength(width: width, channels: channels)
    return 4 * line * MemoryLayout<Double>.size
  }

  private static func lineLength(width: Int, channels: Int) -> Int { padded(width * channels + widestLane - 1) }
  private static func lineMargin(window: Int, channels: Int) -> Int { padded((window - 1) * channels) }

  /// Values in the widest lane of any instruction set.
  private static var widestLane: Int { 16 }
  private static func padded(_ count: Int) -> Int { (count + widestLane - 1) / widestLane * widestLane }
}

/// The mean of |difference| over pairs of neighbouring pixels of `[batch, height, width, channels]`, and its gradient.
public struct VariationArguments: BitwiseCopyable {
  /// x.
  public var prediction: UnsafePointer<Float>
  /// Value: one sum per task.
  public var partials: UnsafeMutablePointer<Double>?
  /// dx. Gradient only.
  public var gradient: UnsafeMutablePointer<Float>?
  /// dL of the loss value, one value read when the kernel runs. Gradient only.
  public var upstream: UnsafePointer<Float>?
  /// N.
  public var batch: Int
  /// H.
  public var height: Int
  /// W.
  public var width: Int
  /// C.
  public var channels: Int
  /// What the sum is divided by: the pairs, unless these are not all images; 1 for a single pixel.
  public var meanCount = 1

  /// An image; the rest is set by name.
  public init(prediction: UnsafePointer<Float>, batch: Int, height: Int, width: Int, channels: Int) {
    self.prediction = prediction
    self.batch = batch
    self.height = height
    self.width = width
    self.channels = channels
    meanCount = pairCount
  }

  /// Tasks of both kernels: rows.
  public var taskCount: Int { batch * height }
  /// Pairs of neighbours; one in each image of a single pixel, where the sum is 0.
  public var pairCount: Int { batch * max(1, channels * ((height - 1) * width + height * (width - 1))) }
}

/// Losses of images.
public struct ImageLossKernels: Sendable {
  /// Takes `SimilarityArguments`.
  public let similarityPartials: KernelFunction
  /// Stage 0 of the gradient of `SimilarityArguments`.
  public let similarityGradientRows: KernelFunction
  /// Stage 1 of the gradient of `SimilarityArguments`.
  public let similarityGradient: KernelFunction
  /// Takes `VariationArguments`; the total is `LossKernels.total`.
  public let variationPartials: KernelFunction
  /// Takes `VariationArguments`.
  public let variationGradient: KernelFunction

  /// The table, entry by entry.
  public init(
    similarityPartials: @escaping KernelFunction, similarityGradientRows: @escaping KernelFunction,
    similarityGradient: @escaping KernelFunction, variationPartials: @escaping KernelFunction,
    variationGradient: @escaping KernelFunction
  ) {
    self.similarityPartials = similarityPartials
    self.similarityGradientRows = similarityGradientRows
    self.similarityGradient = similarityGradient
    self.variationPartials = variationPartials
    self.variationGradient = variationGradient
  }
}
