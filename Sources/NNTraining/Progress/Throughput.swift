/// Samples per second: over the last second or so for people, and since the last mark for the log.
struct Throughput {
  private struct Span {
    var samples = 0
    var seconds = 0.0

    var rate: Double? { seconds > 0 ? Double(samples) / seconds : nil }
  }

  private var recent = Span()
  private var shown: Double?
  private var marked = Span()

  /// Notes that `samples` took `seconds`.
  mutating func add(samples: Int, seconds: Double) {
    recent.samples += samples
    recent.seconds += seconds
    marked.samples += samples
    marked.seconds += seconds
    if recent.seconds >= 1 {
      shown = recent.rate
      recent = Span()
    }
  }

  /// The rate of the last full second, or until there is one that so far.
  var current: Double? { shown ?? recent.rate }

  /// The rate since the last call.
  mutating func sinceMark() -> Double {
    defer { marked = Span() }
    return marked.rate ?? 0
  }
}
