/// Which buffer's bytes each range of a memory holds.
struct ByteOwners {
  private struct Owner {
    var start: Int
    var end: Int
    var buffer: BufferID
  }

  /// In the order of their bytes, and apart from each other.
  private var owners: [Owner] = []

  /// Lets a buffer have its bytes; those that had some of them have none any more.
  mutating func give(_ start: Int, _ byteCount: Int, to buffer: BufferID) {
    let end = start + byteCount
    let first = firstOwner(endingBehind: start)
    var last = first
    while last < owners.count, owners[last].start < end { last += 1 }
    owners.replaceSubrange(first..<last, with: CollectionOfOne(Owner(start: start, end: end, buffer: buffer)))
  }

  /// Whether the bytes from `start` on still are those of a buffer.
  func isOwner(_ buffer: BufferID, at start: Int) -> Bool {
    let index = firstOwner(endingBehind: start)
    return index < owners.count && owners[index].buffer == buffer
  }

  /// Takes all bytes from all buffers.
  mutating func clear() { owners.removeAll(keepingCapacity: true) }

  /// The index of the first owner with bytes behind `offset`.
  private func firstOwner(endingBehind offset: Int) -> Int {
    var (low, high) = (0, owners.count)
    while low < high {
      let middle = (low + high) / 2
      if owners[middle].end <= offset { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
