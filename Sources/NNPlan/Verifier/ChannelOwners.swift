/// Which channels of a buffer's pixels were written by which of the buffers that lie in it.
struct ChannelOwners {
  private struct Cell {
    var channels: Range<Int>
    var writer: BufferID?
    var held = 0
  }

  /// For each buffer that is no view and that views lie in, its channels, cut wherever a view begins or ends.
  private var cells: [BufferID: [Cell]] = [:]
  /// For each view, the buffer around it, the outermost one, and its channels of that one.
  private var hosts: [BufferID: BufferID] = [:]
  private var windows: [BufferID: (root: BufferID, channels: Range<Int>)] = [:]

  /// Nothing is written yet. The places of the plan's buffers are sound.
  init(_ plan: Plan) {
    for (index, buffer) in plan.buffers.enumerated() {
      guard case .view(let host, let channel) = buffer.place else { continue }
      hosts[BufferID(index)] = host
      var (root, first) = (host, channel)
      while case .view(let next, let start) = plan[root].place { (root, first) = (next, first + start) }
      windows[BufferID(index)] = (root, first..<first + buffer.channels)
    }
    for root in Set(windows.values.map(\.root)) {
      let inside = windows.values.filter { $0.root == root }.flatMap {
        [$0.channels.lowerBound, $0.channels.upperBound]
      }
      let all = Set(inside + [0, plan[root].channels]).sorted()
      cells[root] = zip(all, all.dropFirst()).map { Cell(channels: $0..<$1) }
      windows[root] = (root, 0..<plan[root].channels)
    }
  }

  /// Whether a buffer is a view or has some.
  func knows(_ id: BufferID) -> Bool { windows[id] != nil }

  /// The buffer whose bytes a buffer's are among.
  func root(of id: BufferID) -> BufferID { windows[id]?.root ?? id }

  /// Whether two buffers have channels of one buffer in common; nil where they lie in none together.
  func overlap(_ a: BufferID, _ b: BufferID) -> Bool? {
    guard let x = windows[a], let y = windows[b], x.root == y.root else { return nil }
    return x.channels.overlaps(y.channels)
  }

  /// Forgets what was written to the channels of the buffer around `id`.
  mutating func clear(around id: BufferID) {
    for index in cells[root(of: id), default: []].indices {
      cells[root(of: id)]?[index].writer = nil
      cells[root(of: id)]?[index].held = 0
    }
  }

  /// Lets a buffer have its channels, holding so much.
  mutating func give(_ id: BufferID, holding held: Int) {
    guard let window = windows[id] else { return }
    for (index, cell) in cells[window.root, default: []].enumerated() where window.channels.overlaps(cell.channels) {
      cells[window.root]?[index].writer = id
      cells[window.root]?[index].held = held
    }
  }

  /// How much all channels of a buffer hold, those written through buffers in it or around it; nil where some were written
  /// through others.
  func held(_ id: BufferID) -> Int? {
    guard let window = windows[id] else { return 0 }
    var least = Int.max
    for cell in cells[window.root, default: []] where window.channels.overlaps(cell.channels) {
      if let writer = cell.writer, !isAround(writer, id), !isAround(id, writer) { return nil }
      least = min(least, cell.held)
    }
    return least
  }

  private func isAround(_ host: BufferID, _ id: BufferID) -> Bool {
    var inner = id
    while inner != host {
      guard let next = hosts[inner] else { return false }
      inner = next
    }
    return true
  }
}
