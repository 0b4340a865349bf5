import NNGraph

/// How the nodes of a graph go through a batch some samples at a time: in loops over the samples, and once between them.
/// What a loop sums over the samples is there for the nodes behind it.
struct BatchSplit {
  /// A part of the graph's nodes, by their indices.
  enum Segment: Hashable {
    /// A node without samples.
    case once(Int)
    /// Nodes that all samples go through, some at a time.
    case loop([Int])
  }

  /// All nodes, in an order in which every operand comes before its use.
  private(set) var segments: [Segment] = []
  /// For each value, whether its first dimension are the samples of the batch.
  private(set) var isPerSample: [Bool]
  /// For each value with samples, whether all of them are needed at once: by the host, or by another loop.
  private(set) var isKept: [Bool]

  /// For each value, the one whose place it has: a view's operand, an overwritten parameter.
  private var roots: [Int]
  /// For each of these, the first loop that can read it (one that makes its samples included), and the first before which
  /// it may be overwritten.
  private var ready: [Int]
  private var free: [Int]

  /// The way of `graph` through `batch` samples; nil where there is none, as samples depend on each other.
  init?(_ graph: Graph, batch: Int) {
    guard batch > 1, let isPerSample = graph.valuesPerSample(batch: batch) else { return nil }
    self.isPerSample = isPerSample
    roots = Array(graph.values.indices)
    (ready, free) = (Array(repeating: 0, count: roots.count), Array(repeating: 0, count: roots.count))
    isKept = Array(repeating: false, count: roots.count)
    let stages = graph.nodes.map { stage(of: $0) }
    keep(graph, stages)
    arrange(graph, stages)
  }

  /// Whether samples of the node's operands or results go through it.
  private func hasSamples(_ node: Node) -> Bool { node.inputs.contains { isPerSample[$0.index] } }

  /// The loop that a node belongs to, or before which it comes.
  private mutating func stage(of node: Node) -> Int {
    var stage = node.inputs.reduce(0) { max($0, ready[roots[$1.index]]) }
    let overwrites = node.operation.overwrites
    for operand in overwrites { stage = max(stage, free[roots[node.inputs[operand].index]]) }
    let loops = hasSamples(node)
    for input in node.inputs { free[roots[input.index]] = max(free[roots[input.index]], loops ? stage + 1 : stage) }
    for (index, output) in node.outputs.enumerated() {
      if node.applies(Reshape.self) { roots[output.index] = roots[node.inputs[0].index] }
      if index < overwrites.count { roots[output.index] = roots[node.inputs[overwrites[index]].index] }
      let root = roots[output.index]
      ready[root] = max(ready[root], loops && !isPerSample[output.index] ? stage + 1 : stage)
    }
    return stage
  }

  /// Finds the values that are needed outside of the loop that makes them.
  private mutating func keep(_ graph: Graph, _ stages: [Int]) {
    var kept = isKept
    for (index, value) in graph.values.enumerated() {
      if case .input = value.origin { kept[index] = true }
    }
    for output in graph.outputs { kept[roots[output.value.index]] = true }
    for (node, stage) in zip(graph.nodes, stages) {
      for input in node.inputs where ready[roots[input.index]] != stage { kept[roots[input.index]] = true }
    }
    for index in kept.indices { isKept[index] = isPerSample[index] && kept[roots[index]] }
  }

  private mutating func arrange(_ graph: Graph, _ stages: [Int]) {
    let last = stages.max() ?? 0
    var (once, loops) = ([[Int]](repeating: [], count: last + 1), [[Int]](repeating: [], count: last + 1))
    for (index, node) in graph.nodes.enumerated() {
      if hasSamples(node) { loops[stages[index]].append(index) } else { once[stages[index]].append(index) }
    }
    for stage in 0...last {
      segments += once[stage].map { .once($0) }
      if !loops[stage].isEmpty { segments.append(.loop(loops[stage])) }
    }
  }
}

extension Graph {
  /// For each value, whether its first dimension are the samples of the batch; nil where samples depend on each other.
  func valuesPerSample(batch: Int) -> [Bool]? {
    var result = [Bool](repeating: false, count: values.count)
    for (index, value) in values.enumerated() {
      guard case .input = value.origin else { continue }
      guard value.type.shape.first == batch else { return nil }
      result[index] = true
    }
    for node in nodes where node.inputs.contains(where: { result[$0.index] }) {
      var sums: [Int] = []
      guard node.operation.overwrites.isEmpty else { return nil }
      switch node.operation.samples {
      case .mixes: return nil
      case .sums(let indices): sums = indices
      case .each: break
      }
      for (index, output) in node.outputs.enumerated() where !sums.contains(index) {
        guard shape(output).first == batch else { return nil }
        result[output.index] = true
      }
    }
    return result
  }
}
