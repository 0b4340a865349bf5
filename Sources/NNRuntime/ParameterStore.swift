import NNPlan
import NNTensor

/// A tensor could not be taken over.
public enum ParameterFailure: Error, Hashable, CustomStringConvertible {
  /// No parameter has this name.
  case unknown(name: String)
  /// The values are not as many as the parameter has.
  case count(name: String, expected: Int, given: Int)

  public var description: String {
    switch self {
    case .unknown(let name): "there is no parameter `\(name)`"
    case .count(let name, let expected, let given): "`\(name)` has \(expected) values, not \(given)"
    }
  }
}

/// The values of parameters by name, and the tensors that optimizers keep for them. Several bound plans share one.
///
/// Values are kept in the layout that kernels read and handed in and out in the order of files. Whoever writes to them
/// otherwise calls `noteChange`, so that plans prepare them anew.
public final class ParameterStore {
  private struct Entry {
    var parameter: Parameter
    var values: Memory
    /// The index among `names`.
    var index: Int
    var states: [Int: Memory] = [:]
    /// Reads the values, where they can be read again.
    var source: Source?
    var layout: FileLayout { FileLayout(parameter) }
  }

  /// Reads a parameter's values, in the order of files.
  public typealias Source = () throws -> [Float]

  private var entries: [String: Entry] = [:]
  /// The parameters whose values are not in memory.
  private var absent: Set<String> = []
  /// By index, the version in which each parameter's values last changed.
  private var versions: [UInt64] = []
  private var preparedValues = PreparedStore()
  /// The parameters' names in the order in which they came.
  public private(set) var names: [String] = []
  /// Grows with every change of a parameter's values.
  public private(set) var version: UInt64 = 1

  /// A store of nothing.
  public init() {}

  /// Makes room for parameters that are not here yet; zero at first. One name always means one shape.
  public func add(_ parameters: [Parameter]) throws(MemoryFailure) {
    for parameter in parameters {
      if let present = entries[parameter.name]?.parameter {
        precondition(
          present.shape == parameter.shape && present.order == parameter.order,
          "`\(parameter.name)` is \(present.shape) and \(parameter.shape)")
        continue
      }
      let bytes = parameter.shape.elementCount * MemoryLayout<Float>.size
      let values = try Memory(bytes, for: "the parameter `\(parameter.name)`")
      entries[parameter.name] = Entry(parameter: parameter, values: values, index: names.count)
      names.append(parameter.name)
      versions.append(version)
    }
  }

  /// Makes room for the optimizer's tensor `slot` of a parameter, zero at first.
  func addState(_ name: String, slot: Int) throws(MemoryFailure) {
    guard let entry = entries[name], entry.states[slot] == nil else { return }
    entries[name]?.states[slot] = try Memory(entry.values.byteCount, for: "the optimizer's tensor \(slot) of `\(name)`")
  }

  /// The parameter of this name.
  public subscript(name: String) -> Parameter? { entries[name]?.parameter }

  /// A parameter's values, in the layout of memory.
  func values(_ name: String) -> Memory? { entries[name]?.values }

  /// The optimizer's tensor `slot` of a parameter, in the layout of memory.
  func state(_ name: String, slot: Int) -> Memory? { entries[name]?.states[slot] }

  /// How many tensors an optimizer keeps for a parameter; the slots are `0 ..< stateCount`.
  public func stateCount(_ name: String) -> Int { entries[name]?.states.count ?? 0 }

  /// The slots of the tensors that are kept for a parameter, in order.
  public func stateSlots(_ name: String) -> [Int] { (entries[name]?.states.keys).map { $0.sorted() } ?? [] }

  /// The first parameter with a value, or a tensor kept for it, that is infinite or no number; nil where there is none.
  public var firstNonFinite: String? {
    names.first { name in
      guard let entry = entries[name] else { return false }
      return ([entry.values] + entry.states.values).contains { TensorStatistics.hasNonFinite($0.floats) }
    }
  }

