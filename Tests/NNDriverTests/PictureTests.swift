import Foundation
import NNDriver
import NNLayers
import NNPlan
import NNTensor
import NNText
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The elements of an XML text, and what is wrong with it.
final class XMLElements: NSObject, XMLParserDelegate {
  private(set) var elements: [(name: String, attributes: [String: String])] = []
  private(set) var texts: [String] = []
  private(set) var fault: String?
  private var text = ""

  init(_ xml: String) {
    super.init()
    let parser = XMLParser(data: Data(xml.utf8))
    parser.delegate = self
    if !parser.parse() { fault = "line \(parser.lineNumber): \(parser.parserError.map { "\($0)" } ?? "?")" }
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    elements.append((name, attributes))
    text = ""
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    if name == "text" || name == "title" { texts.append(text) }
    text = ""
  }
}

/// The pictures of plans and networks.
@Suite struct PictureTests {
  static let specs = [
    "quickstart", "unet", "adversarial", "residual", "classifier", "dcgan", "vgg16", "fakeapp", "perceptual",
  ]
  static let hostile = "<script>alert(1)< & \"quoted\" 'x' ]]> \u{1}"

  static func plans(_ name: String) throws -> Plans {
    let url = Place.specs.appendingPathComponent("\(name).yaml")
    let checked = CheckedSpec.load(path: url.path, kernels: try portableKernels(), threads: 2)
    return try checked.plans()
  }

