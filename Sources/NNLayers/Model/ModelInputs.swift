import NNDiagnostics
import NNGraph
import NNSpec
import NNTensor

/// What networks are given, and the order they are built in.
extension ModelBuilder {
  /// What one network is given.
  struct Inputs {
    /// In words, for the table: `photos.input`, `encoder`.
    var name: String
    /// The first one's shape.
    var shape: [Int]?
    var given: Given
    /// Several inputs by name.
    var named: [String: Signal?] = [:]
    /// The graph inputs that it needs in the end.
    var dataInputs: [String]
    /// Those that it has names for, by these names.
    var dataInputNames: [String: String] = [:]
  }

  /// One input of a network.
  private struct Input {
    var name: String
    var signal: Signal
    var dataInputs: [String]
  }

  /// What a network is given; nil where it is wrong.
  mutating func inputs(of network: Network) -> Inputs? {
    guard case .several(let several) = network.input else {
      return input(network.input, of: network, name: "input").map {
        Inputs(name: $0.name, shape: $0.signal.shape, given: .signal($0.signal), dataInputs: $0.dataInputs)
      }
    }
    var inputs = Inputs(name: "", shape: nil, given: .several(several.map(\.name.value)), dataInputs: [])
    var names: [String] = []
    for item in several {
      let input = input(item.input, of: network, name: item.name.value)
      inputs.named[item.name.value] = .some(input?.signal)
      inputs.shape = inputs.shape ?? input?.signal.shape
      names.append(input?.name ?? item.name.value)
      let fields = input?.dataInputs ?? []
      for name in fields where !inputs.dataInputs.contains(name) { inputs.dataInputs.append(name) }
      if fields.count == 1 { inputs.dataInputNames[item.name.value] = fields[0] }
    }
    inputs.name = names.joined(separator: ", ")
    return inputs
  }

  private mutating func input(_ input: NetworkInput, of network: Network, name: String) -> Input? {
    switch input {
    case .invalid, .several: return nil
    case .shape(let shape): return makeInput("\(network.name).\(name)", shape.value, at: shape.span)
    case .onlySource(let name), .name(let name):
      let isNetwork = self.network(named: network.scope + name.value) != nil
      if isNetwork { return taken(name, by: network) }
      let isKnown = source(named: network.scope + name.value) != nil
      let known = isKnown ? [] : knownFields(scope: network.scope) + knownNetworks(for: network)
      guard let (source, field) = dataField(name, scope: network.scope, \.input, known: known) else { return nil }
      if field.name == "label" {
        diagnostics.add(.labelsAsInput(name.value, at: name.span))
        return nil
      }
      return makeInput("\(source).\(field.name)", field.shape, at: name.span)
    }
  }

  private func knownNetworks(for network: Network) -> [String] {
    spec.networks.compactMap { other in
      guard other.name != network.name, other.name.hasPrefix(network.scope) else { return nil }
      return String(other.name.dropFirst(network.scope.count))
    }
  }

  /// The output of another network, which there is, or of one of its layers.
  private mutating func taken(_ name: Spanned<String>, by network: Network) -> Input? {
    guard let (other, found) = output(name, scope: network.scope, known: []) else { return nil }
    var signal = found
    signal.record = nil
    signal.field = ReceptiveField()
    return Input(name: network.scope + name.value, signal: signal, dataInputs: records[other]?.dataInputs ?? [])
  }

  private mutating func makeInput(_ name: String, _ shape: [Int], at span: Span) -> Input? {
    let shape = inputOverride?.name == name ? inputOverride?.shape ?? shape : shape
    let dimensions = Shape([batch] + shape)
    guard let count = dimensions.checkedElementCount, count <= LayerContext.largestTensor else {
      diagnostics.add(.tooLarge("the input", dimensions.dimensions, at: span))
      return nil
    }
    let value = graph.input(name, TensorType(dimensions))
    return Input(name: name, signal: Signal(value: value, shape: shape), dataInputs: [name])
  }

  /// The source and field that a name means; reports where there is none. Nil too where the source is wrong and
  /// reported.
  mutating func dataField(
    _ name: Spanned<String>, scope: String, _ role: KeyPath<DataFacts, DataFacts.Field?>, known: [String]
  ) -> (source: String, field: DataFacts.Field)? {
    guard let (source, rest) = source(named: scope + name.value) else {
      reportUnknown(name, scope: scope, known: known)
      return nil
    }
    guard let facts = facts[source] else { return nil }
    if let field = rest.map({ facts.field($0) }) ?? facts[keyPath: role] { return (source, field) }
    let local = String(source.dropFirst(scope.count))
    reportUnknown(name, known: facts.fields.map { "\(local).\($0.name)" })
    return nil
  }