  /// Whether all parameters' values are in memory.
  var isWhole: Bool { absent.isEmpty }

  /// Tells plans that any parameter may have changed.
  public func noteChange() {
    version += 1
    for index in versions.indices { versions[index] = version }
  }

  /// Tells plans that this parameter changed.
  private func noteChange(_ name: String) {
    version += 1
    if let index = index(of: name) { versions[index] = version }
  }

  /// Tells plans that the parameters at these indices changed. Allocates nothing.
  func noteChange(ofParameters indices: [Int]) {
    version += 1
    // By index: in debug builds the standard library's iterators allocate.
    var index = 0
    while index < indices.count {
      versions[indices[index]] = version
      index += 1
    }
  }

  /// The index of a parameter among `names`.
  func index(of name: String) -> Int? { entries[name]?.index }

  /// The version in which the values of the parameter at an index last changed.
  func version(ofParameter index: Int) -> UInt64 { versions[index] }

  /// Where a plan's preparing steps write with these kernels, and which part of it no plan had before.
  func prepared(_ plan: Plan, kernels: String) throws(MemoryFailure) -> (places: [BufferID: Prepared], new: Memory) {
    try preparedValues.places(of: plan, kernels: kernels)
  }

  /// Bytes of all parameters and optimizer tensors.
  public var byteCount: Int {
    entries.values.reduce(0) { $0 + $1.values.byteCount * (1 + $1.states.count) }
  }

  // MARK: Values that a file keeps

  /// From now on a parameter's values are what `source` gives, which is asked when they are needed.
  public func keep(_ name: String, in source: @escaping Source) throws(ParameterFailure) {
    guard entries[name] != nil else { throw .unknown(name: name) }
    entries[name]?.source = source
    absent.insert(name)
    noteChange(name)
  }

  /// Reads a parameter's values where they are not in memory.
  func fetch(_ name: String) throws {
    guard absent.contains(name), let entry = entries[name], let source = entry.source else { return }
    let (values, expected) = (try source(), entry.parameter.shape.elementCount)
    if values.count != expected {
      throw ParameterFailure.count(name: name, expected: expected, given: values.count)
    }
    values.withUnsafeBufferPointer { entry.layout.toMemory($0, entry.values.floats) }
    absent.remove(name)
  }

  /// Gives back the memory of a parameter's values where they can be read again.
  func release(_ name: String) {
    guard let entry = entries[name], entry.source != nil, absent.insert(name).inserted else { return }
    entry.values.release()
  }

  /// The values of a parameter are what is in memory.
  private func detach(_ name: String) {
    entries[name]?.source = nil
    absent.remove(name)
  }

  // MARK: In the order of files

  /// Takes over a parameter's values, which stand in the order of files (`Parameter.fileShape`, row by row).
  public func importTensor(_ name: String, _ values: UnsafeBufferPointer<Float>) throws(ParameterFailure) {
    let entry = try entry(name, count: values.count)
    entry.layout.toMemory(values, entry.values.floats)
    detach(name)
    noteChange(name)
  }

  /// Takes over a parameter's values, which stand in the order of files.
  public func importTensor(_ name: String, _ values: [Float]) throws(ParameterFailure) {
    let entry = try entry(name, count: values.count)
    values.withUnsafeBufferPointer { entry.layout.toMemory($0, entry.values.floats) }
    detach(name)
    noteChange(name)
  }

  /// A parameter's values in the order of files.
  public func exportTensor(_ name: String) throws(ParameterFailure) -> [Float] {
    let entry = try entry(name)
    precondition(!absent.contains(name), "`\(name)` is kept by a file")
    return entry.layout.toFile(entry.values.floats)
  }

  /// Takes over the optimizer's tensor `slot` of a parameter, in the order of files; makes it where it is missing.
  public func importState(_ name: String, slot: Int, _ values: [Float]) throws {
    _ = try entry(name, count: values.count)
    try addState(name, slot: slot)
    guard let entry = entries[name], let state = entry.states[slot] else { return }
    values.withUnsafeBufferPointer { entry.layout.toMemory($0, state.floats) }
  }

