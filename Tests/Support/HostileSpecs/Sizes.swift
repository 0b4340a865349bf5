/// Things that are far too long or too deep.
extension HostileSpec {
  static let sizes = depths + lengths + expressions

  private static let depths = [
    HostileSpec("40,000 nested flow lists", ["NNC0020"]) { "nnc: 1\nx-note: " + "[".times(40_000) },
    HostileSpec("40,000 nested flow lists, closed", ["NNC0020"]) {
      "nnc: 1\nx-note: " + "[".times(40_000) + "]".times(40_000) + "\n"
    },
    HostileSpec("40,000 nested flow mappings", ["NNC0020"]) { "nnc: 1\nx-note: " + "{a: ".times(40_000) },
    HostileSpec("40,000 nested block lists", ["NNC0020"]) { "nnc: 1\nx-note:\n  " + "- ".times(40_000) + "1\n" },
    HostileSpec("1,000 nested block mappings", ["NNC0020"]) {
      "nnc: 1\n" + (0..<1_000).map { " ".times($0) + "x-a:\n" }.joined()
    },
    HostileSpec("40,000 nested complex keys", ["NNC0020"]) { "? ".times(40_000) + "1\n" },
    HostileSpec("a list as a key of a list as a key", ["NNC0024"]) { "nnc: 1\n[[a]: b]: c\n" },
  ]

  private static let lengths = [
    HostileSpec("a key of 2,000 characters", ["NNC0019"]) { SpecText.after("x-" + "a".times(2_000) + ": 1\n") },
    HostileSpec("a complex key of 2,000 characters", ["NNC0201"]) {
      SpecText.after("? " + "a".times(2_000) + "\n: 1\n")
    },
    HostileSpec("a complex key of 1,000,000 characters", ["NNC0201"]) {
      SpecText.after("? " + "a".times(1_000_000) + "\n: 1\n")
    },
    HostileSpec("a note of 1,000,000 characters", []) { SpecText.after("x-note: " + "a".times(1_000_000) + "\n") },
    HostileSpec("a quoted note of 500,000 escapes", []) {
      SpecText.after("x-note: \"" + "\\n".times(500_000) + "\"\n")
    },
    HostileSpec("a folded note of 100,000 lines", []) { SpecText.after("x-note: >\n" + "  word\n".times(100_000)) },
    HostileSpec("a comment of 1,000,000 characters", []) { SpecText.clean + "# " + "a".times(1_000_000) + "\n" },
    HostileSpec("a quote of 1,000,000 characters that never ends", ["NNC0014"]) {
      SpecText.after("x-note: '" + "a ".times(500_000) + "\n")
    },
    HostileSpec("a kind of layer of 1,000,000 characters", ["NNC0203"]) {
      SpecText.head + "    - " + "a".times(1_000_000) + "\n"
    },
    HostileSpec("a number of 1,000,000 digits", ["NNC0110"]) { SpecText.filters("1".times(1_000_000)) },
    HostileSpec("a decimal of 1,000,000 digits", ["NNC0115"]) { SpecText.filters("1." + "1".times(1_000_000)) },
    HostileSpec("a number with 1,000,000 underscores", ["NNC0110"]) { SpecText.filters("1" + "_1".times(500_000)) },
    HostileSpec("a word of 1,000,000 characters where a number belongs", ["NNC0113"]) {
      SpecText.filters("a".times(1_000_000))
    },
    HostileSpec("a name of 1,000,000 characters", ["NNC0113"]) { SpecText.filters("4, name: " + "a".times(1_000_000)) },
    HostileSpec("a reference of 1,000,000 characters", ["NNC0113"]) {
      SpecText.filters("4, from: " + "a".times(1_000_000))
    },
    HostileSpec("a reference of 500,000 parts", ["NNC0113"]) { SpecText.filters("4, from: a" + ".a".times(500_000)) },
    HostileSpec("a path of 1,000,000 characters", ["NNC0401"]) {
      SpecText.after("data: {a: {images: " + "a/".times(500_000) + ", shape: [8, 8, 3]}}\n")
    },
    HostileSpec("a mistake behind 500,000 characters of its line", ["NNC0201"]) {
      SpecText.filters("4, x-note: '" + "é".times(500_000) + "', zzq: 1")
    },
    HostileSpec("a shape of 200,000 numbers", ["NNC0118"]) {
      SpecText.clean.replacing("[8, 8, 3]", by: "[" + "8, ".times(200_000) + "8]")
    },
    HostileSpec("a huge picture and many channels", ["NNC0306"]) {
      SpecText.clean.replacing("[8, 8, 3]", by: "[2147483647, 2147483647, 2147483647]")
    },
    HostileSpec("a path with a NUL escape", ["NNC0401"]) {
      SpecText.after("data: {a: {images: \"a\\0b\", shape: [8, 8, 3]}}\n")
    },
  ]

  private static let expressions = [
    HostileSpec("an expression of 100,000 characters", ["NNC0108"]) {
      SpecText.filters("$(" + "1+".times(50_000) + "1)")
    },
    HostileSpec("100,000 brackets in an expression", ["NNC0108"]) {
      SpecText.filters("$(" + "(".times(50_000) + "1" + ")".times(50_000) + ")")
    },
    HostileSpec("500 brackets in an expression", ["NNC0108"]) {
      SpecText.filters("$(" + "(".times(400) + "1" + ")".times(400) + ")")
    },
    HostileSpec("900 signs in an expression", ["NNC0108"]) { SpecText.filters("$(" + "-".times(900) + "1)") },
    HostileSpec("a name of 100,000 characters in an expression", ["NNC0108"]) {
      SpecText.filters("$" + "a".times(100_000))
    },
    HostileSpec("powers of powers", ["NNC0103"]) { SpecText.filters("$(9 ** 9 ** 9 ** 9)") },
    HostileSpec("a string that doubles 60 times", ["NNC0105"]) {
      SpecText.after("vars:\n  v0: abcdefgh\n" + (1..<60).map { "  v\($0): $(v\($0 - 1) + v\($0 - 1))\n" }.joined())
    },
    HostileSpec("10,000 unclosed expressions", ["NNC0101"]) {
      SpecText.after("vars:\n" + (0..<10_000).map { "  v\($0): $(1 + \n" }.joined())
    },
  ]
}
