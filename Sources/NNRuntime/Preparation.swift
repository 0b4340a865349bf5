import NNPlan

/// The preparing steps of a bound plan, and which of them must run again after parameters changed.
///
/// Steps that read each other's results run together; others' results stay as they are, whichever plan made them.
final class Preparation {
  /// Steps that run together.
  private struct Unit {
    /// The parameters that they read, by their indices in the store.
    var parameters: [Int] = []
    /// What they make for other steps.
    var results: [Prepared] = []
  }

  private let units: [Unit]
  /// The unit of each preparing step.
  private let unitOfStep: [Int]
  private var isStale: [Bool]
  /// The store's version with which nothing was stale.
  private var version: UInt64 = 0

  init(_ plan: Plan, _ memory: PlanMemory, _ store: ParameterStore) {
    var roots = Array(0..<plan.preparingSteps)
    func root(_ step: Int) -> Int { roots[step] == step ? step : root(roots[step]) }
    var writers: [BufferID: Int] = [:]
    for (index, step) in plan.steps[..<plan.preparingSteps].enumerated() {
      for id in step.inputs { if let writer = writers[id] { roots[root(writer)] = root(index) } }
      for id in step.writes { writers[id] = index }
    }
    var units: [Unit] = []
    var numbers: [Int: Int] = [:]
    unitOfStep = plan.steps[..<plan.preparingSteps].enumerated().map { index, step in
      let number = numbers[root(index)] ?? units.count
      if number == units.count {
        numbers[root(index)] = number
        units.append(Unit())
      }
      for name in plan.parameterNames(in: step) {
        if let parameter = store.index(of: name), !units[number].parameters.contains(parameter) {
          units[number].parameters.append(parameter)
        }
      }
      units[number].results += step.outputs.compactMap { memory.prepared(at: $0) }
      return number
    }
    self.units = units
    isStale = Array(repeating: false, count: units.count)
  }

  /// Whether nothing changed since all was prepared.
  func isCurrent(_ store: ParameterStore) -> Bool { version == store.version }

  /// Finds what must be made again; whether anything must.
  func findStale(_ store: ParameterStore) -> Bool {
    var isAny = false
    // By index: in debug builds the standard library's iterators allocate.
    var index = 0
    while index < units.count {
      isStale[index] = isStale(index, store)
      isAny = isAny || isStale[index]
      index += 1
    }
    return isAny
  }

  private func isStale(_ unit: Int, _ store: ParameterStore) -> Bool {
    var newest: UInt64 = 1
    var index = 0
    while index < units[unit].parameters.count {
      newest = max(newest, store.version(ofParameter: units[unit].parameters[index]))
      index += 1
    }
    index = 0
    while index < units[unit].results.count {
      if units[unit].results[index].version < newest { return true }
      index += 1
    }
    return false
  }

  /// Whether a preparing step is among those that must run again.
  func isStale(step: Int) -> Bool { isStale[unitOfStep[step]] }

  /// All that were stale have run.
  func finish(_ store: ParameterStore) {
    version = store.version
    var unit = 0
    while unit < units.count {
      var index = 0
      while isStale[unit], index < units[unit].results.count {
        units[unit].results[index].version = version
        index += 1
      }
      isStale[unit] = false
      unit += 1
    }
  }
}

extension Plan {
  /// The parameters that a step reads.
  func parameterNames(in step: Step) -> [String] {
    step.inputs.compactMap { if case .parameter(let index) = self[$0].place { parameters[index].name } else { nil } }
  }
}
