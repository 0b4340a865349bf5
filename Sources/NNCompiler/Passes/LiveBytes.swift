/// How many bytes live at each of some steps, by how they change from one to the next.
struct LiveBytes {
  /// All steps.
  let steps: ClosedRange<Int>
  /// At each step, and behind the last.
  private var changes: [Int]

  /// None yet, at any of these steps.
  init(_ steps: ClosedRange<Int>) {
    self.steps = steps
    changes = Array(repeating: 0, count: steps.count + 1)
  }

  /// Those of tenants; nil where there are none.
  init?(_ tenants: [Tenant]) {
    guard let steps = Self.steps(of: tenants) else { return nil }
    self.init(steps)
    for tenant in tenants { add(tenant.byteCount, tenant.lifetime) }
  }

  /// From the first step of any tenant to the last; nil where there are none.
  static func steps(of tenants: [Tenant]) -> ClosedRange<Int>? {
    guard let first = tenants.map(\.lifetime.lowerBound).min(), let last = tenants.map(\.lifetime.upperBound).max()
    else { return nil }
    return first...last
  }

  /// Adds bytes from the first to the last step of a life.
  mutating func add(_ bytes: Int, _ life: ClosedRange<Int>) {
    changes[life.lowerBound - steps.lowerBound] += bytes
    changes[life.upperBound - steps.lowerBound + 1] -= bytes
  }

  /// Lets bytes that were added up to one step live up to another.
  mutating func move(_ bytes: Int, from old: Int, to new: Int) {
    changes[old - steps.lowerBound + 1] += bytes
    changes[new - steps.lowerBound + 1] -= bytes
  }

  /// Calls `body` with each step and the bytes that live there, in order.
  func forEachStep(_ body: (_ step: Int, _ bytes: Int) -> Void) {
    var live = 0
    for step in steps {
      live += changes[step - steps.lowerBound]
      body(step, live)
    }
  }

  /// The most bytes that are needed at a step, which needs as many less as it saves, and by how much all steps together need
  /// more than `target`. The search for what to compute again asks this for each of its tries.
  func needs(less savings: [Int], above target: Int) -> (peak: Int, excess: Int) {
    var (live, peak, excess, index) = (0, 0, 0, 0)
    var step = steps.lowerBound
    while step <= steps.upperBound {
      live += changes[index]
      let needed = step >= 0 && step < savings.count ? live - savings[step] : live
      if needed > peak { peak = needed }
      if needed > target { excess += needed - target }
      index += 1
      step += 1
    }
    return (peak, excess)
  }

  /// The most bytes that live at a step.
  var most: Int {
    var (live, most) = (0, 0)
    for change in changes {
      live += change
      most = max(most, live)
    }
    return most
  }
}