  /// The source that a full name begins with, and what follows it.
  private func source(named name: String) -> (name: String, field: String?)? {
    if sourceNames.contains(name) { return (name, nil) }
    var end = name.endIndex
    while let point = name[..<end].lastIndex(of: ".") {
      let start = String(name[..<point])
      if sourceNames.contains(start) { return (start, String(name[name.index(after: point)...])) }
      end = point
    }
    return nil
  }

  /// The sources and fields that a file sees, as it calls them.
  func knownFields(scope: String) -> [String] {
    spec.data.filter { $0.name.hasPrefix(scope) }.flatMap { source -> [String] in
      let local = String(source.name.dropFirst(scope.count))
      let fields = facts[source.name]?.fields.map { "\(local).\($0.name)" } ?? []
      return [local] + (fields.count > 1 ? fields : [])
    }
  }

  // MARK: Order

  /// The networks whose output a network takes, by index.
  private func dependencies(of network: Network) -> [Int] {
    network.input.names.compactMap { name in
      self.network(named: network.scope + name.value).flatMap { indices[$0.name] }
    }
  }

  /// An order in which each network comes after those whose output it takes. Those in a cycle are reported; they come
  /// last, and their inputs are unknown.
  mutating func buildOrder() -> [Int] {
    let dependencies = spec.networks.map { self.dependencies(of: $0) }
    var open = dependencies.map(\.count)
    var users = [[Int]](repeating: [], count: dependencies.count)
    for (index, needed) in dependencies.enumerated() {
      for other in needed { users[other].append(index) }
    }
    var order = open.indices.filter { open[$0] == 0 }
    var next = 0
    while next < order.count {
      for user in users[order[next]] {
        open[user] -= 1
        if open[user] == 0 { order.append(user) }
      }
      next += 1
    }
    reportCycles(open.indices.filter { open[$0] > 0 }, dependencies)
    return order + open.indices.filter { open[$0] > 0 }
  }

  private mutating func reportCycles(_ rest: [Int], _ dependencies: [[Int]]) {
    let left = Set(rest)
    var seen: Set<Int> = []
    for start in rest {
      var path: [Int] = []
      var next: Int? = start
      while let index = next, seen.insert(index).inserted {
        path.append(index)
        next = dependencies[index].first { left.contains($0) }
      }
      guard let next, let first = path.firstIndex(of: next) else { continue }
      let cycle = path[first...].map { spec.networks[$0] }
      let span = cycle[0].input.names.first?.span ?? cycle[0].nameSpan
      diagnostics.add(.networkCycle(cycle.map(\.name) + [cycle[0].name], at: span))
    }
  }

  // MARK: Running

  /// The networks that no other network takes the output of, and no loss applies as a function (a discriminator, the
  /// features of a perceptual loss); those of the spec's own file where there are any.
  var runnableNetworks: [String] {
    var consumed: Set<String> = []
    for network in spec.networks {
      for name in network.input.names {
        if let (other, _) = self.network(named: network.scope + name.value) { consumed.insert(other) }
      }
    }
    for loss in spec.losses {
      for key in ["discriminator", "network"] {
        guard let name = loss.item.arguments?[key]?.scalar?.text else { continue }
        if let (other, _) = network(named: name) { consumed.insert(other) }
      }
    }
    let free = spec.networks.filter { !consumed.contains($0.name) }.map(\.name)
    let own = free.filter { !$0.contains(".") }
    return own.isEmpty ? free : own
  }

  /// Replaces the shape of the only data field or bare shape that a network is given in the end.
  mutating func overrideInput(of target: String, with shape: [Int]) {
    var index = indices[target]
    var steps = 0
    while let current = index, steps <= spec.networks.count {
      let network = spec.networks[current]
      steps += 1
      switch network.input {
      case .shape: inputOverride = ("\(network.name).input", shape)
      case .onlySource(let name), .name(let name):
        if let (other, _) = self.network(named: network.scope + name.value) {
          index = indices[other]
          continue
        }
        var probe = self
        if let (source, field) = probe.dataField(name, scope: network.scope, \.input, known: []) {
          inputOverride = ("\(source).\(field.name)", shape)
        }
      case .several, .invalid: break
      }
      return
    }
  }
}
