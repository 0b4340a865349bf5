import NNText

/// Networks as a directed graph in Graphviz's language, DOT.
enum ModelDot {
  static func text(_ networks: [NetworkRecord], name: String) -> String {
    var lines = [
      "digraph \(quoted(name)) {",
      "  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"sans-serif\"]",
    ]
    for (index, network) in networks.enumerated() { lines += cluster(NetworkLayout(network), index) }
    for (index, network) in networks.enumerated() {
      for (other, taker) in networks.enumerated() where other != index && !network.layers.isEmpty {
        guard let box = NetworkLayout.inputs(of: taker).firstIndex(of: network.name) else { continue }
        let last = NetworkLayout.inputs(of: network).count + network.layers.count - 1
        lines.append("  \(node(index, last)) -> \(node(other, box)) [style=dashed]")
      }
    }
    return (lines + ["}", ""]).joined(separator: "\n")
  }

  private static func cluster(_ layout: NetworkLayout, _ index: Int) -> [String] {
    var lines = ["  subgraph cluster_\(index) {", "    label=\(quoted(layout.network.name))"]
    for (number, box) in layout.boxes.enumerated() {
      lines.append("    \(node(index, number)) [label=\(quoted(label(box.item, layout.network)))\(style(box.item))]")
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

  /// A string in quotes: of DOT's escapes only those for quotes, backslashes and line ends are needed.
  private static func quoted(_ text: String) -> String {
    let escaped = text.map { character -> String in
      switch character {
      case "\"": "\\\""
      case "\\": "\\\\"
      case "\n": "\\n"
      default: String(character)
      }
    }
    return "\"\(escaped.joined())\""
  }
}
