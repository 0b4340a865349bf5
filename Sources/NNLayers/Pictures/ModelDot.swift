import NNText

/// Networks as a directed graph in Graphviz's language, DOT.
enum ModelDot {
  static func text(_ networks: [NetworkRecord], _ losses: [LossCard], name: String) -> String {
    var lines = [
      "digraph \(DOT.quoted(name)) {",
      "  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"sans-serif\"]",
    ]
    for (index, network) in networks.enumerated() { lines += cluster(NetworkLayout(network), index) }
    for (index, network) in networks.enumerated() {
      for (other, taker) in networks.enumerated() where other != index && !network.layers.isEmpty {
        guard let box = NetworkLayout.inputs(of: taker).firstIndex(of: network.name) else { continue }
        lines.append("  \(node(index, last(network))) -> \(node(other, box)) [style=dashed]")
      }
    }
    lines += self.losses(losses, networks)
    return (lines + ["}", ""]).joined(separator: "\n")
  }

  /// The box of a network's output.
  private static func last(_ network: NetworkRecord) -> Int {
    NetworkLayout.inputs(of: network).count + network.layers.count - 1
  }

  /// A box for each loss, an oval for what it compares with, and what goes in.
  private static func losses(_ losses: [LossCard], _ networks: [NetworkRecord]) -> [String] {
    let targets = Set(losses.compactMap(\.target)).sorted()
    var lines = targets.enumerated().map { "  t\($0) [label=\(DOT.quoted($1)), shape=oval]" }
    func edge(_ network: String, _ loss: Int, _ label: String) {
      guard let index = networks.firstIndex(where: { $0.name == network }), !networks[index].layers.isEmpty else {
        return
      }
      lines.append(
        "  \(node(index, last(networks[index]))) -> l\(loss) [color=\"#b5476b\", label=\(DOT.quoted(label))]")
    }
    for (index, loss) in losses.enumerated() {
      let texts = [loss.name, loss.kind, loss.weight].filter { !$0.isEmpty } + loss.learners
      let text = DOT.quoted(texts.joined(separator: "\n"))
      lines.append("  l\(index) [label=\(text), fillcolor=\"#f6cfdb\"]")
      edge(loss.network, index, loss.prediction == loss.network ? "" : loss.prediction)
      if let judge = loss.judge { edge(judge.network, index, judge.how) }
      if let target = loss.target.flatMap({ targets.firstIndex(of: $0) }) { lines.append("  t\(target) -> l\(index)") }
    }
    return lines
  }

  private static func cluster(_ layout: NetworkLayout, _ index: Int) -> [String] {
    var lines = ["  subgraph cluster_\(index) {", "    label=\(DOT.quoted(layout.network.name))"]
    for (number, box) in layout.boxes.enumerated() {
      lines.append(
        "    \(node(index, number)) [label=\(DOT.quoted(label(box.item, layout.network)))\(style(box.item))]")
    }
    for edge in layout.edges {
      let skips = edge.lane == nil ? "" : " [color=\"#d9822b\", constraint=false]"
      lines.append("    \(node(index, edge.from)) -> \(node(index, edge.to))\(skips)")
    }
    return lines + ["  }"]
  }

  private static func node(_ network: Int, _ box: Int) -> String { "n\(network)_\(box)" }

  private static func style(_ item: NetworkLayout.Item) -> String {
    if case .input = item { ", shape=oval" } else { "" }
  }

  private static func label(_ item: NetworkLayout.Item, _ network: NetworkRecord) -> String {
    switch item {
    case .input(let name):
      let shape = name == network.inputName ? network.input.map { NetworkRecord.text($0) } : nil
      return ([name] + (shape.map { [$0] } ?? [])).joined(separator: "\n")
    case .layer(let index):
      let layer = network.layers[index]
      let parameters = layer.parameters == 0 ? [] : ["\(grouped(layer.parameters)) parameters"]
      return ([layer.name, layer.summary, NetworkRecord.text(layer.output)] + parameters).joined(separator: "\n")
    }
  }
}
