import Foundation
import NNDiagnostics
import NNSpec
import Testing

@Suite struct YAMLTests {
  static let network = "network: {input: [3], layers: [flatten]}\n"

  private func read(bytes: [UInt8]) -> SpecReading { SpecReader.read(bytes: bytes, path: "t.yaml") }

  private func place(_ reading: SpecReading) -> String {
    guard let first = reading.diagnostics.sorted.first else { return "" }
    let position = reading.sources[first.span.file].position(of: first.span.start)
    return "\(first.code.code) \(position.line):\(position.column)"
  }

  @Test("lines end at LF, CRLF and CR, and not at NEL or U+2028")
  func lineEnds() {
    for end in ["\n", "\r\n", "\r"] {
      let text = ["nnc: 1", "network: {input: [3], layers: [flatten]}", "trian: 1", ""].joined(separator: end)
      #expect(place(NNSpecTests.read(text)) == "NNC0201 3:1")
    }
    let odd = "nnc: 1\ndescription: \"a\u{85}b\u{2028}c\"\n\(YAMLTests.network)trian: 1\n"
    #expect(place(NNSpecTests.read(odd)) == "NNC0201 4:1")
  }

  @Test("columns count Unicode scalars")
  func columns() {
    #expect(place(NNSpecTests.read("nnc: 1\nnetwork: {x-é😀: 1, inptu: [3], layers: [flatten]}\n")).hasSuffix(" 2:20"))
  }

  @Test("a byte order mark is no part of the text")
  func byteOrderMark() {
    #expect(read(bytes: [0xEF, 0xBB, 0xBF] + Array("nnc: 1\n\(YAMLTests.network)".utf8)).diagnostics.isEmpty)
    #expect(place(read(bytes: [0xEF, 0xBB, 0xBF] + Array("nnc: 2\n\(YAMLTests.network)".utf8))) == "NNC0212 1:6")
  }

  @Test("what is no text gives one clear diagnostic")
  func noText() {
    #expect(codes(read(bytes: [])) == ["NNC0005"])
    #expect(codes(read(bytes: Array(" \n\n# x\n".utf8))) == ["NNC0005"])
    #expect(place(read(bytes: Array("nnc: 1\nname: \"".utf8) + [0xC3, 0x28])) == "NNC0006 2:8")
    #expect(place(read(bytes: Array("nnc: 1\nname: a".utf8) + [0xF0, 0x9F])) == "NNC0006 2:8")
    #expect(codes(read(bytes: [0xFF, 0xFE, 0x6E, 0x00])) == ["NNC0006"])
    #expect(place(read(bytes: Array("nnc: 1\nname: a".utf8) + [0])) == "NNC0007 2:8")
    #expect(codes(SpecReader.read(path: "/nonexistent/x.yaml")) == ["NNC0001"])
    #expect(codes(SpecReader.read(path: "/")) == ["NNC0002"])
    #expect(codes(SpecReader.read(path: "/dev/zero")) == ["NNC0004"])
  }

  @Test("a link that leads back to itself is told so, with what helps") func loopingLink() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml").path
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: path)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let found = try #require(SpecReader.read(path: path).diagnostics.sorted.first)
    #expect(found.code.code == "NNC0003" && found.message.hasSuffix("a symbolic link leads back to itself"))
    #expect(found.help == ["let the link point to a file; `ls -l` shows where it points"])
  }

  @Test("a block collection ends at its last child")
  func blockSpans() {
    let reading = NNSpecTests.read(
      "nnc: 1\nnetwork:\n  input: [3]\n  layers:\n    - dense:\n        units: 3\n\n\n\nname: x\n")
    guard let layer = reading.spec?.networks.first?.layers.first else {
      Issue.record("no layer")
      return
    }
    #expect(reading.sources[layer.span.file].text(of: layer.span) == "dense:\n        units: 3")
    #expect(reading.sources[layer.span.file].text(of: layer.kindSpan) == "dense")
  }

  @Test("anchors, aliases and merges are resolved; explicit keys win")
  func merges() {
    let text = """
      nnc: 1
      x-base: &base {filters: 8, kernel: 5}
      x-other: &other {kernel: 7, stride: 2}
      network:
        input: [8, 8, 1]
        layers:
          - conv: *base
          - conv: {<<: *base, kernel: 1}
          - conv: {<<: [*base, *other]}
      """
    let decoded = SampleKinds.decode(SpecReader.read(text: text, path: "t.yaml"))
    #expect(codes(decoded.reading) == [])
    #expect(decoded.layers.map { $0?.integer("filters") } == [8, 8, 8])
    #expect(decoded.layers.map { $0?.pair("kernel")?.height } == [5, 1, 5])
    #expect(decoded.layers.last??.pair("stride")?.height == 2)
  }

  @Test("hostile nesting and aliases end in one diagnostic within a moment")
  func hostile() {
    let head = "nnc: 1\n\(YAMLTests.network)"
    var bomb = head + "x-a0: &a0 [1, 1]\n"
    for index in 1..<60 { bomb += "x-a\(index): &a\(index) [*a\(index - 1), *a\(index - 1)]\n" }
    var tower = head + "x-a0: &a0 [1]\n"
    for index in 1..<200 { tower += "x-a\(index): &a\(index) [*a\(index - 1)]\n" }
    let cases: [(String, String)] = [
      (head + "x-a: " + String(repeating: "[", count: 40_000), "NNC0020"),
      (head + "x-a: " + String(repeating: "{a: ", count: 40_000), "NNC0020"),
      (head + "x-a:\n" + String(repeating: "- ", count: 40_000), "NNC0020"),
      (bomb, "NNC0027"), (tower, "NNC0020"),
      (head + "x-a: &a [*a]\n", "NNC0026"),
      (head + String(repeating: "k", count: 2_000) + ": 1\n", "NNC0019"),
    ]
    for (text, code) in cases {
      let duration = ContinuousClock().measure { #expect(codes(NNSpecTests.read(text)) == [code]) }
      #expect(duration < .milliseconds(300), "\(code) took \(duration)")
    }
  }

  @Test("an alias bomb below the budget is read in a moment")
  func largeAliases() {
    var text = "nnc: 1\n\(YAMLTests.network)x-a0: &a0 [1, 1]\n"
    for index in 1..<17 { text += "x-a\(index): &a\(index) [*a\(index - 1), *a\(index - 1)]\n" }
    #expect(codes(NNSpecTests.read(text)) == [])
  }
}
