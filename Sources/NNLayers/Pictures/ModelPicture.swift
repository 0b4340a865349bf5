import NNTensor
import NNText

/// Networks as a picture: a column for each, a box for each layer.
struct ModelPicture {
  private let layouts: [NetworkLayout]
  private var lefts: [Double] = []
  private let losses: LossRow
  var drawing: Drawing

  private let top = 92.0
  private let between = 34.0

  init(_ networks: [NetworkRecord], _ cards: [LossCard], name: String) {
    losses = LossRow(cards, networks: networks.map(\.name))
    layouts = networks.map(NetworkLayout.init)
    drawing = Drawing(name: "the layers of \(name)", style: ModelPicture.style)
    var x = between
    for layout in layouts {
      lefts.append(x)
      x += layout.width + between
    }
    drawing.width = max(x, losses.cards.isEmpty ? 0 : losses.width, 320)
    drawing.height = networksEnd + (losses.cards.isEmpty ? 24 : losses.height)
  }

  /// The picture, drawn.
  static func drawing(_ networks: [NetworkRecord], _ losses: [LossCard], name: String) -> Drawing {
    var picture = ModelPicture(networks, losses, name: name)
    picture.draw()
    return picture.drawing
  }

  private mutating func draw() {
    drawing.rectangle(0, 0, drawing.width, drawing.height, class: "ng-page")
    for (layout, left) in zip(layouts, lefts) { frame(layout, left) }
    links()
    for (layout, left) in zip(layouts, lefts) {
      for group in layout.groups.sorted(by: { $0.depth < $1.depth }) { draw(group, left) }
      for edge in layout.edges { draw(edge, layout, left) }
      for box in layout.boxes { draw(box, layout.network, left) }
    }
    if !losses.cards.isEmpty { draw(losses, ends: ends, top: networksEnd) }
  }

  /// Where the frames of the networks end.
  private var networksEnd: Double { top + (layouts.map(\.height).max() ?? 0) + 22 }

  /// Where lines to losses begin: beside those to other networks.
  private var ends: [String: (x: Double, y: Double)] {
    var ends: [String: (x: Double, y: Double)] = [:]
    for (layout, left) in zip(layouts, lefts) {
      let x = left + NetworkLayout.padding + NetworkLayout.boxWidth / 2 - 24
      ends[layout.network.name] = (x, top + layout.height)
    }
    return ends
  }

  // MARK: Networks

  private mutating func frame(_ layout: NetworkLayout, _ left: Double) {
    let network = layout.network
    let frozen = network.isFrozen ? " ng-frozen" : ""
    drawing.rectangle(
      left, 30, left + layout.width, top + layout.height + 22, class: "ng-network\(frozen)", radius: 10)
    let x = left + NetworkLayout.padding
    let name = Markup.fitting(network.name, width: NetworkLayout.boxWidth, fontSize: 16) ?? "…"
    drawing.text(name, x, 54, class: "ng-title")
    let parameters = "\(grouped(network.parameters)) parameters"
    let work = "\(decimal(Double(network.flops) / 1e6, 1)) MFLOPs"
    drawing.text(
      [parameters, work, network.isFrozen ? "frozen" : ""].filter { !$0.isEmpty }.joined(separator: ", "), x, 72,
      class: "ng-note")
  }

  /// From the end of each network to those that take its output.
  private mutating func links() {
    for (source, layout) in layouts.enumerated() {
      var lane = 0.0
      for (target, other) in layouts.enumerated() where target != source {
        guard let box = other.boxes.first(where: { $0.item == .input(layout.network.name) }) else { continue }
        let from = lefts[source] + NetworkLayout.padding + NetworkLayout.boxWidth / 2
        let bottom = top + layout.height
        let side = lefts[source] + layout.width + between / 2 + lane
        let entry = lefts[target] + NetworkLayout.padding
        let middle = top + box.top + NetworkLayout.boxHeight / 2
        let turn = target > source ? lefts[target] - between / 2 - lane : lefts[target] - between / 2 + lane
        let over = target == source + 1 ? "" : "V\(number(18 + lane))H\(number(turn))"
        drawing.path(
          "M\(point(from, bottom))V\(number(bottom + 34))H\(number(side))\(over)V\(number(middle))H\(number(entry))",
          class: "ng-link", title: "\(layout.network.name) → \(other.network.name)")
        drawing.path("M\(point(entry, middle))l-6 -3.5v7z", class: "ng-linktip")
        lane += 5
      }
    }
  }

