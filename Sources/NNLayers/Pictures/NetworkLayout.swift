/// Where the boxes of one network stand: a chain from top to bottom, with what skips layers beside it.
struct NetworkLayout {
  /// What a box stands for.
  enum Item: Equatable {
    /// Something that goes in, by its name.
    case input(String)
    /// A layer, by its index in the record.
    case layer(Int)
  }

  /// A box.
  struct Box {
    var item: Item
    var top: Double
  }

  /// A connection between two boxes, by their indices.
  struct Edge: Equatable {
    var from: Int
    var to: Int
    /// Counts from 0, outwards, for one that passes boxes; nil for one to the next box.
    var lane: Int?
  }

  /// Layers that a block's use or a turn of a `repeat` stands for.
  struct Group {
    var name: String
    var depth: Int
    var top: Double
    var bottom: Double
  }

  static let boxWidth = 270.0
  static let boxHeight = 46.0
  static let gap = 20.0
  static let groupHead = 16.0
  static let laneWidth = 12.0
  static let padding = 22.0

  let network: NetworkRecord
  private(set) var boxes: [Box] = []
  private(set) var edges: [Edge] = []
  private(set) var groups: [Group] = []
  private(set) var height = 0.0
  private(set) var lanes = 0

  init(_ network: NetworkRecord) {
    self.network = network
    place()
    connect()
  }

  /// All that the network takes: names of its inputs in the order of their use, or the one that has no name.
  static func inputs(of network: NetworkRecord) -> [String] {
    var names: [String] = []
    for layer in network.layers {
      for (source, name) in zip(layer.sources, layer.inputNames) where source == nil {
        if !names.contains(name ?? network.inputName) { names.append(name ?? network.inputName) }
      }
    }
    return names.isEmpty ? [network.inputName] : names
  }

  /// Room for boxes, groups and lanes.
  var width: Double {
    2 * NetworkLayout.padding + NetworkLayout.boxWidth + Double(lanes) * NetworkLayout.laneWidth + (lanes > 0 ? 6 : 0)
  }

  private mutating func place() {
    var y = 0.0
    for name in NetworkLayout.inputs(of: network) {
      boxes.append(Box(item: .input(name), top: y))
      y += NetworkLayout.boxHeight + NetworkLayout.gap
    }
    var open: [Group] = []
    for (index, layer) in network.layers.enumerated() {
      let path = layer.name.split(separator: ".").dropLast().map(String.init)
      let common = zip(open, path).prefix { $0.name == $1 }.count
      let end = y - NetworkLayout.gap + 6
      while open.count > common { close(&open, at: end) }
      if common < path.count, index > 0 { y += 4 }
      while open.count < path.count {
        open.append(Group(name: path[open.count], depth: open.count, top: y - 6, bottom: 0))
        y += NetworkLayout.groupHead
      }
      boxes.append(Box(item: .layer(index), top: y))
      y += NetworkLayout.boxHeight + NetworkLayout.gap
    }
    while !open.isEmpty { close(&open, at: y - NetworkLayout.gap + 6) }
    height = y - NetworkLayout.gap
  }

  private mutating func close(_ open: inout [Group], at bottom: Double) {
    guard var group = open.popLast() else { return }
    group.bottom = bottom
    groups.append(group)
  }

  private mutating func connect() {
    let inputs = boxes.count - network.layers.count
    for (index, layer) in network.layers.enumerated() {
      for (source, name) in zip(layer.sources, layer.inputNames) {
        let named = boxes.firstIndex { $0.item == .input(name ?? network.inputName) } ?? 0
        let edge = Edge(from: source.map { $0 + inputs } ?? named, to: index + inputs)
        if !edges.contains(edge) { edges.append(edge) }
      }
    }
    // The shortest first, so that they are the innermost.
    var taken: [[ClosedRange<Int>]] = []
    for index in edges.indices.sorted(by: { edges[$0].to - edges[$0].from < edges[$1].to - edges[$1].from }) {
      let edge = edges[index]
      guard edge.to - edge.from > 1 else { continue }
      let range = edge.from...edge.to - 1
      let lane = taken.firstIndex { !$0.contains { $0.overlaps(range) } } ?? taken.count
      if lane == taken.count { taken.append([]) }
      taken[lane].append(range)
      edges[index].lane = lane
    }
    lanes = taken.count
  }
}
