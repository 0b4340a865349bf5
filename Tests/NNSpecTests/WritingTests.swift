import NNDiagnostics
import Testing

@testable import NNSpec

/// What is written as YAML is read back as it was.
@Suite struct WritingTests {
  static let texts = [
    "", " ", "a", " a", "a ", "a b", "a: b", "a:b", "a #b", "#a", "- a", "-", "--- a", "...", "? a", "[a", "a]", "{a}",
    "a, b", "&a", "*a", "!a", "|", ">", "> 5", "<= 5", "<<", "%a", "10%", "@a", "`a`", "'a'", "\"a\"", "a\\b", "\n",
    "a\nb\n\n", "\t", "a\tb", "\r\n", "null", "~", "True", "yes", "no", "1", "1e5", "010", "1_000", "1:30", "0x1F",
    ".5",
    ".inf", "-1", "+1", "-a", "$a", "$$", "$(a + b)", "ä", "日本", "\u{1F600}", "\u{85}", "\u{2028}", "\u{A0}",
    "\u{200B}", "e\u{301}", "=", "==", "p/q-1.png", "./a", "../a b/c", "a*", "?", ":", "a:", "\u{7F}",
  ]

  @Test("a text is a text again, in block and in flow style") func texts() {
    for text in WritingTests.texts { expectSame(text) }
    var generator = SystemRandomNumberGenerator()
    let scalars = WritingTests.texts.flatMap { Array($0.unicodeScalars) }
    let seed = UInt64.random(in: 0 ... .max, using: &generator)
    var state = seed
    for _ in 0..<2000 {
      var text = String.UnicodeScalarView()
      for _ in 0..<(Int(next(&state) % 6) + 1) { text.append(scalars[Int(next(&state) % UInt64(scalars.count))]) }
      expectSame(String(text), "seed \(seed)")
    }
  }

  @Test("what stood without quotes keeps its meaning")
  func literals() {
    for text in ["1", "-1.5e-3", "10%", "2 GiB", "500 steps", "<= 1.5e6", "true", ".5", "+2", "$(2 * w)"] {
      #expect(YAMLScalar.literal(text) == text)
    }
    #expect(YAMLScalar.literal("> 5") == "\"> 5\"")
  }

  @Test("short collections stand on one line, with where their values come from behind")
  func lines() {
    var writer = YAMLWriter(origins: true)
    let small = Rendering.mapping([
      .init("size", Rendering(.scalar("2"), from: "default")), .init("rate", Rendering(.scalar("3"))),
    ])
    let large = Rendering.mapping((0..<9).map { .init("key_\($0)", Rendering(.scalar("1000"), from: "x\ny")) })
    writer.add([.init("a", small), .init("b", large), .init("c", Rendering(.list([small])))])
    #expect(
      writer.text == """
        a: {size: 2, rate: 3}    # size: default

        b:
        \((0..<9).map { "  key_\($0): 1000            # x y\n" }.joined())c: [{size: 2, rate: 3}]  # size: default

        """)
  }

  private func next(_ state: inout UInt64) -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 33
  }

  private func expectSame(_ text: String, _ comment: Comment = "") {
    var writer = YAMLWriter(origins: true)
    let scalar = Rendering.text(text, from: text)
    let list = Rendering(.list([scalar, .mapping([.init("k", scalar), .init("l", scalar)])]))
    writer.add([.init("a", scalar), .init("b", list), .init("c", scalar)])
    var sources = SourceMap()
    var diagnostics = Diagnostics()
    let file = sources.add(path: "t.yaml", text: writer.text)
    let tree = TreeBuilder.tree(of: sources[file], text: writer.text, diagnostics: &diagnostics)
    let read = [tree?["a"], tree?["b"]?.sequence?.first, tree?["b"]?.sequence?.last?["l"], tree?["c"]]
    #expect(read.map { $0?.scalar?.text } == [text, text, text, text], comment)
    #expect(read[0]?.isNull == false && tree.map { !ExpressionReader.isExpression($0) } ?? false, comment)
  }
}
