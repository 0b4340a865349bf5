/// What the progress line says at a moment.
struct ProgressLine: Equatable {
  /// The epoch, from 1, and how many there are.
  var epoch: Int
  var epochs: Int
  /// The step of the epoch, from 1, and how many there are.
  var step: Int
  var steps: Int
  /// The weighted total; nil while there is none.
  var loss: Double?
  /// Training speed; nil at first.
  var samplesPerSecond: Double?
  /// Seconds to the end; nil at first.
  var secondsLeft: Double?
  /// What goes on besides training, such as `validating 16/40`.
  var activity: String?

  /// The line in at most `columns` columns: what matters least is left out first, then the rest is cut.
  func text(columns: Int) -> String {
    let speed = samplesPerSecond.map { "\(NumberText.rate($0)) samples/s" }
    let left = secondsLeft.map { "\(NumberText.duration($0)) left" }
    let parts: [(importance: Int, text: String?)] = [
      (2, "epoch \(epoch)/\(epochs)"), (3, activity ?? "step \(step)/\(steps)"),
      (5, loss.map { "loss \(NumberText.short($0))" }), (1, speed), (4, left),
    ]
    var kept = parts.compactMap { part in part.text.map { (part.importance, $0) } }
    while true {
      let line = kept.map(\.1).joined(separator: "  ")
      guard DisplayWidth.of(line) > columns else { return line }
      guard kept.count > 1, let least = kept.indices.min(by: { kept[$0].0 < kept[$1].0 }) else {
        return DisplayWidth.cut(line, to: columns)
      }
      kept.remove(at: least)
    }
  }

  /// Parts on as few lines as fit into `columns`, each after the first indented. A part that is too long for a line goes
  /// onto several, between words where that is possible: nothing is lost.
  static func wrapped(_ parts: [String], columns: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    func add(_ piece: String, after space: String) {
      let longer = line.isEmpty ? piece : line + space + piece
      if line.isEmpty || DisplayWidth.of(longer) <= columns {
        line = longer
      } else {
        lines.append(line)
        line = indent(columns) + piece
      }
    }
    for part in parts {
      if DisplayWidth.of(part) + 2 <= columns {
        add(part, after: "  ")
        continue
      }
      let room = max(1, columns - indent(columns).count)
      for (index, word) in part.split(separator: " ").enumerated() {
        for (place, piece) in DisplayWidth.pieces(String(word), of: room).enumerated() {
          add(piece, after: place > 0 ? "" : index == 0 ? "  " : " ")
        }
      }
    }
    return (lines + [line]).map { DisplayWidth.cut($0, to: columns) }
  }

  private static func indent(_ columns: Int) -> String { columns < 12 ? "" : "  " }
}