  // MARK: Layers

  private mutating func draw(_ group: NetworkLayout.Group, _ left: Double) {
    let inset = Double(group.depth) * 4 - 16
    let x = left + NetworkLayout.padding + min(inset, -4)
    let right = left + NetworkLayout.padding + NetworkLayout.boxWidth - min(inset, -4) - 8
    drawing.rectangle(
      x, top + group.top, max(right, x), top + group.bottom, class: "ng-group", radius: 6, title: group.name)
    let name = group.name.allSatisfy(\.isNumber) ? "turn \(group.name)" : group.name
    let text = Markup.fitting(name, width: NetworkLayout.boxWidth - 20, fontSize: 10) ?? ""
    drawing.text(text, left + NetworkLayout.padding + 2, top + group.top + 13, class: "ng-small")
  }

  private mutating func draw(_ edge: NetworkLayout.Edge, _ layout: NetworkLayout, _ left: Double) {
    let (from, to) = (top + layout.boxes[edge.from].top, top + layout.boxes[edge.to].top)
    let height = NetworkLayout.boxHeight
    guard let lane = edge.lane else {
      let x = left + NetworkLayout.padding + NetworkLayout.boxWidth / 2
      drawing.line(x, from + height, x, to - 6, class: "ng-edge")
      drawing.tip(x, to, class: "ng-tip")
      return
    }
    let x = left + NetworkLayout.padding + NetworkLayout.boxWidth
    let out = x + 14 + Double(lane) * NetworkLayout.laneWidth
    let (start, end) = (from + height - 12, to + 12)
    drawing.path(
      "M\(point(x, start))C\(point(out, start)) \(point(out, start)) \(point(out, start + 18))"
        + "V\(number(end - 18))C\(point(out, end)) \(point(out, end)) \(point(x + 6, end))", class: "ng-skip",
      title: "\(text(layout, edge.from)) → \(text(layout, edge.to))")
    drawing.path("M\(point(x, end))l6 -3.5v7z", class: "ng-skiptip")
  }

  private func text(_ layout: NetworkLayout, _ box: Int) -> String {
    switch layout.boxes[box].item {
    case .input(let name): name
    case .layer(let index): layout.network.layers[index].name
    }
  }

  private mutating func draw(_ box: NetworkLayout.Box, _ network: NetworkRecord, _ left: Double) {
    let (x, y) = (left + NetworkLayout.padding, top + box.top)
    let (right, bottom) = (x + NetworkLayout.boxWidth, y + NetworkLayout.boxHeight)
    switch box.item {
    case .input(let name):
      drawing.rectangle(x, y, right, bottom, class: "ng-box ng-input", radius: 22, title: name)
      let shape = name == network.inputName ? network.input.map { NetworkRecord.text($0) } ?? "" : ""
      write(name, shape, "input", "", x, y)
    case .layer(let index):
      let layer = network.layers[index]
      drawing.rectangle(
        x, y, right, bottom, class: "ng-box ng-\(LayerFamily(layer.kind).rawValue)", radius: 6, title: layer.details)
      let parameters = layer.parameters == 0 ? "" : grouped(layer.parameters)
      let name = layer.name.split(separator: ".").last.map(String.init) ?? layer.name
      write(name, NetworkRecord.text(layer.output), layer.summary, parameters, x, y)
    }
  }

  /// Two lines of a box, each with something at its left and at its right.
  mutating func write(
    _ name: String, _ shape: String, _ kind: String, _ parameters: String, _ x: Double, _ y: Double
  ) {
    let right = x + NetworkLayout.boxWidth - 12
    let (first, second) = (Double(shape.count) * 7, Double(parameters.count) * 6.5)
    let room = NetworkLayout.boxWidth - 36
    drawing.text(Markup.fitting(name, width: room - first, fontSize: 13) ?? "…", x + 12, y + 19, class: "ng-name")
    drawing.text(Markup.fitting(kind, width: room - second, fontSize: 11.5) ?? "…", x + 12, y + 36, class: "ng-kind")
    drawing.text(shape, right, y + 19, class: "ng-shape", anchor: .end)
    drawing.text(parameters, right, y + 36, class: "ng-kind", anchor: .end)
  }

