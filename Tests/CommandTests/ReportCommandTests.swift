import Foundation
import NNTraining
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// `report.html`, as training and `nnc report` write it.
@Suite struct ReportCommandTests {
  static let description = "<script>alert(1)</script> & \\\"quotes\\\" 'x' ]]> <img src=x onerror=alert(1)>"
  static let spec = Folder.tinySpec
    .replacingOccurrences(of: "name: tiny", with: "name: \"tiny <b> & 'c'\"\ndescription: \"\(description)\"")
    .replacingOccurrences(of: "epochs: 2", with: "epochs: 15")

  /// The elements of a page that must be XML, too.
  private final class Page: NSObject, XMLParserDelegate {
    var elements: [(name: String, attributes: [String: String])] = []
    var fault: String?

    init(_ text: String) {
      super.init()
      let parser = XMLParser(data: Data(text.utf8))
      parser.delegate = self
      if !parser.parse() { fault = "line \(parser.lineNumber): \(parser.parserError.map { "\($0)" } ?? "?")" }
    }

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) { elements.append((name, attributes)) }

    func count(_ name: String) -> Int { elements.filter { $0.name == name }.count }
  }

  @Test("training leaves a page that refers to nothing outside, with each curve's last value, and it can be made anew")
  func page() throws {
    let folder = try Folder.withTinySpec(ReportCommandTests.spec)
    defer { folder.remove() }
    let result = try Command.nnc("train", "spec.yaml", "--run", "run", "--log-every", "1", in: folder)
    #expect(result.status == 0, "\(result.errors)")
    let html = try folder.read("run/report.html")
    let page = Page(html)
    #expect(page.fault == nil, "\(page.fault ?? "")")
    #expect(!html.contains("http") && !html.contains("@import") && !html.contains("url("))
    for (_, attributes) in page.elements {
      for name in ["src", "href", "xlink:href"] {
        if let target = attributes[name] { #expect(target.hasPrefix("data:"), "\(target.prefix(40))") }
      }
      #expect(!attributes.keys.contains { $0.hasPrefix("on") })
    }
    #expect(page.count("script") == 1 && page.count("b") > 0 && page.count("svg") > 2)
    #expect(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quotes&quot; &#39;x&#39; ]]&gt;"))
    // The first and the last picture, and ten of the thirteen between them.
    let pictures = page.elements.filter { $0.name == "img" }.compactMap { $0.attributes["alt"] }
    #expect(pictures.count == 12 && pictures.first == "after epoch 1" && pictures.last == "after epoch 15")
    for picture in page.elements where picture.name == "img" {
      let text = try #require(picture.attributes["src"]?.split(separator: ",").last)
      let bytes = try #require(Data(base64Encoded: String(text)))
      let epoch = try #require(picture.attributes["alt"]?.split(separator: " ").last.flatMap { Int($0) })
      #expect(bytes == (try folder.data("run/previews/epoch-00\(epoch < 10 ? "0" : "")\(epoch).png")))
    }
    try lastValues(page, html, folder)
    let machine = try folder.read("run/machine.json")
    #expect(machine.contains("\"nnc\": ") && html.contains("<td>kernels</td>"))

    try FileManager.default.removeItem(atPath: folder.path("run/report.html"))
    let again = try Command.nnc("report", "run", in: folder)
    #expect(again.status == 0 && again.output == "run/report.html\n", "\(again.errors)")
    #expect(try folder.read("run/report.html") == html)
    try FileManager.default.removeItem(atPath: folder.path("photos"))
    let without = try Command.nnc("report", "run", "--output", "page.html", in: folder)
    #expect(without.status == 0, "\(without.errors)")
    #expect(try folder.read("page.html") == html)
  }

  private func lastValues(_ page: Page, _ html: String, _ folder: Folder) throws {
    let line = try #require(try folder.read("run/metrics.jsonl").split(separator: "\n").last)
    let last = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    let validation = try #require(last["validation"] as? [String: Any])
    let norms = try #require((last["gradient_norms"] as? [String: [String: Double]])?["train"]?["model"])
    let metrics = try #require(validation["metrics"] as? [String: Double])
    let values = [
      last["loss"] as? Double, validation["loss"] as? Double, metrics["psnr"], metrics["input_psnr"], norms,
      last["learning_rate"] as? Double, last["samples_per_second"] as? Double,
    ]
    let curves = page.elements.filter { $0.name == "path" && $0.attributes["data-n"] != nil }.map(\.attributes)
    #expect(curves.count == values.count)
    for value in values {
      let text = NumberText.short(try #require(value))
      #expect(curves.contains { $0["data-v"]?.hasSuffix(text) == true && $0["data-s"]?.hasSuffix("30") == true })
      #expect(html.contains("<b>\(text)</b></li>"), "\(text)")
      #expect(html.contains("<td class=\"n\">\(text)</td><td class=\"n\">30</td>"), "\(text)")
    }
  }

  @Test("a report that cannot be written is told once, and the run goes on to its end")
  func unwritten() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    #expect(try Command.nnc("train", "spec.yaml", "--run", "run", in: folder).status == 0)
    try FileManager.default.removeItem(atPath: folder.path("run/report.html"))
    try folder.makeFolder("run/report.html")
    let result = try Command.nnc("train", "spec.yaml", "--run", "run", "--epochs", "4", in: folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.components(separatedBy: "the report cannot be written").count == 2, "\(result.errors)")
    #expect(folder.exists("run/previews/epoch-0004.png"))
  }

  @Test("a folder without a run is refused")
  func noRun() throws {
    let folder = Folder()
    defer { folder.remove() }
    let result = try Command.nnc("report", ".", in: folder)
    #expect(result.status == 2 && result.errors.contains("holds no run"), "\(result.errors)")
  }

  @Test("what is wrong in a log is left out, and numbers of every size are drawn")
  func damagedLog() throws {
    let folder = Folder()
    defer { folder.remove() }
    try folder.write(
      """
      {"step": 1e300, "loss": 1}
      {"step": 9223372036854775807, "loss": 1}
      {"step": -1, "loss": 1}
      {"step": 2, "loss": 1e999, "losses": 3, "validation": []}
      {"step": 3, "epoch": 1, "loss": 1e308, "learning_rate": 5e-324}
      {"step": 4, "epoch": 1, "loss": -1e308, "learning_rate": 1e308, "gradient_norms": {"<a>&": {"\\u0001": 1, "b\\"": 2}}}
      {"step": 5, "loss": 0.
      """, to: "metrics.jsonl")
    let result = try Command.nnc("report", ".", in: folder)
    #expect(result.status == 0 && !result.crashed, "\(result.errors)")
    let html = try folder.read("report.html")
    #expect(Page(html).fault == nil && html.contains("<p>step 4, epoch 1</p>"))
    #expect(!html.contains("nan") && !html.contains("inf "))
  }

  @Test("the pictures of plan and networks are written as files and on standard output")
  func pictures() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    for arguments in [["plan", "spec.yaml", "--format", "svg"], ["graph", "spec.yaml"]] {
      let result = try Command.nnc(arguments, in: folder)
      #expect(result.status == 0 && Page(result.output).fault == nil && result.output.hasPrefix("<?xml"))
    }
    let steps = try Command.nnc("plan", "spec.yaml", "--format", "dot", "--for", "run", in: folder)
    #expect(
      steps.status == 0 && steps.output.contains("digraph \"tiny: run, batch 1\"") && steps.output.contains("-> o0"))
    let dump = try Command.nnc("plan", "spec.yaml", "--format", "json", "--dump-after", "fuse", in: folder)
    #expect(dump.status == 2 && dump.errors.contains("--dump-after prints text"), "\(dump)")
    let dot = try Command.nnc("graph", "spec.yaml", "--format", "dot", "--output", "tiny.dot", in: folder)
    #expect(dot.status == 0 && dot.output.isEmpty)
    #expect(try folder.read("tiny.dot").contains("transposed_conv"))
    let wrong = try Command.nnc("graph", "spec.yaml", "--network", "other", in: folder)
    #expect(wrong.status == 2 && wrong.errors.contains("it has model"), "\(wrong.errors)")
  }
}
