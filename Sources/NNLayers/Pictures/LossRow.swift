import NNText

/// Where the cards of losses stand, below the networks, and the lines from the networks to them.
///
/// A card shows, from top to bottom: what is compared, the network that judges both (where one does), the loss. Each network
/// that goes into losses has a line of its own across, from which it goes down into the cards.
struct LossRow {
  /// A place on a card that a network goes into.
  struct Port {
    var network: String
    /// Where the arrow ends, from the card's left and top.
    var x: Double
    var y: Double
    /// Whether it goes in from the side, beside what stands above.
    var isAtSide: Bool
  }

  static let padding = NetworkLayout.padding
  static let boxWidth = NetworkLayout.boxWidth
  static let pillHeight = 30.0
  static let boxHeight = NetworkLayout.boxHeight
  static let gap = NetworkLayout.gap
  static let laneHeight = 11.0
  static let noteHeight = 16.0

  let cards: [LossCard]
  /// The networks that go into losses, in the order of their lines.
  let sources: [String]

  init(_ cards: [LossCard], networks: [String]) {
    self.cards = cards
    let used = Set(cards.flatMap { [$0.network] + ($0.judge.map { [$0.network] } ?? []) })
    sources = networks.filter(used.contains)
  }

  /// A card's width, and that of the space to the next.
  static let cardWidth = boxWidth + 2 * padding
  static let between = 34.0

  /// The width of all cards, with space around.
  var width: Double { LossRow.between + Double(cards.count) * (LossRow.cardWidth + LossRow.between) }

  /// From the end of the networks to where cards begin.
  var lanesHeight: Double { 40 + Double(sources.count) * LossRow.laneHeight }

  /// The height of all: lines, cards, and space below.
  var height: Double { cards.isEmpty ? 0 : lanesHeight + (cards.map(LossRow.height).max() ?? 0) + 24 }

  /// The height of a card.
  static func height(_ card: LossCard) -> Double {
    lossTop(card) + boxHeight + Double(card.learners.count) * noteHeight + 18
  }

  /// Where the judge's box begins, from the card's top.
  static let judgeTop = 18 + pillHeight + gap
  /// Where the loss's box begins, from the card's top.
  static func lossTop(_ card: LossCard) -> Double { card.judge == nil ? judgeTop : judgeTop + boxHeight + gap }

  /// What goes into a card.
  static func ports(_ card: LossCard) -> [Port] {
    let prediction = Port(network: card.network, x: predictionX(card), y: 18, isAtSide: false)
    let judge = card.judge.map { Port(network: $0.network, x: padding, y: judgeTop + boxHeight / 2, isAtSide: true) }
    return [prediction] + (judge.map { [$0] } ?? [])
  }

  /// The middle of the prediction's pill.
  static func predictionX(_ card: LossCard) -> Double { padding + pillWidth(card) / 2 }

  /// The width of what is compared.
  static func pillWidth(_ card: LossCard) -> Double { card.target == nil ? boxWidth : (boxWidth - 10) / 2 }
}

extension ModelPicture {
  /// Draws the cards and the lines to them. `ends` are the places where networks end, `top` is where the lines begin.
  mutating func draw(_ row: LossRow, ends: [String: (x: Double, y: Double)], top: Double) {
    let cardTop = top + row.lanesHeight
    for (index, card) in row.cards.enumerated() { draw(card, left(index), cardTop) }
    for (lane, source) in row.sources.enumerated() {
      guard let end = ends[source] else { continue }
      draw(row, from: source, end, lane: top + 26 + Double(lane) * LossRow.laneHeight, cardTop)
    }
  }

  private func left(_ card: Int) -> Double {
    LossRow.between + Double(card) * (LossRow.cardWidth + LossRow.between)
  }

  /// The lines from a network: down to its lane, along it, and down into the cards.
  private mutating func draw(
    _ row: LossRow, from source: String, _ end: (x: Double, y: Double), lane: Double, _ cardTop: Double
  ) {
    for (index, card) in row.cards.enumerated() {
      for port in LossRow.ports(card) where port.network == source {
        let (x, y) = (left(index) + port.x, cardTop + port.y)
        let title = "\(source) → \(card.name)"
        let start = "M\(point(end.x, end.y))V\(number(lane))"
        if port.isAtSide {
          let side = left(index) + LossRow.padding / 2
          drawing.path("\(start)H\(number(side))V\(number(y))H\(number(x - 6))", class: "ng-feed", title: title)
          drawing.path("M\(point(x, y))l-6 -3.5v7z", class: "ng-feedtip")
        } else {
          drawing.path("\(start)H\(number(x))V\(number(y - 6))", class: "ng-feed", title: title)
          drawing.tip(x, y, class: "ng-feedtip")
        }
      }
    }
  }

  private mutating func draw(_ card: LossCard, _ left: Double, _ top: Double) {
    let (x, right) = (left + LossRow.padding, left + LossRow.padding + LossRow.boxWidth)
    drawing.rectangle(
      left, top, left + LossRow.cardWidth, top + LossRow.height(card), class: "ng-card", radius: 10)
    pill(card.prediction, x, top + 18, LossRow.pillWidth(card), class: "ng-box ng-output")
    if let target = card.target {
      pill(target, right - LossRow.pillWidth(card), top + 18, LossRow.pillWidth(card), class: "ng-box ng-input")
    }
    var bottom = top + 18 + LossRow.pillHeight
    var starts = [left + LossRow.predictionX(card)]
    if card.target != nil { starts.append(right - LossRow.pillWidth(card) / 2) }
    if let judge = card.judge {
      let y = top + LossRow.judgeTop
      for start in starts { arrow(start, bottom, y) }
      drawing.rectangle(
        x, y, right, y + LossRow.boxHeight, class: "ng-box ng-judge", radius: 6, title: "\(judge.network)\n\(judge.how)"
      )
      write(judge.network, "", judge.how, "", x, y)
      (bottom, starts) = (y + LossRow.boxHeight, [x + LossRow.boxWidth / 2])
    }
    let y = top + LossRow.lossTop(card)
    for start in starts { arrow(start, bottom, y) }
    drawing.rectangle(
      x, y, right, y + LossRow.boxHeight, class: "ng-box ng-loss", radius: 6,
      title: ([card.name, card.kind, card.weight] + card.learners).filter { !$0.isEmpty }.joined(separator: "\n"))
    write(card.name, card.weight, card.kind, "", x, y)
    for (index, line) in card.learners.enumerated() {
      let text = Markup.fitting(line, width: LossRow.boxWidth, fontSize: 11) ?? "…"
      drawing.text(
        text, x + 2, y + LossRow.boxHeight + 17 + Double(index) * LossRow.noteHeight, class: "ng-learner")
    }
  }

  private mutating func arrow(_ x: Double, _ from: Double, _ to: Double) {
    drawing.line(x, from, x, to - 6, class: "ng-edge")
    drawing.tip(x, to, class: "ng-tip")
  }

  private mutating func pill(_ text: String, _ x: Double, _ y: Double, _ width: Double, class name: String) {
    drawing.rectangle(x, y, x + width, y + LossRow.pillHeight, class: name, radius: LossRow.pillHeight / 2, title: text)
    let shown = Markup.fitting(text, width: width - 16, fontSize: 12) ?? "…"
    drawing.text(shown, x + width / 2, y + 19.5, class: "ng-shape", anchor: .middle)
  }
}
