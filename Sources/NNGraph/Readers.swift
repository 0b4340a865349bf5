/// For each value of a graph, the nodes that read it, all in one row.
public struct Readers: Sendable {
  private var nodes: [Int]
  /// Where the readers of each value begin; one more at the end.
  private var starts: [Int]

  init(_ graph: Graph) {
    var last = [Int](repeating: -1, count: graph.values.count)
    starts = [Int](repeating: 0, count: last.count + 1)
    for index in graph.nodes.indices {
      for input in graph.nodes[index].inputs where last[input.index] != index {
        last[input.index] = index
        starts[input.index + 1] += 1
      }
    }
    for value in last.indices { starts[value + 1] += starts[value] }
    nodes = [Int](repeating: 0, count: starts[last.count])
    var next = starts
    for index in last.indices { last[index] = -1 }
    for index in graph.nodes.indices {
      for input in graph.nodes[index].inputs where last[input.index] != index {
        last[input.index] = index
        nodes[next[input.index]] = index
        next[input.index] += 1
      }
    }
  }

  /// The indices of the nodes that read `value`, each once, in order.
  public subscript(value: ValueID) -> ArraySlice<Int> { nodes[starts[value.index]..<starts[value.index + 1]] }

  /// The index of the node that alone reads `value`; nil where there is none, or several do.
  public func only(of value: ValueID) -> Int? {
    starts[value.index + 1] - starts[value.index] == 1 ? nodes[starts[value.index]] : nil
  }
}

extension Graph {
  /// For each value, the nodes that read it.
  public var readers: Readers { Readers(self) }
}
