/// How long each step of a plan took.
public struct Profile: Hashable, Sendable {
  /// One step.
  public struct Entry: Hashable, Sendable {
    /// Seconds of all its runs together.
    public var seconds = 0.0
    /// How often it ran.
    public var runs = 0
  }

  /// For each of `plan.steps`.
  public private(set) var steps: [Entry]

  init(stepCount: Int) { steps = Array(repeating: Entry(), count: stepCount) }

  mutating func add(_ seconds: Double, toStep step: Int) {
    steps[step].seconds += seconds
    steps[step].runs += 1
  }
}

extension BoundPlan {
  /// Measures every step of the following runs, from nothing.
  public func startProfile() { profile = Profile(stepCount: plan.steps.count) }

  /// Stops measuring; what was measured is returned.
  @discardableResult
  public func stopProfile() -> Profile? {
    defer { profile = nil }
    return profile
  }
}
