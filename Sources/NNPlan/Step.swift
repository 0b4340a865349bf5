import NNTensor

/// A step of a plan: a kernel on buffers. Copies share what they hold, since steps are put in order more often than they are
/// changed.
public struct Step: Hashable, Sendable {
  @usableFromInline struct Contents: Hashable, Sendable {
    @usableFromInline var kernel: Kernel
    @usableFromInline var name: String
    @usableFromInline var inputs: [BufferID]
    @usableFromInline var versions: [Int]
    @usableFromInline var outputs: [BufferID]
    @usableFromInline var workspace: BufferID?
    @usableFromInline var inPlace: InPlace?
    @usableFromInline var sums: [Int]
    @usableFromInline var tuned: TunedChoice?
    @usableFromInline var layers: [String]
    @usableFromInline var flops: Int
    @usableFromInline var scratchBytes: Int
    @usableFromInline var isGradient: Bool
    @usableFromInline var recomputes: Bool

    @inlinable init(
      kernel: Kernel, name: String, inputs: [BufferID], versions: [Int], outputs: [BufferID], workspace: BufferID?,
      inPlace: InPlace?, sums: [Int], tuned: TunedChoice?, layers: [String], flops: Int, scratchBytes: Int,
      isGradient: Bool
    ) {
      self.kernel = kernel
      self.name = name
      self.inputs = inputs
      self.versions = versions
      self.outputs = outputs
      self.workspace = workspace
      self.inPlace = inPlace
      self.sums = sums
      self.tuned = tuned
      self.layers = layers
      self.flops = flops
      self.scratchBytes = scratchBytes
      self.isGradient = isGradient
      recomputes = false
    }
  }

  @usableFromInline var shared: Shared<Contents>

  /// A step.
  public init(
    kernel: Kernel, name: String, inputs: [BufferID], versions: [Int] = [], outputs: [BufferID],
    workspace: BufferID? = nil, inPlace: InPlace? = nil, sums: [Int] = [], tuned: TunedChoice? = nil, layers: [String],
    flops: Int, scratchBytes: Int = 0, isGradient: Bool = false
  ) {
    shared = Shared(
      Contents(
        kernel: kernel, name: name, inputs: inputs, versions: versions, outputs: outputs, workspace: workspace,
        inPlace: inPlace, sums: sums, tuned: tuned, layers: layers, flops: flops, scratchBytes: scratchBytes,
        isGradient: isGradient))
  }
}

// MARK: What it holds

extension Step {
  /// What is computed.
  public var kernel: Kernel {
    @inlinable _read { yield shared.contents.kernel }
    set { shared.change { $0.kernel = newValue } }
  }

  /// The name people see, such as `convolution 3×3 + bias + relu`.
  public var name: String {
    @inlinable _read { yield shared.contents.name }
    set { shared.change { $0.name = newValue } }
  }

  /// Buffers that are read.
  public var inputs: [BufferID] {
    @inlinable _read { yield shared.contents.inputs }
    set { shared.change { $0.inputs = newValue } }
  }

  /// How often a run overwrites each of the buffers that are read before this step reads it, where these last from run to
  /// run: a parameter's old value is its version 0. Empty where all are that.
  public var versions: [Int] {
    @inlinable _read { yield shared.contents.versions }
    set { shared.change { $0.versions = newValue } }
  }

  /// Buffers that are written.
  public var outputs: [BufferID] {
    @inlinable _read { yield shared.contents.outputs }
    set { shared.change { $0.outputs = newValue } }
  }

  /// A buffer for the kernel's partial results.
  public var workspace: BufferID? {
    @inlinable _read { yield shared.contents.workspace }
    set { shared.change { $0.workspace = newValue } }
  }

  /// An output that may take the place of an input, as the kernel reads each element before it writes it.
  public var inPlace: InPlace? {
    @inlinable _read { yield shared.contents.inPlace }
    set { shared.change { $0.inPlace = newValue } }
  }

  /// The indices of outputs that are sums over samples: every run of a loop but the batch's first adds to them.
  public var sums: [Int] {
    @inlinable _read { yield shared.contents.sums }
    set { shared.change { $0.sums = newValue } }
  }

  /// What was chosen for it by measurements; nil where rules chose.
  public var tuned: TunedChoice? {
    @inlinable _read { yield shared.contents.tuned }
    set { shared.change { $0.tuned = newValue } }
  }

  /// The paths of the layers, losses or parameters it was made for.
  public var layers: [String] {
    @inlinable _read { yield shared.contents.layers }
    set { shared.change { $0.layers = newValue } }
  }

  /// Additions and multiplications.
  public var flops: Int {
    @inlinable _read { yield shared.contents.flops }
    set { shared.change { $0.flops = newValue } }
  }

  /// Bytes that the kernel works in, of each thread.
  public var scratchBytes: Int {
    @inlinable _read { yield shared.contents.scratchBytes }
    set { shared.change { $0.scratchBytes = newValue } }
  }

  /// Whether it carries a gradient back.
  public var isGradient: Bool {
    @inlinable _read { yield shared.contents.isGradient }
    set { shared.change { $0.isGradient = newValue } }
  }

  /// Whether it makes again what a step before it made, which was not kept so long.
  public var recomputes: Bool {
    @inlinable _read { yield shared.contents.recomputes }
    set { shared.change { $0.recomputes = newValue } }
  }

  /// The name, and what was chosen by measurements.
  public var title: String { name + (tuned?.text ?? "") }

  /// All buffers that are written, the workspace among them.
  public var writes: [BufferID] { workspace.map { outputs + [$0] } ?? outputs }

  /// The same reading other buffers where `renamed` names some.
  public func reading(_ renamed: [BufferID: BufferID]) -> Step {
    guard inputs.contains(where: { renamed[$0] != nil }) else { return self }
    var step = self
    step.inputs = inputs.map { renamed[$0] ?? $0 }
    return step
  }

  /// Calls `body` with each buffer that is written.
  @inlinable public func forEachWrite(_ body: (BufferID) -> Void) {
    for id in outputs { body(id) }
    if let workspace { body(workspace) }
  }

  /// Calls `body` with each buffer that is read or written.
  @inlinable public func forEachUse(_ body: (BufferID) -> Void) {
    for id in inputs { body(id) }
    forEachWrite(body)
  }
}
