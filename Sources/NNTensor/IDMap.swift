/// Names one of many things of a graph or plan by its place in their row.
public protocol RowID: Hashable, Sendable {
  /// Counted from 0.
  var index: Int { get }
}

/// Values by id, in a row: nothing is hashed, and the room is that of the largest id.
public struct IDMap<ID: RowID, Value> {
  @usableFromInline var row: [Value?]
  /// How many ids have a value.
  @usableFromInline var count = 0

  /// An empty map, with room for ids below `capacity`.
  @inlinable public init(capacity: Int = 0) { row = Array(repeating: nil, count: capacity) }

  /// Whether no id has a value.
  @inlinable public var isEmpty: Bool { count == 0 }

  /// The value of an id; nil where it has none.
  @inlinable public subscript(id: ID) -> Value? {
    get { id.index < row.count ? row[id.index] : nil }
    set {
      if id.index >= row.count { grow(to: id.index) }
      adjust(had: row[id.index] != nil, has: newValue != nil)
      row[id.index] = newValue
    }
  }

  /// The value of an id, or another where it has none, to be changed in place.
  @inlinable public subscript(id: ID, default other: @autoclosure () -> Value) -> Value {
    get { self[id] ?? other() }
    _modify {
      if id.index >= row.count { grow(to: id.index) }
      adjust(had: row[id.index] != nil, has: true)
      var value = row[id.index] ?? other()
      row[id.index] = nil
      defer { row[id.index] = value }
      yield &value
    }
  }

  /// Takes a value out.
  @inlinable public mutating func removeValue(forKey id: ID) -> Value? {
    guard let value = self[id] else { return nil }
    self[id] = nil
    return value
  }

  @inlinable mutating func grow(to index: Int) {
    row.append(contentsOf: repeatElement(nil, count: max(index + 1, 2 * row.count) - row.count))
  }

  @inlinable mutating func adjust(had: Bool, has: Bool) { count += (has ? 1 : 0) - (had ? 1 : 0) }
}

extension IDMap: Sendable where Value: Sendable {}

/// A set of ids, as a row of flags.
public struct IDSet<ID: RowID>: Sendable {
  @usableFromInline var row: [Bool]

  /// An empty set, with room for ids below `capacity`.
  @inlinable public init(capacity: Int = 0) { row = Array(repeating: false, count: capacity) }

  /// The set of these.
  @inlinable public init(_ ids: some Sequence<ID>) {
    row = []
    formUnion(ids)
  }

  /// Whether an id is in it.
  @inlinable public func contains(_ id: ID) -> Bool { id.index < row.count && row[id.index] }

  /// Whether one of these is in it.
  @inlinable public func containsAny(of ids: [ID]) -> Bool {
    for id in ids where contains(id) { return true }
    return false
  }

  /// Adds one.
  @inlinable public mutating func insert(_ id: ID) {
    if id.index >= row.count { grow(to: id.index) }
    row[id.index] = true
  }

  /// Adds all of these.
  @inlinable public mutating func formUnion(_ ids: some Sequence<ID>) { for id in ids { insert(id) } }

  @inlinable mutating func grow(to index: Int) {
    row.append(contentsOf: repeatElement(false, count: max(index + 1, 2 * row.count) - row.count))
  }
}
