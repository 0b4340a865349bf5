import NNTensor

/// Names a buffer of a plan.
public struct BufferID: RowID, Comparable {
  /// The index into `Plan.buffers`.
  public let index: Int

  /// The buffer at `index`.
  public init(_ index: Int) { self.index = index }

  public static func < (a: BufferID, b: BufferID) -> Bool { a.index < b.index }
}

/// Where a buffer's bytes are.
public enum Place: Hashable, Sendable {
  /// At this byte of the arena, which the buffers of a plan share over time.
  case arena(offset: Int)
  /// At this byte of the memory that the plan's preparing steps fill once and its other steps only read.
  case retained(offset: Int)
  /// The parameter at this index.
  case parameter(Int)
  /// An optimizer's tensor for a parameter.
  case state(parameter: Int, slot: Int)
  /// A number that the host sets before each step.
  case scalar(slot: Int)
  /// Among the channels of another buffer's pixels, from a channel on: as far from pixel to pixel as the other's are.
  case view(of: BufferID, channel: Int)
  /// Not decided yet.
  case unplaced
}

/// Which samples a buffer has room for.
public enum SampleRoom: String, Hashable, Sendable {
  /// It holds no samples: weights, sums over samples, a kernel's partial results.
  case none
  /// All of the batch; steps of a loop use those that the loop is at.
  case batch
  /// Those that its loop is at: each run of the loop writes them anew.
  case chunk
}

/// A tensor's storage. Each is written by one step (or by the host) and read by later ones.
public struct Buffer: Hashable, Sendable {
  /// What it holds, such as `model.conv_1`.
  public var name: String
  /// Shape and element type.
  public var type: TensorType
  /// Bytes, a multiple of `Plan.alignment`.
  public var byteCount: Int
  /// Where it is.
  public var place: Place
  /// Which samples its first dimension counts.
  public var samples = SampleRoom.none
  /// Whether steps see it in other shapes than its type's.
  public var isReshaped = false
  /// The first and the last step that use it; -1 stands for the host before the first step, and the number of steps
  /// for the host after the last.
  public var lifetime: ClosedRange<Int>

  /// A buffer that is not placed yet.
  public init(name: String, type: TensorType, byteCount: Int, place: Place = .unplaced) {
    self.name = name
    self.type = type
    self.byteCount = byteCount
    self.place = place
    lifetime = 0...0
  }
}

/// A buffer that the host writes before a run or reads after it.
public struct Port: Hashable, Sendable {
  /// What the host calls it, such as `photos.input` or `losses.pixel`.
  public var name: String
  /// The buffer.
  public var buffer: BufferID
  /// The tensor's type as the host sees it.
  public var type: TensorType
  /// What it shows of a training step; nil for all else.
  public var gauge: Gauge?

  /// A port.
  public init(name: String, buffer: BufferID, type: TensorType, gauge: Gauge? = nil) {
    self.name = name
    self.buffer = buffer
    self.type = type
    self.gauge = gauge
  }
}

/// How much memory a plan's shared buffers take.
public struct ArenaSummary: Hashable, Sendable {
  /// Bytes of the arena.
  public var bytes = 0
  /// The largest sum of live bytes over the steps: no arena can be smaller.
  public var lowerBoundBytes = 0
  /// What the same buffers would take without sharing.
  public var unsharedBytes = 0

  /// An empty arena.
  public init() {}
}

/// What a plan was before it was made to keep within a limit.
public struct UnlimitedPlan: Hashable, Sendable {
  /// Bytes of its arena, as it would have been placed.
  public var arenaBytes: Int
  /// The samples that go through it at a time.
  public var samples: Int

  /// A plan's arena and samples.
  public init(arenaBytes: Int, samples: Int) {
    self.arenaBytes = arenaBytes
    self.samples = samples
  }
}

/// What a plan is for.
public enum Purpose: String, Hashable, Sendable {
  /// The network's output from its input.
  case run
  /// Outputs and losses, without training.
  case evaluate
  /// A training step.
  case train
}

