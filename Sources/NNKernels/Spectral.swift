import NNTensor

/// A matrix of weights with its singular vectors, for all stages of the spectral norm's kernels. Sums over a whole vector
/// are one task each: they are as long as one axis of the matrix.
public struct SpectralArguments: BitwiseCopyable {
  /// W: the weights; for the gradient, those divided by σ.
  public var weight: UnsafePointer<Float>
  /// u, a value for each row.
  public var left: UnsafeMutablePointer<Float>
  /// v, a value for each column.
  public var right: UnsafeMutablePointer<Float>
  /// σ; for the gradient it is read only.
  public var sigma: UnsafeMutablePointer<Float>?
  /// The gradient for the divided weights.
  public var upstream: UnsafePointer<Float>?
  /// The divided weights, or the gradient for the weights; may be `upstream`.
  public var output: UnsafeMutablePointer<Float>?
  /// Working memory, `productWorkspace` or `gradientWorkspace` values.
  public var workspace: UnsafeMutablePointer<Float>
  /// Whether rows are the weights' last axis, else the last but one.
  public let rowsAreOuter: Bool
  /// The product of all axes but the last two.
  public let taps: Int
  /// The last axis but one.
  public let inner: Int
  /// The last axis.
  public let outer: Int

  /// The arguments of a power iteration, which changes `left` and `right`; other stages only read these.
  public init(
    weight: UnsafePointer<Float>, left: UnsafeMutablePointer<Float>, right: UnsafeMutablePointer<Float>,
    workspace: UnsafeMutablePointer<Float>, matrix: WeightMatrix
  ) {
    self.weight = weight
    self.left = left
    self.right = right
    self.workspace = workspace
    rowsAreOuter = matrix.rows == .outer
    (taps, inner, outer) = (matrix.taps, matrix.inner, matrix.outer)
  }

  /// Values of u.
  public var rowCount: Int { rowsAreOuter ? outer : inner }
  /// Values of v.
  public var columnCount: Int { taps * (rowsAreOuter ? inner : outer) }
  /// Values of the weights.
  public var count: Int { taps * inner * outer }

  /// Tasks of `adjoint`.
  public var adjointTasks: Int {
    rowsAreOuter ? TaskGrid.tasks(taps * inner, by: linesPerTask) : taps * columnBlocks
  }
  /// Tasks of `product`.
  public var productTasks: Int {
    rowsAreOuter ? TaskGrid.tasks(taps * inner, by: linesPerProduct) : TaskGrid.tasks(inner, by: channelsPerProduct)
  }
  /// Tasks of `divide` and `gradientPartials`.
  public var elementTasks: Int { TaskGrid.tasks(count) }
  /// Tasks of `gradientApply`.
  public var lineTasks: Int { TaskGrid.tasks(taps * inner, by: linesPerTask) }

  /// Blocks of 256 of the outer channels.
  public var columnBlocks: Int { TaskGrid.tasks(outer, by: 256) }
  /// Lines of outer channels that one task handles.
  public var linesPerTask: Int { TaskGrid.rowsPerTask(channels: outer) }
  /// Lines of outer channels that one task of `product` adds up: at most 128 tasks.
  public var linesPerProduct: Int { Self.linesPerProduct(lines: taps * inner, outer: outer) }

  private static func linesPerProduct(lines: Int, outer: Int) -> Int {
    max(TaskGrid.rowsPerTask(channels: outer), TaskGrid.tasks(lines, by: 128))
  }

  /// Inner channels that one task of `product` handles.
  public var channelsPerProduct: Int { TaskGrid.rowsPerTask(channels: taps * outer) }
  /// Rows of partial sums that `product` leaves.
  public var partialCount: Int { rowsAreOuter ? productTasks : 1 }

  /// The working memory, in values, of a power iteration or division.
  public static func productWorkspace(_ matrix: WeightMatrix) -> Int {
    guard matrix.rows == .outer else { return matrix.inner }
    let lines = matrix.taps * matrix.inner
    return TaskGrid.tasks(lines, by: linesPerProduct(lines: lines, outer: matrix.outer)) * matrix.outer
  }

  /// The working memory, in values, of the gradient: the sum, then each task's part of it.
  public static func gradientWorkspace(_ matrix: WeightMatrix) -> Int {
    1 + TaskGrid.tasks(matrix.taps * matrix.inner * matrix.outer)
  }
}

/// Power iterations, the division by σ and its gradient; all take `SpectralArguments`.
///
/// A power iteration is `adjoint`, `normalizeRight`, `product`, `normalizeLeft`; the division `product`, `value`,
/// `divide`; the gradient `gradientPartials`, `gradientTotal`, `gradientApply`.
public struct SpectralKernels: Sendable {
  /// v = Wᵀ u.
  public let adjoint: KernelFunction
  /// v / ‖v‖; one task.
  public let normalizeRight: KernelFunction
  /// Partial sums of W v.
  public let product: KernelFunction
  /// u = W v / ‖W v‖; one task.
  public let normalizeLeft: KernelFunction
  /// σ = u · W v; one task.
  public let value: KernelFunction
  /// W / σ.
  public let divide: KernelFunction
  /// Partial sums of the products of gradient and divided weights.
  public let gradientPartials: KernelFunction
  /// Their sum; one task.
  public let gradientTotal: KernelFunction
  /// The gradient for the weights.
  public let gradientApply: KernelFunction

  /// The table, entry by entry.
  public init(
    adjoint: @escaping KernelFunction, normalizeRight: @escaping KernelFunction, product: @escaping KernelFunction,
    normalizeLeft: @escaping KernelFunction, value: @escaping KernelFunction, divide: @escaping KernelFunction,
    gradientPartials: @escaping KernelFunction, gradientTotal: @escaping KernelFunction,
    gradientApply: @escaping KernelFunction
  ) {
    self.adjoint = adjoint
    self.normalizeRight = normalizeRight
    self.product = product
    self.normalizeLeft = normalizeLeft
    self.value = value
    self.divide = divide
    self.gradientPartials = gradientPartials
    self.gradientTotal = gradientTotal
    self.gradientApply = gradientApply
  }
}
