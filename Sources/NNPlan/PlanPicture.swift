import NNText

/// A plan's memory as a picture: steps from left to right, the arena's bytes from bottom to top, a rectangle for each
/// buffer.
struct PlanPicture {
  private let plan: Plan
  private let kinds: [BufferKind]
  private let map: ArenaMap
  private var drawing: Drawing

  private let left = 84.0
  private let right = 1276.0
  private let top = 74.0
  private let bottom = 634.0

  init(_ plan: Plan) {
    self.plan = plan
    kinds = plan.bufferKinds
    map = ArenaMap(plan)
    drawing = Drawing(
      name: "the memory of \(plan.name), step by step", style: PlanPicture.style, width: 1300, height: bottom + 148)
  }

  /// The picture, drawn.
  static func drawing(_ plan: Plan) -> Drawing {
    var picture = PlanPicture(plan)
    picture.draw()
    return picture.drawing
  }

  private mutating func draw() {
    drawing.rectangle(0, 0, drawing.width, drawing.height, class: "pm-page")
    heading()
    legend()
    frame()
    for rectangle in map.rectangles { draw(rectangle) }
    limits()
    steps()
    loops()
    for (line, text) in plan.totals.enumerated() {
      drawing.text(
        text.split(separator: " ").joined(separator: " "), left, bottom + 84 + 17 * Double(line), class: "pm-total")
    }
  }

  // MARK: Scales

  /// Half a step's place; the host has a column of a step before the first and after the last.
  private func x(_ time: Int) -> Double {
    left + (right - left) * Double(time + 2) / Double(2 * plan.steps.count + 4)
  }

  private func y(_ byte: Int) -> Double {
    bottom - (bottom - top) * Double(byte) / Double(max(plan.arena.bytes, 1))
  }

  // MARK: Parts

  private mutating func heading() {
    drawing.text(plan.name, left, 28, class: "pm-name")
    let samples = plan.batch == 1 ? "1 sample" : "\(plan.batch) samples"
    drawing.text(
      "\(plan.purpose.rawValue), \(samples), \(plan.steps.count) steps: arena \(ByteCount.text(plan.arena.bytes)), "
        + "without sharing \(ByteCount.text(plan.arena.unsharedBytes))",
      left, 48, class: "pm-note")
  }

  private mutating func legend() {
    let shown = BufferKind.allCases.filter { kind in map.rectangles.contains { kinds[$0.buffer.index] == kind } }
    var x = right
    for kind in shown.reversed() {
      drawing.text(kind.text, x, 28, class: "pm-note", anchor: .end)
      x -= Double(kind.text.count) * 6.8 + 6
      drawing.rectangle(x - 12, 18, x, 30, class: "pm-\(kind.rawValue)", radius: 2)
      x -= 30
    }
  }

  private mutating func frame() {
    drawing.rectangle(left, top, right, bottom, class: "pm-field")
    for loop in plan.loops {
      drawing.rectangle(x(2 * loop.steps.lowerBound), top, x(2 * loop.steps.upperBound), bottom, class: "pm-loop")
    }
    let unit = tick(plan.arena.bytes, most: 8)
    for byte in stride(from: 0, through: plan.arena.bytes, by: unit) {
      drawing.line(left, y(byte), right, y(byte), class: "pm-grid")
      drawing.text(byte == 0 ? "0" : ByteCount.text(byte), left - 8, y(byte) + 4, class: "pm-note", anchor: .end)
    }
    drawing.text("bytes of the arena", 16, (top + bottom) / 2, class: "pm-note", anchor: .middle, isUpright: false)
  }

  private mutating func draw(_ rectangle: ArenaMap.Rectangle) {
    let (x0, x1) = (x(rectangle.time.lowerBound), x(rectangle.time.upperBound))
    let (y0, y1) = (y(rectangle.bytes.upperBound), y(rectangle.bytes.lowerBound))
    let kind = kinds[rectangle.buffer.index]
    let thin = y1 - y0 < 3 || x1 - x0 < 3 ? " pm-thin" : ""
    drawing.rectangle(
      x0, y0, x1, y1, class: "pm-\(kind.rawValue) pm-buffer\(thin)", id: "b\(rectangle.buffer.index)",
      title: title(rectangle.buffer))
    guard y1 - y0 >= 12 else { return }
    let name = plan[rectangle.buffer].name
    let size = min(12, max(9, (y1 - y0) / 3))
    let fitting = [name, PlanPicture.lastPart(name)].first {
      Markup.fitting($0, width: x1 - x0 - 8, fontSize: size) == $0
    }
    if let fitting {
      drawing.text(fitting, x0 + 4, (y0 + y1) / 2 + 4, class: size < 11 ? "pm-small" : "pm-label")
    } else if x1 - x0 >= 12, let text = Markup.fitting(PlanPicture.lastPart(name), width: y1 - y0 - 6, fontSize: 9) {
      drawing.text(text, (x0 + x1) / 2 + 3, (y0 + y1) / 2, class: "pm-small", anchor: .middle, isUpright: false)
    }
  }