  /// The optimizer's tensor `slot` of a parameter in the order of files; nil where no optimizer asked for it.
  public func exportState(_ name: String, slot: Int) throws(ParameterFailure) -> [Float]? {
    let entry = try entry(name)
    return entry.states[slot].map { entry.layout.toFile($0.floats) }
  }

  private func entry(_ name: String, count: Int? = nil) throws(ParameterFailure) -> Entry {
    guard let entry = entries[name] else { throw .unknown(name: name) }
    let expected = entry.parameter.shape.elementCount
    if let count, count != expected { throw .count(name: name, expected: expected, given: count) }
    return entry
  }

  // MARK: Moving averages

  /// Lets the tensors in these slots, by parameter, begin with the parameters' values.
  public func startAverages(_ slots: [String: Int]) throws(MemoryFailure) {
    for (name, slot) in slots {
      try addState(name, slot: slot)
      guard let entry = entries[name], let average = entry.states[slot] else { continue }
      _ = average.floats.update(fromContentsOf: entry.values.floats)
    }
  }

  /// Exchanges parameters with the tensors in these slots; once more, and all is as before.
  public func exchangeAverages(_ slots: [String: Int]) {
    for (name, slot) in slots {
      guard let entry = entries[name], let average = entry.states[slot]?.floats else { continue }
      let values = entry.values.floats
      for index in values.indices { (values[index], average[index]) = (average[index], values[index]) }
      noteChange(name)
    }
  }

  // MARK: First values, hashes

  /// Draws the first values of all parameters, or of those named. They depend on the seed and the parameter's name
  /// only, whatever else is in the network.
  public func initialize(seed: UInt64, only chosen: Set<String>? = nil) {
    for name in names where chosen?.contains(name) ?? true {
      guard let entry = entries[name] else { continue }
      detach(name)
      entry.parameter.initializer.fill(entry.values.floats, entry.layout, name: name, seed: seed)
    }
    for name in names where chosen?.contains(name) ?? true {
      turnSingularVector(name)
      noteChange(name)
    }
  }

  /// Turns a drawn singular vector towards the weight's; its weight, and a right one's left one, come before it.
  private func turnSingularVector(_ name: String) {
    guard let entry = entries[name] else { return }
    switch entry.parameter.initializer {
    case .leftSingularVector(let weight, let dimension):
      guard let vectors = singularVectors(of: weight, dimension), let drawn = try? exportTensor(name) else { return }
      try? importTensor(name, vectors.left(from: drawn))
    case .rightSingularVector(let weight, let left, let dimension):
      guard let vectors = singularVectors(of: weight, dimension), let left = try? exportTensor(left) else { return }
      try? importTensor(name, vectors.right(of: left))
    default: return
    }
  }

  private func singularVectors(of weight: String, _ dimension: Int) -> SingularVectors? {
    try? fetch(weight)
    guard let entry = entries[weight], !absent.contains(weight), let values = try? exportTensor(weight) else {
      return nil
    }
    return SingularVectors(values, entry.parameter.fileShape, dimension: dimension)
  }

  /// A number that differs, as good as surely, where any parameter's name or value does: over the names in
  /// alphabetical order and the values in the order of files, so the same however memory is laid out.
  public var contentHash: UInt64 {
    var hash = ContentHash()
    for name in names.sorted() {
      guard let entry = entries[name] else { continue }
      hash.add(name)
      hash.add(entry.layout.toFile(entry.values.floats))
    }
    return hash.value
  }
}

extension Memory {
  /// The whole range as numbers.
  var floats: UnsafeMutableBufferPointer<Float> {
    let count = byteCount / MemoryLayout<Float>.size
    return UnsafeMutableBufferPointer(start: start.bindMemory(to: Float.self, capacity: count), count: count)
  }
}
