/// Few bytes that stand for many: aliases, merges, blocks, repeats.
extension HostileSpec {
  static let bombs = aliasBombs + mergeBombs + blockBombs

  private static let aliasBombs = [
    HostileSpec("alias bomb of 10^12 values", ["NNC0027"]) { aliases(levels: 12, width: 10) },
    HostileSpec("alias bomb of 880,000 values in a note", []) {
      aliases(levels: 5, width: 10) + "x-more: [" + list("*l4", 7) + "]\n"
        + SpecText.clean.replacing("nnc: 1\n", by: "")
    },
    HostileSpec("alias bomb of 900,000 layers", ["NNC0204"]) {
      aliases(levels: 5, width: 9, leaf: "flatten")
        + SpecText.head.replacing("nnc: 1\n", by: "").replacing("layers:\n", by: "layers: *l4\n")
    },
    HostileSpec("alias bomb as a shape", ["NNC0118"]) {
      aliases(levels: 4, width: 20) + "network: {input: *l3, layers: [conv: {filters: 2}]}\n"
    },
    HostileSpec("alias bomb as a layer's argument", ["NNC0113"]) {
      aliases(levels: 4, width: 20) + "network: {input: [8, 8, 3], layers: [conv: {filters: *l3}]}\n"
    },
    HostileSpec("alias that contains itself", ["NNC0026"]) { SpecText.after("x-note: &a [*a]\n") },
    HostileSpec("alias cycle over a merge", ["NNC0026"]) { SpecText.after("x-note: &a {<<: *a}\n") },
    HostileSpec("20,000 anchors and unknown aliases", ["NNC0025"]) {
      SpecText.after("x-note:\n" + (0..<20_000).map { "  - &a\($0) 1\n" }.joined() + "  - *b\n")
    },
  ]

  private static let mergeBombs = [
    HostileSpec("merge bomb of 2^30 keys", ["NNC0027"]) {
      "nnc: 1\nx-0: &m0 {a: 1, b: 2}\n"
        + (1...30).map { "x-\($0): &m\($0) {<<: [*m\($0 - 1), *m\($0 - 1)]}\n" }.joined() + SpecText.clean
    },
    HostileSpec("merges of 1,000 keys, 490 times", ["NNC0027"]) {
      "nnc: 1\nx-0: &m {" + (0..<1_000).map { "k\($0): 1" }.joined(separator: ", ") + "}\nx-1:\n"
        + "  - {<<: *m}\n".times(490) + SpecText.clean.replacing("nnc: 1\n", by: "")
    },
    HostileSpec("400 merges in one mapping", []) {
      "nnc: 1\nx-0: &m {" + (0..<1_000).map { "k\($0): 1" }.joined(separator: ", ") + "}\nx-1: {<<: [" + list("*m", 400)
        + "]}\n" + SpecText.clean.replacing("nnc: 1\n", by: "")
    },
  ]

  private static let blockBombs = [
    HostileSpec("blocks that double 40 times", ["NNC0234"]) {
      blocks(40) + "network: {input: [8, 8, 3], layers: [b39]}\n"
    },
    HostileSpec("blocks that double 40 times, unused", ["NNC0234"]) {
      blocks(40) + "network: {input: [8, 8, 3], layers: [conv: {filters: 2}]}\n"
    },
    HostileSpec("blocks that use each other", ["NNC0233"]) {
      "nnc: 1\nblocks: {a: [b], b: [c], c: [a]}\nnetwork: {input: [8, 8, 3], layers: [a]}\n"
    },
    HostileSpec("blocks nested 200 deep", ["NNC0235"]) {
      "nnc: 1\nblocks:\n  b0: [flatten]\n" + (1..<200).map { "  b\($0): [b\($0 - 1)]\n" }.joined()
        + "network: {input: [8, 8, 3], layers: [b199]}\n"
    },
    HostileSpec("a number that is none in a block that nothing uses", ["NNC0110"]) {
      SpecText.after("blocks: {b: {parameters: {p: 1e400}, layers: [conv: {filters: $p}]}}\n")
    },
    HostileSpec("a repeat of 10^9 turns", ["NNC0234"]) {
      SpecText.head + "    - repeat: {count: 1000000000, layers: [activation: {kind: relu}]}\n"
    },
    HostileSpec("a repeat of 2^63 - 1 turns", ["NNC0234"]) {
      SpecText.head + "    - repeat: {count: 9223372036854775807, layers: [activation: {kind: relu}]}\n"
    },
    HostileSpec("repeats of repeats, 10^12 turns", ["NNC0234"]) {
      let layer = (0..<4).reduce("activation: {kind: relu}") { inner, _ in "repeat: {count: 1000, layers: [\(inner)]}" }
      return SpecText.head + "    - \(layer)\n"
    },
    HostileSpec("repeats nested 100 deep", ["NNC0020"]) {
      let layer = (0..<100).reduce("flatten") { inner, _ in "repeat: {count: 2, layers: [\(inner)]}" }
      return SpecText.head + "    - \(layer)\n"
    },
    HostileSpec("a repeat whose turns are wrong", ["NNC0201"]) {
      SpecText.head + "    - repeat: {count: 9000, layers: [conv: {filtres: 2}]}\n"
    },
    HostileSpec("a repeat whose turns are all different mistakes", ["NNC0114"]) {
      SpecText.head + "    - repeat: {count: 9000, index: i, layers: [conv: {filters: $(0 - i)}]}\n"
    },
  ]

  private static func list(_ item: String, _ count: Int) -> String {
    [String](repeating: item, count: count).joined(separator: ", ")
  }

  private static func aliases(levels: Int, width: Int, leaf: String = "1") -> String {
    "nnc: 1\nx-0: &l0 [" + list(leaf, width) + "]\n"
      + (1..<levels).map { "x-\($0): &l\($0) [" + list("*l\($0 - 1)", width) + "]\n" }.joined()
  }

  private static func blocks(_ count: Int) -> String {
    "nnc: 1\nblocks:\n  b0: [activation: {kind: relu}]\n"
      + (1..<count).map { "  b\($0): [b\($0 - 1), b\($0 - 1)]\n" }.joined()
  }
}
