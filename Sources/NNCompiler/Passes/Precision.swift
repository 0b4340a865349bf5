import NNGraph
import NNTensor

extension Graph {
  /// Stores as bf16 what nodes make and read, where all of them take it: activations and their gradients. What the host
  /// reads or writes, parameters and what updates them stay floats.
  mutating func storeActivationsAsBFloat16() {
    var sets = DisjointSets(values.count)
    var isFloat = values.map { value in
      if case .node = value.origin { value.type.element != .float32 } else { true }
    }
    for output in outputs { isFloat[output.value.index] = true }
    for node in nodes {
      var free = Set(node.inputs + node.outputs)
      for group in node.operation.storage(node.inputs.map { type($0) }, node.outputs.map { type($0) }) {
        let members = group.places.map { node.value($0) }
        free.subtract(members)
        for member in members.dropFirst() { sets.join(members[0].index, member.index) }
      }
      for value in free { isFloat[value.index] = true }
    }
    var isFloatSet = [Bool](repeating: false, count: values.count)
    for index in values.indices where isFloat[index] { isFloatSet[sets.root(index)] = true }
    let made = nodes.flatMap(\.outputs)
    for value in made where !isFloatSet[sets.root(value.index)] { storeAsBFloat16(value) }
  }
}

/// Sets of indices that are joined, each with one of its members as its name.
private struct DisjointSets {
  private var parents: [Int]

  init(_ count: Int) { parents = Array(0..<count) }

  mutating func root(_ index: Int) -> Int {
    var index = index
    while parents[index] != index {
      parents[index] = parents[parents[index]]
      index = parents[index]
    }
    return index
  }

  mutating func join(_ first: Int, _ second: Int) { parents[root(second)] = root(first) }
}
