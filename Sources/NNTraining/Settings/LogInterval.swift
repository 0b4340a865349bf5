/// How often `metrics.jsonl` gets a line.
public enum LogInterval {
  /// The largest of 1, 2, 5, 10, 20, 50, … that still gives 50 lines or more: 50 … 125 lines for 50 steps and more, and
  /// one for each step of a shorter run. Ends of epochs come on top, since validation is logged with them.
  public static func automatic(steps: Int) -> Int {
    var power = 1
    var interval = 1
    while true {
      for factor in [1, 2, 5] {
        guard factor * power <= steps / 50 else { return interval }
        interval = factor * power
      }
      power *= 10
    }
  }
}
