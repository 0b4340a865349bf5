/// Contents that copies share, for what is handed on and put in order more often than it is changed: a copy is a reference. A
/// change makes contents of its own.
public struct Shared<Contents: Hashable & Sendable>: Hashable, Sendable {
  @usableFromInline final class Box: Sendable {
    @usableFromInline let contents: Contents

    @inlinable init(_ contents: Contents) { self.contents = contents }
  }

  @usableFromInline var box: Box

  /// These contents.
  @inlinable public init(_ contents: Contents) { box = Box(contents) }

  /// What is shared.
  @inlinable public var contents: Contents { _read { yield box.contents } }

  /// Changes the contents for this copy alone.
  @inlinable public mutating func change(_ body: (inout Contents) -> Void) {
    var contents = box.contents
    body(&contents)
    box = Box(contents)
  }

  @inlinable public static func == (a: Shared, b: Shared) -> Bool { a.box === b.box || a.contents == b.contents }

  @inlinable public func hash(into hasher: inout Hasher) { hasher.combine(contents) }
}