  func number(_ value: Double) -> String { Markup.number(value) }
  func point(_ x: Double, _ y: Double) -> String { "\(number(x)) \(number(y))" }

  private static let style = """
    .ng-page{fill:#fff}.ng-network{fill:#f6f7f9;stroke:#d5d9e0}.ng-frozen{stroke-dasharray:6 4;stroke:#8fa3c0}
    .ng-title{font-size:16px;font-weight:600;fill:#1d2433}.ng-note{font-size:12px;fill:#596273}
    .ng-group{fill:#1d2433;fill-opacity:.045;stroke:#c9cfd9;stroke-width:.8}.ng-small{font-size:10px;fill:#596273}
    .ng-name{font-size:13px;font-weight:600;fill:#10141c;pointer-events:none}
    .ng-shape{font-size:12px;fill:#10141c;pointer-events:none}.ng-kind{font-size:11.5px;fill:#3b4456;pointer-events:none}
    .ng-box{stroke:#1d2433;stroke-opacity:.35}.ng-box:hover{stroke-opacity:1}.ng-input{fill:#d6efe9}
    .ng-linear{fill:#cfe0f8}.ng-scale{fill:#d9edcf}.ng-merge{fill:#fbdfc1}.ng-norm{fill:#e9e0f5}.ng-other{fill:#e6e9ef}
    .ng-edge{stroke:#596273;stroke-width:1.3;fill:none}.ng-tip{fill:#596273}
    .ng-skip{stroke:#d9822b;stroke-width:1.5;fill:none}.ng-skip:hover{stroke-width:3}.ng-skiptip{fill:#d9822b}
    .ng-card{fill:#fdf6f8;stroke:#e3c3ce}.ng-output{fill:#cfe0f8}.ng-judge{fill:#e4dcf3}.ng-loss{fill:#f6cfdb}
    .ng-learner{font-size:11px;fill:#7c3d55}.ng-feed{stroke:#b5476b;stroke-width:1.5;fill:none}
    .ng-feed:hover{stroke-width:3}.ng-feedtip{fill:#b5476b}
    .ng-link{stroke:#7a5ea8;stroke-width:1.5;stroke-dasharray:5 3;fill:none}.ng-linktip{fill:#7a5ea8}
    """
}

/// Kinds of layers that share a colour.
enum LayerFamily: String {
  case linear, scale, merge, norm, other

  init(_ kind: String) {
    switch kind {
    case "conv", "transposed_conv", "bottleneck", "output", "dense": self = .linear
    case "concat", "add", "multiply": self = .merge
    case let kind where kind.hasSuffix("_norm"): self = .norm
    case let kind where kind.contains("pool") || kind == "upsample" || kind.hasPrefix("depth_to"): self = .scale
    default: self = .other
    }
  }
}

extension NetworkRecord {
  /// `64×64×3`
  static func text(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: "×") }
}

extension LayerRecord {
  /// All that a box may have no room for.
  var details: String {
    """
    \(path)
    \(summary): \(NetworkRecord.text(input)) → \(NetworkRecord.text(output))
    \(grouped(parameters)) parameters, \(decimal(Double(flops) / 1e6, 1)) MFLOPs
    """
  }
}

extension Model {
  /// The networks and what goes into which loss, as a picture; one network alone where it is named.
  public func picture(of network: String? = nil, name: String) -> Drawing {
    ModelPicture.drawing(shown(network), network == nil ? LossCard.cards(of: self) : [], name: network ?? name)
  }

  /// The same in Graphviz's language.
  public func dot(of network: String? = nil, name: String) -> String {
    ModelDot.text(shown(network), network == nil ? LossCard.cards(of: self) : [], name: network ?? name)
  }

  private func shown(_ network: String?) -> [NetworkRecord] {
    networks.filter { network == nil || $0.name == network }
  }
}
