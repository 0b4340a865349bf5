import Synchronization

/// Work that does not depend on each other, on the processor's cores.
public enum SideBySide {
  /// Whether work is going on, so that work inside of it makes no more threads.
  private static let isBusy = Atomic<Bool>(false)

  /// The results of `body` for each item, in order. Where threads cannot be had or are busy already, one after the other.
  ///
  /// `body` runs on several threads at once: it may read what it captures, and change only what it makes.
  public static func map<Item, Result>(_ items: [Item], _ body: @escaping (Item) -> Result) -> [Result] {
    let threads = min(items.count, ProcessorCount.available)
    guard threads > 1, !isBusy.exchange(true, ordering: .acquiring) else { return items.map(body) }
    defer { isBusy.store(false, ordering: .releasing) }
    guard let pool = try? ThreadPool(threadCount: threads) else { return items.map(body) }
    let results = UnsafeMutablePointer<Result?>.allocate(capacity: items.count)
    results.initialize(repeating: nil, count: items.count)
    defer {
      results.deinitialize(count: items.count)
      results.deallocate()
    }
    nonisolated(unsafe) let (items, body) = (items, body)
    pool.run(
      { arguments, task, _ in
        let results = UnsafeMutableRawPointer(mutating: arguments).assumingMemoryBound(to: Result?.self)
        results[task] = body(items[task])
      }, UnsafeRawPointer(results), taskCount: items.count)
    return (0..<items.count).compactMap { results[$0] }
  }

  /// The results of two pieces of work, on two threads where `isLong`: a thread is not worth it for short ones. Also work
  /// inside of other work gets a thread.
  ///
  /// Both run at once: they may read what they capture, and change only what they make.
  public static func both<A, B>(where isLong: Bool = true, _ first: () -> A, _ second: () -> B) -> (A, B) {
    guard isLong, ProcessorCount.available > 1 else { return (first(), second()) }
    return withoutActuallyEscaping(second) { second in
      var result: B?
      let thread = try? SystemThread { result = second() }
      let other = first()
      thread?.join()
      return (other, result ?? second())
    }
  }
}
