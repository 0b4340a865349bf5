import NNTensor

/// What the random layers of a model have in common.
struct RandomLayers {
  /// How many there are; each draws from a stream of its own.
  private(set) var count = 0
  /// The numbers that follow a schedule, by the names of the scalars that hold them.
  private(set) var schedules: [String: Schedule] = [:]

  /// The next layer's stream.
  mutating func next() -> Int {
    count += 1
    return count
  }

  /// Notes that the scalar `name` follows a schedule.
  mutating func follow(_ name: String, _ schedule: Schedule) { schedules[name] = schedule }
}
