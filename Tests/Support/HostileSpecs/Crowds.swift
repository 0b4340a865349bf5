/// Many of the same: variables, layers, sections, mistakes.
extension HostileSpec {
  static let crowds = variables + layers + mistakes

  private static let variables = [
    HostileSpec("100,000 variables", ["NNC0004"]) {
      SpecText.after("vars:\n" + (0..<100_000).map { "  v\($0): \($0)\n" }.joined())
    },
    HostileSpec("a chain of 50,000 variables", ["NNC0108"]) {
      SpecText.after("vars:\n  v0: 1\n" + (1..<50_000).map { "  v\($0): $v\($0 - 1)\n" }.joined())
    },
    HostileSpec("a cycle of 10,000 variables", ["NNC0106"]) {
      SpecText.after("vars:\n  v0: $v9999\n" + (1..<10_000).map { "  v\($0): $v\($0 - 1)\n" }.joined())
    },
    HostileSpec("5,000 unknown names beside 5,000 variables", ["NNC0102"]) {
      SpecText.after("vars:\n" + (0..<5_000).map { "  v\($0): \($0)\n  w\($0): $u\($0)\n" }.joined())
    },
    HostileSpec("9,000 uses of a wrong variable", ["NNC0104"]) {
      SpecText.after("vars:\n  v: $(1 / 0)\n" + (0..<9_000).map { "  v\($0): $(v + \($0))\n" }.joined())
    },
  ]

  private static let layers = [
    HostileSpec("9,000 layers in a row", []) { SpecText.head + "    - activation: {kind: relu}\n".times(9_000) },
    HostileSpec("60,000 layers in a row", ["NNC0234"]) { SpecText.head + "    - flatten\n".times(60_000) },
    HostileSpec("a sum of 5,000 layers", ["NNC0317"]) {
      SpecText.head + (0..<5_000).map { "    - conv: {filters: 3, from: input, name: c\($0)}\n" }.joined()
        + "    - add: {from: [" + (0..<5_000).map { "c\($0)" }.joined(separator: ", ") + "]}\n"
    },
    HostileSpec("2,000 sums of the two layers before", []) {
      SpecText.head + "    - conv: {filters: 3, name: l0}\n    - conv: {filters: 3, name: l1}\n"
        + (2..<2_000).map { "    - add: {from: [l\($0 - 2), l\($0 - 1)], name: l\($0)}\n" }.joined()
    },
    HostileSpec("300 concatenations that double", ["NNC0306"]) {
      SpecText.head + "    - concat: {from: [previous, previous]}\n".times(300)
    },
    HostileSpec("3,000 networks", []) {
      "nnc: 1\nnetworks:\n"
        + (0..<3_000).map { "  n\($0): {input: [8], layers: [dense: {units: 2}]}\n" }.joined()
    },
    HostileSpec("a chain of 3,000 networks", []) {
      "nnc: 1\nnetworks:\n  n0: {input: [8], layers: [dense: {units: 2}]}\n"
        + (1..<3_000).map { "  n\($0): {input: n\($0 - 1), layers: [dense: {units: 2}]}\n" }.joined()
    },
    HostileSpec("3,000 networks like the one before", []) {
      "nnc: 1\nnetworks:\n  n0: {input: [8], layers: [dense: {units: 2}]}\n"
        + (1..<3_000).map { "  n\($0): {input: [8], like: n\($0 - 1)}\n" }.joined()
    },
  ]

  private static let mistakes = [
    HostileSpec("10,000 unknown keys", ["NNC0201"]) {
      SpecText.head + (0..<10_000).map { "    - conv: {filters: 4, filtre\($0): 1}\n" }.joined()
    },
    HostileSpec("10,000 unknown keys in one mapping", ["NNC0201"]) {
      SpecText.head + "    - conv: {filters: 4, " + (0..<10_000).map { "k\($0): 1" }.joined(separator: ", ") + "}\n"
    },
    HostileSpec("10,000 unknown kinds", ["NNC0203"]) {
      SpecText.head + (0..<10_000).map { "    - convo\($0): {filters: 4}\n" }.joined()
    },
    HostileSpec("10,000 duplicate keys", ["NNC0023"]) { SpecText.after("x-a: 1\n".times(10_000)) },
    HostileSpec("10,000 numbers out of range", ["NNC0114"]) {
      SpecText.head + "    - conv: {filters: 0}\n".times(10_000)
    },
    HostileSpec("5,000 unknown references beside 5,000 layers", ["NNC0308"]) {
      SpecText.head
        + (0..<5_000).map { "    - conv: {filters: 3, name: a\($0)}\n    - conv: {filters: 3, from: b\($0)}\n" }
        .joined()
    },
    HostileSpec("10,000 bad names of data", ["NNC0215"]) {
      SpecText.after("data:\n" + (0..<10_000).map { "  \"a \($0)\": {npy: a.npy}\n" }.joined())
    },
    HostileSpec("2,000 data sources that are not there", ["NNC0401"]) {
      SpecText.after("data:\n" + (0..<2_000).map { "  d\($0): {images: none\($0), shape: [8, 8, 3]}\n" }.joined())
    },
    HostileSpec("5,000 broken losses", ["NNC0203"]) {
      SpecText.after("losses:\n" + (0..<5_000).map { "  l\($0): {mze: {}}\n" }.joined())
    },
    HostileSpec("10,000 tabs", ["NNC0011"]) { SpecText.after("x-a:\n" + "\t- 1\n".times(10_000)) },
  ]
}