  /// `conv_1` of `gradient at model.conv_1`.
  private static func lastPart(_ name: String) -> String {
    name.split(separator: ".").last.map(String.init) ?? name
  }

  private func title(_ id: BufferID) -> String {
    let buffer = plan[id]
    let (first, last) = (buffer.lifetime.lowerBound, buffer.lifetime.upperBound)
    let from = first < 0 ? "given before the first step" : "steps \(first)"
    let to = last >= plan.steps.count ? "read after the last" : "\(last)"
    let views = plan.buffers.filter { if case .view(id, _) = $0.place { true } else { false } }
    let inside = views.isEmpty ? "" : "\nin its channels: \(views.map(\.name).joined(separator: ", "))"
    let each = buffer.samples == .chunk ? " a run of the loop" : ""
    return """
      \(buffer.name)
      \(buffer.type)\(each), \(grouped(buffer.byteCount)) bytes
      \(first < 0 && last < plan.steps.count ? "\(from), to step \(to)" : "\(from) to \(to)")
      \(kinds[id.index].text)\(inside)
      """
  }

  private mutating func limits() {
    let y = y(plan.arena.lowerBoundBytes)
    drawing.line(left, y, right, y, class: "pm-bound")
    drawing.text(
      "lower bound \(ByteCount.text(plan.arena.lowerBoundBytes))", right, y - 5, class: "pm-note", anchor: .end)
  }

  private mutating func steps() {
    let unit = tick(plan.steps.count, most: 24)
    for (index, step) in plan.steps.enumerated() {
      let kind = index < plan.preparingSteps ? "once" : index % 2 == 0 ? "even" : "odd"
      let layers = step.layers.joined(separator: ", ")
      drawing.rectangle(
        x(2 * index), bottom, x(2 * index + 2), bottom + 9, class: "pm-\(kind)",
        title: "step \(index): \(step.name)\n\(layers)")
      if index % unit == 0 {
        drawing.text("\(index)", (x(2 * index) + x(2 * index + 2)) / 2, bottom + 22, class: "pm-note", anchor: .middle)
      }
    }
    drawing.text("step", (left + right) / 2, bottom + 56, class: "pm-note", anchor: .middle)
    drawing.text("host", left, bottom + 40, class: "pm-note")
    drawing.text("host", right, bottom + 40, class: "pm-note", anchor: .end)
  }

  private mutating func loops() {
    for loop in plan.loops {
      let (from, to) = (x(2 * loop.steps.lowerBound), x(2 * loop.steps.upperBound))
      drawing.path(
        "M\(Markup.number(from)) \(Markup.number(bottom + 26))v6H\(Markup.number(to))v-6", class: "pm-brace")
      let samples = loop.samples == 1 ? "1 sample" : "\(loop.samples) samples"
      let text = "loop: \(loop.count) × \(samples)"
      let short = "×\(loop.count)"
      let fits = Markup.fitting(text, width: to - from, fontSize: 12) == text
      drawing.text(fits ? text : short, (from + to) / 2, bottom + 44, class: "pm-note", anchor: .middle)
    }
  }

  /// 1, 2 or 5 times a power of ten, so that at most so many are in `range`.
  private func tick(_ range: Int, most: Int) -> Int {
    var power = 1
    while true {
      for factor in [1, 2, 5] where range / (factor * power) <= most { return factor * power }
      power *= 10
    }
  }

  private static let style = """
    .pm-page{fill:#fff}.pm-field{fill:#f6f7f9}.pm-loop{fill:#e6ebf3}.pm-grid{stroke:#d5d9e0;stroke-width:.6;fill:none}
    .pm-name{font-size:18px;font-weight:600;fill:#1d2433}.pm-note{font-size:12px;fill:#596273}
    .pm-total{font-size:13px;fill:#1d2433}.pm-label{font-size:12px;fill:#10141c;pointer-events:none}
    .pm-small{font-size:9px;fill:#10141c;pointer-events:none}
    .pm-buffer{stroke:#fff;stroke-width:.8}.pm-buffer:hover{fill-opacity:.65;stroke:#10141c}.pm-thin{stroke:none}
    .pm-port{fill:#5bb8a6}.pm-activation{fill:#7fa9e6}.pm-gradient{fill:#f0a868}.pm-weightGradient{fill:#d57ab0}
    .pm-workspace{fill:#b3b9c5}.pm-bound{stroke:#c0392b;stroke-width:1.2;stroke-dasharray:6 4;fill:none}
    .pm-even{fill:#c3c9d4}.pm-odd{fill:#dde1e8}.pm-once{fill:#8f97a6}.pm-brace{fill:none;stroke:#596273;stroke-width:1.2}
    """
}

extension Plan {
  /// The plan's memory as a picture.
  public var picture: Drawing { PlanPicture.drawing(self) }
}
