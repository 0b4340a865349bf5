import NNCompiler
import NNKernels
import NNPlan
import NNTensor

/// The convolutions of a plan, and the ways in which each could be computed.
struct TuningCandidates {
  /// One convolution, at one or several steps.
  struct Item {
    /// Its name.
    var name: String
    /// The ways, the rules' first.
    var choices: [Tuning.Choice]
    /// What the plan calls it.
    var title: String
    /// The layers that it is of.
    var layers: [String]
  }

  /// In the order of the plan.
  private(set) var items: [Item] = []

  /// The convolutions of a plan that was made by rules alone, but for those of these names.
  init(_ plan: Plan, tiles: TileShape, without known: Set<String> = []) {
    var places: [String: Int] = [:]
    for index in plan.steps.indices {
      guard let task = ConvolutionTask(step: index, of: plan), let rule = plan.steps[index].algorithm else { continue }
      let step = plan.steps[index]
      if let place = places[task.name] {
        items[place].layers += step.layers.filter { !items[place].layers.contains($0) }
        continue
      }
      let choices = task.choices(rule: rule, tiles: tiles)
      guard choices.count > 1, !known.contains(task.name) else { continue }
      places[task.name] = items.count
      items.append(Item(name: task.name, choices: choices, title: step.name, layers: step.layers))
    }
  }

  /// The most ways of any convolution.
  var most: Int { items.map(\.choices.count).max() ?? 0 }

  /// Each convolution in its way of this number; those with fewer ways as the rules have it.
  func variant(_ number: Int) -> Tuning {
    Tuning(
      Dictionary(
        items.compactMap { item in number < item.choices.count ? (item.name, item.choices[number]) : nil },
        uniquingKeysWith: { first, _ in first }))
  }
}

extension Step {
  /// The algorithm of a convolution; nil for other kernels.
  var algorithm: ConvolutionAlgorithm? {
    switch self.kernel {
    case .convolution(_, _, _, let algorithm): algorithm
    case .weightGradient(_, _, let algorithm): algorithm
    default: nil
    }
  }
}

extension ConvolutionTask {
  /// The ways to compute it: by the rules, by another algorithm, then with other blockings.
  fileprivate func choices(rule: ConvolutionAlgorithm, tiles: TileShape) -> [Tuning.Choice] {
    let direction: ConvolutionDirection = pass == .adjoint ? .adjoint : .forward
    let algorithms = algorithms(like: rule)
    var choices = algorithms.map { Tuning.Choice(algorithm: $0 == rule ? nil : $0) }
    for algorithm in algorithms {
      choices += blockings(algorithm, direction, tiles).map {
        Tuning.Choice(algorithm: algorithm == rule ? nil : algorithm, blocking: $0)
      }
    }
    return choices
  }

  private func blockings(
    _ algorithm: ConvolutionAlgorithm, _ direction: ConvolutionDirection, _ tiles: TileShape
  ) -> [ConvolutionBlocking] {
    if pass == .weights {
      return WeightGradientPlan(
        problem.geometry, algorithm: algorithm, input: element, output: element, shape: tiles
      ).otherBlockings
    }
    return ConvolutionPlan(
      problem.geometry, direction, pool: (pool.height, pool.width), algorithm: algorithm, source: element, shape: tiles
    ).otherBlockings
  }
}