  @Test("the picture of a plan has each buffer of the arena once, at its steps and bytes", arguments: specs)
  func plan(_ name: String) throws {
    let plans = try PictureTests.plans(name)
    for plan in [plans.run(batch: 1), plans.train(batch: plans.trainingBatch)].compactMap({ $0 }) {
      let map = ArenaMap(plan)
      let placed = plan.buffers.indices.filter { if case .arena = plan.buffers[$0].place { true } else { false } }
      #expect(map.rectangles.map(\.buffer.index) == placed && !placed.isEmpty)
      for rectangle in map.rectangles {
        let buffer = plan[rectangle.buffer]
        #expect(buffer.place == .arena(offset: rectangle.bytes.lowerBound) && buffer.byteCount == rectangle.bytes.count)
        #expect(rectangle.time.lowerBound / 2 == buffer.lifetime.lowerBound || buffer.lifetime.lowerBound < 0)
      }
      let overlap = PictureTests.overlap(map.rectangles)
      #expect(
        overlap == nil, "\(name) \(plan.purpose): \(overlap.map { "\(plan[$0.0].name), \(plan[$0.1].name)" } ?? "")")
      let xml = XMLElements(plan.picture.file)
      #expect(xml.fault == nil, "\(name): \(xml.fault ?? "")")
      let drawn = xml.elements.filter { $0.attributes["class"]?.contains("pm-buffer") == true }
      #expect(drawn.compactMap { $0.attributes["data-id"] } == placed.map { "b\($0)" })
      try PictureTests.compare(drawn.map(\.attributes), map, plan)
      for total in plan.totals {
        #expect(xml.texts.contains(total.split(separator: " ").joined(separator: " ")), "\(total)")
      }
      #expect(xml.texts.filter { $0.hasPrefix("loop: ") || $0.hasPrefix("×") }.count == plan.loops.count)
    }
  }

  /// Two rectangles that overlap; nil where none do.
  private static func overlap(_ rectangles: [ArenaMap.Rectangle]) -> (BufferID, BufferID)? {
    for (index, one) in rectangles.enumerated() {
      for other in rectangles[(index + 1)...] where one.time.overlaps(other.time) && one.bytes.overlaps(other.bytes) {
        return (one.buffer, other.buffer)
      }
    }
    return nil
  }

  /// What is drawn is the map, scaled.
  private static func compare(_ drawn: [[String: String]], _ map: ArenaMap, _ plan: Plan) throws {
    func number(_ attributes: [String: String], _ name: String) throws -> Double {
      try #require(attributes[name].flatMap(Double.init))
    }
    for (attributes, rectangle) in zip(drawn, map.rectangles) {
      let width = try number(attributes, "width") / (1276 - 84) * Double(2 * plan.steps.count + 4)
      let height = try number(attributes, "height") / (634 - 74) * Double(plan.arena.bytes)
      let below = (634 - 0.001 - (try number(attributes, "y"))) / (634 - 74) * Double(plan.arena.bytes)
      let grain = Double(plan.arena.bytes) / 560 * 0.003
      #expect(abs(width - Double(rectangle.time.count)) < 0.01)
      #expect(abs(height - Double(rectangle.bytes.count)) <= grain)
      #expect(abs(below - Double(rectangle.bytes.upperBound)) <= grain)
    }
  }

  @Test("the picture of networks has a box for each layer, with its shape, and every skip", arguments: specs)
  func networks(_ name: String) throws {
    let model = try PictureTests.plans(name).model
    let xml = XMLElements(model.picture(name: name).file)
    #expect(xml.fault == nil, "\(xml.fault ?? "")")
    let layers = model.networks.flatMap(\.layers)
    for layer in layers {
      let titles = xml.texts.filter { $0.hasPrefix("\(layer.path)\n") }
      #expect(titles.count == 1, "\(layer.path)")
      #expect(titles.first?.contains(layer.output.map(String.init).joined(separator: "×")) == true)
    }
    let boxes = xml.elements.filter { $0.attributes["class"]?.hasPrefix("ng-box ") == true }
    #expect(boxes.count >= layers.count + model.networks.count)
    let skips = xml.elements.filter { $0.attributes["class"] == "ng-skip" }.count
    #expect(skips == (["unet": 2, "quickstart": 0, "vgg16": 0][name] ?? skips))
    if name == "adversarial" || name == "residual" { #expect(skips >= 3) }
    let dot = model.dot(name: name)
    let targets = Set(model.losses.filter(\.takesTarget).map(\.targetName))
    let losses = try PictureTests.losses(model, xml)
    #expect(
      dot.hasPrefix("digraph ")
        && dot.split(separator: "\n").filter { $0.contains("[label=") }.count
          == layers.count + model.networks.reduce(0) { $0 + PictureTests.inputs($1) } + losses + targets.count
    )
    #expect(dot.split(separator: "\n").filter { $0.contains("fillcolor=\"#f6cfdb\"") }.count == losses)
    let alone = try #require(model.networks.last)
    let one = XMLElements(model.picture(of: alone.name, name: name).file)
    #expect(one.elements.filter { $0.attributes["class"]?.hasPrefix("ng-network") == true }.count == 1)
  }

  /// How many names go into a network.
  private static func inputs(_ network: NetworkRecord) -> Int {
    max(1, Set(network.layers.flatMap { zip($0.sources, $0.inputNames).filter { $0.0 == nil }.map(\.1) }).count)
  }

  /// How many losses there are; each must have its box, its weight, and a line from each network that goes into it.
  private static func losses(_ model: Model, _ xml: XMLElements) throws -> Int {
    let names = Set(model.losses.map(\.termlessName))
    for name in names {
      let loss = try #require(model.losses.first { $0.termlessName == name })
      let box = try #require(xml.texts.first { $0.hasPrefix("\(name)\n\(loss.kind)") }, "\(name)")
      if loss.weight.from != 1 { #expect(box.contains("× "), "\(box)") }
      for phase in model.phases where phase.losses.contains(loss.name) {
        #expect(box.contains("\(phase.networks.joined(separator: ", ")) learn"), "\(box)")
      }
      for network in [loss.network] + (loss.judge.map { [$0.network] } ?? []) {
        #expect(xml.texts.contains("\(network) → \(name)"), "\(network) → \(name)")
      }
      if loss.takesTarget { #expect(xml.texts.contains(loss.targetName)) }
    }
    #expect(xml.elements.filter { $0.attributes["class"] == "ng-card" }.count == names.count)
    return names.count
  }

  @Test("hostile names stay text")
  func hostileNames() throws {
    var plan = Plan(name: PictureTests.hostile, purpose: .run, batch: 1)
    var buffer = Buffer(
      name: PictureTests.hostile, type: TensorType([64]), byteCount: 256, place: .arena(offset: 0))
    buffer.lifetime = -1...0
    plan.buffers = [buffer]
    plan.arena.bytes = 256
    let xml = XMLElements(plan.picture.file)
    #expect(xml.fault == nil, "\(xml.fault ?? "")")
    #expect(!xml.elements.contains { $0.name == "script" })
    #expect(xml.texts.contains { $0.hasPrefix("<script>alert(1)< & \"quoted\" 'x' ]]> \u{FFFD}\n") })

    let text = """
      nnc: 1
      name: "<script>alert(1)< & \\"quoted\\" 'x' ]]>"
      network: {input: [8, 8, 3], layers: [conv: {filters: 4}]}

      """
    let plans = try CheckedSpec.check(
      bytes: Array(text.utf8), path: "a.yaml", kernels: try portableKernels(), threads: 2
    ).plans()
    let graph = XMLElements(plans.model.picture(name: plans.spec.name).file)
    #expect(graph.fault == nil && !graph.elements.contains { $0.name == "script" })
    let dot = plans.model.dot(name: plans.spec.name)
    #expect(dot.hasPrefix("digraph \"<script>alert(1)< & \\\"quoted\\\" 'x' ]]>\" {"))
  }

  @Test("JSON reads back as it was written, and what is none is refused")
  func json() {
    let value = JSON.object([
      ("a", .array([.integer(-3), .number(2.5e-7), .null, .boolean(true)])), ("b\"\\\n", .string("é😀\u{2028}")),
    ])
    #expect(JSON(parsing: value.text.utf8) == value)
    #expect(JSON(parsing: "\"\\ud83d\\ude00\\u00e9\"".utf8)?.string == "😀é")
    for text in ["", "{", "[1,]", "{\"a\" 1}", "\"a", "tru", "1 2", "\"\\ud83d\"", "nul", "--", "[1"] {
      #expect(JSON(parsing: text.utf8) == nil, "\(text)")
    }
  }
}