/// Steps on buffers with their places: all that the runtime needs. A value that can be printed, compared, verified and
/// run.
public struct Plan: Hashable, Sendable {
  /// Every buffer starts at a multiple of this many bytes and is as long as a multiple of it.
  public static let alignment = 64
  /// What each step takes of memory besides all buffers: its description, and the arguments of its kernel's tasks, as
  /// measured.
  public static let bytesPerStep = 7 << 8
  /// What making a plan takes for each step, which is used again for the next plan; as measured.
  public static let bytesPerMadeStep = 13 << 8

  /// The networks' or spec's name.
  public var name: String
  /// What it is for.
  public var purpose: Purpose
  /// Samples in a batch.
  public var batch: Int
  /// Whether samples depend on each other, so that all of them go through at once.
  public var mixesSamples = false
  /// All tensors' storage.
  public var buffers: [Buffer] = []
  /// The steps, in order.
  public var steps: [Step] = []
  /// Steps that run several times, each time on other samples; in the order of steps, and apart from each other.
  public var loops: [Loop] = []
  /// The first so many steps prepare parameters (pack weights) and need to run only after these changed.
  public var preparingSteps = 0
  /// What is learnt or loaded; `Place.parameter` counts these.
  public var parameters: [Parameter] = []
  /// The numbers that the host sets before each step; `Place.scalar` counts these.
  public var scalars: [String] = []
  /// What the host writes.
  public var inputs: [Port] = []
  /// What the host reads.
  public var outputs: [Port] = []
  /// The arena.
  public var arena = ArenaSummary()
  /// Bytes that preparing steps fill.
  public var retainedBytes = 0
  /// What the plan would be without a limit to its memory; nil where it is that plan.
  public var unlimited: UnlimitedPlan?

  /// A plan without steps.
  public init(name: String, purpose: Purpose, batch: Int) {
    self.name = name
    self.purpose = purpose
    self.batch = batch
  }

  /// So many samples go through at a time, where they do in loops; otherwise the batch.
  public var samplesAtATime: Int { loops.map(\.samples).max() ?? batch }

  /// The buffer named by `id`.
  @inlinable public subscript(id: BufferID) -> Buffer {
    _read { yield buffers[id.index] }
    _modify { yield &buffers[id.index] }
  }

  /// Rounds a length up to the alignment.
  public static func aligned(_ byteCount: Int) -> Int { (byteCount + alignment - 1) / alignment * alignment }

  /// Useful additions and multiplications of one run: what is made again not counted.
  public var flops: Int { allFlops { !$0.recomputes } }

  /// Additions and multiplications of one run that make again what was not kept.
  public var recomputedFlops: Int { allFlops(of: \.recomputes) }

  private func allFlops(of isCounted: (Step) -> Bool) -> Int {
    func sum(_ steps: ArraySlice<Step>) -> Int { steps.saturatedSum { isCounted($0) ? $0.flops : 0 } }
    let again = loops.saturatedSum { sum(steps[$0.steps]).multipliedSaturated(by: $0.count - 1) }
    return sum(steps[...]).addingSaturated(again)
  }

  /// Bytes of parameters.
  public var parameterBytes: Int { parameters.reduce(0) { $0 + $1.shape.elementCount * 4 } }

  /// Bytes of the optimizer's tensors.
  public var stateBytes: Int {
    buffers.reduce(0) { sum, buffer in
      if case .state = buffer.place { sum + buffer.byteCount } else { sum }
    }
  }

  /// Bytes that the kernels work in, of each thread.
  public var scratchBytes: Int { steps.reduce(0) { max($0, $1.scratchBytes) } }

  /// All that a run of this plan holds at once, besides the program itself, what its threads work in and the data.
  public var totalBytes: Int { arena.bytes + retainedBytes + parameterBytes + stateBytes }
}
