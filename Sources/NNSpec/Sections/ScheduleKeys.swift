/// The schedules that a number of `train` and `losses` may follow.
public enum ScheduleKeys {
  private static let common: [Key] = [
    .optional(
      "start", .count, absence: "0 steps", "The updates before the schedule begins.",
      implied: { _ in .count(.steps(0)) }),
    .optional("over", .count, absence: "to the end", "How long it takes, warm-up included."),
    .optional(
      "warmup", .count, absence: "0 steps", "The updates in which the number rises linearly from 0.",
      implied: { _ in .count(.steps(0)) }),
  ]
  private static let factor = Key.required("factor", .real(.above(0)), "What the number is multiplied by.")
  private static let every = Key.required("every", .count, "How long one multiplication takes.")

  /// The schedules for numbers within `bounds`.
  public static func family(_ bounds: RealBounds) -> KindFamily {
    let from = Key.required("from", .real(bounds), "The number at the beginning, after the warm-up.")
    let to = Key.required("to", .real(bounds), "The number at the end.")
    return KindFamily(
      "schedule", commonKeys: common,
      [
        KindDefinition("constant", keys: [.required("value", .real(bounds), "The number.")], doc: "Stays."),
        KindDefinition("linear", keys: [from, to], doc: "Moves along a line."),
        KindDefinition("cosine", keys: [from, to], doc: "Moves along half a cosine."),
        KindDefinition("step", keys: [from, factor, every], doc: "Is multiplied from time to time."),
        KindDefinition("exponential", keys: [from, factor, every], doc: "Is multiplied a little at every step."),
      ])
  }
}
