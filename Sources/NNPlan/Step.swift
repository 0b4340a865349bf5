import NNTensor

/// A step of a plan: a kernel on buffers. Copies share what they hold, since steps are put in order more often than they are
/// changed.
@dynamicMemberLookup
public struct Step: Hashable, Sendable {
  /// What a step holds; read and changed as the step's own.
  public struct Contents: Hashable, Sendable {
    /// What is computed.
    public var kernel: Kernel
    /// The name people see, such as `convolution 3×3 + bias + relu`.
    public var name: String
    /// Buffers that are read.
    public var inputs: [BufferID]
    /// How often a run overwrites each of the buffers that are read before this step reads it, where these last from run to
    /// run: a parameter's old value is its version 0. Empty where all are that.
    public var versions: [Int]
    /// Buffers that are written.
    public var outputs: [BufferID]
    /// A buffer for the kernel's partial results.
    public var workspace: BufferID?
    /// An output that may take the place of an input, as the kernel reads each element before it writes it.
    public var inPlace: InPlace?
    /// The indices of outputs that are sums over samples: every run of a loop but the batch's first adds to them.
    public var sums: [Int]
    /// What was chosen for it by measurements; nil where rules chose.
    public var tuned: TunedChoice?
    /// The paths of the layers, losses or parameters it was made for.
    public var layers: [String]
    /// Additions and multiplications.
    public var flops: Int
    /// Bytes that the kernel works in, of each thread.
    public var scratchBytes: Int
    /// Whether it carries a gradient back.
    public var isGradient: Bool
    /// Whether it makes again what a step before it made, which was not kept so long.
    public var recomputes = false
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

  /// A part of what it holds.
  @inlinable public subscript<Value>(dynamicMember part: WritableKeyPath<Contents, Value>) -> Value {
    _read { yield shared.contents[keyPath: part] }
    set { shared.change { $0[keyPath: part] = newValue } }
  }
}

extension Step {
  /// The name, and what was chosen by measurements.
  public var title: String { self.name + (self.tuned?.text ?? "") }

  /// All buffers that are written, the workspace among them.
  public var writes: [BufferID] { self.workspace.map { self.outputs + [$0] } ?? self.outputs }

  /// The same reading other buffers where `renamed` names some.
  public func reading(_ renamed: [BufferID: BufferID]) -> Step {
    guard self.inputs.contains(where: { renamed[$0] != nil }) else { return self }
    var step = self
    step.inputs = self.inputs.map { renamed[$0] ?? $0 }
    return step
  }

  /// Calls `body` with each buffer that is written.
  @inlinable public func forEachWrite(_ body: (BufferID) -> Void) {
    for id in self.outputs { body(id) }
    if let workspace = self.workspace { body(workspace) }
  }

  /// Calls `body` with each buffer that is read or written.
  @inlinable public func forEachUse(_ body: (BufferID) -> Void) {
    for id in self.inputs { body(id) }
    forEachWrite(body)
  }
}
