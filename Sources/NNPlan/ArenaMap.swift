/// The arena over time: where each buffer lies, and when.
public struct ArenaMap: Sendable {
  /// A buffer's bytes while it is used.
  public struct Rectangle: Hashable, Sendable {
    /// The buffer.
    public var buffer: BufferID
    /// Half steps: step `s` reads in `2 s` and has written in `2 s + 1`. The host is before step 0, and after the last.
    public var time: Range<Int>
    /// Its bytes of the arena.
    public var bytes: Range<Int>
  }

  /// All buffers of the arena, each once, in the order of their ids.
  public let rectangles: [Rectangle]

  /// The map of a plan. A buffer that takes the place of another in a step begins where that one ends, within the step.
  public init(_ plan: Plan) {
    var times = plan.buffers.map { 2 * $0.lifetime.lowerBound..<2 * $0.lifetime.upperBound + 2 }
    for (index, step) in plan.steps.enumerated() {
      guard let pair = step.inPlace else { continue }
      let (input, output) = (step.inputs[pair.input], step.outputs[pair.output])
      guard plan[input].place == plan[output].place, plan[input].lifetime.upperBound == index,
        plan[output].lifetime.lowerBound == index
      else { continue }
      times[input.index] = times[input.index].lowerBound..<2 * index + 1
      times[output.index] = 2 * index + 1..<times[output.index].upperBound
    }
    rectangles = plan.buffers.enumerated().compactMap { index, buffer in
      guard case .arena(let offset) = buffer.place else { return nil }
      return Rectangle(
        buffer: BufferID(index), time: times[index], bytes: offset..<offset + max(buffer.byteCount, 1))
    }
  }
}
