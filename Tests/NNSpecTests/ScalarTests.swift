import NNDiagnostics
import NNSpec
import Testing

@Suite struct ScalarTests {
  /// What one key of `type` makes of a scalar, as text; `nil` where it is refused.
  private func decode(_ written: String, _ type: ValueType) -> (value: Value?, codes: [String]) {
    let family = KindFamily("layer", [KindDefinition("k", keys: [.required("v", type, "A value.")], doc: "A kind.")])
    let text = "nnc: 1\nnetwork: {input: [3], layers: [{k: {v: \(written)}}]}\n"
    var reading = SpecReader.read(text: text, path: "t.yaml")
    guard let layer = reading.spec?.networks.first?.layers.first else { return (nil, codes(reading)) }
    let arguments = family.decode(layer.item, in: layer.environment, diagnostics: &reading.diagnostics)
    return (arguments?.value("v"), codes(reading))
  }

  @Test(
    "a number is read as its key expects",
    arguments: [
      ("1", 1.0), ("-2", -2), ("+3", 3), ("1e-3", 1e-3), ("1E5", 1e5), (".5", 0.5), ("5.", 5), ("0", 0), ("-0.0", 0),
      ("1.5e+2", 150), ("$(1 / 4)", 0.25),
    ])
  func real(written: String, value: Double) {
    #expect(decode(written, .real(.any)).value == .real(value))
  }

  @Test(
    "what some readers take for a number is refused with a reason",
    arguments: ["010", "00", "1_000", "1:30", "0x10", "0o17", "0b1", ".inf", "-.inf", ".nan", "nan", "1e400"])
  func refused(written: String) {
    #expect(decode(written, .real(.any)).codes == ["NNC0110"])
  }

  @Test("quoted numbers, null and words are no numbers")
  func noNumbers() {
    #expect(decode("\"3\"", .integer(1...)).codes == ["NNC0111"])
    #expect(decode("'0.5'", .real(.any)).codes == ["NNC0111"])
    for null in ["", "~", "null", "NULL"] { #expect(decode(null, .integer(1...)).codes == ["NNC0112"]) }
    #expect(decode("many", .integer(1...)).codes == ["NNC0113"])
    #expect(decode("1e", .real(.any)).codes == ["NNC0113"])
    #expect(decode("2.0", .integer(1...)).codes == ["NNC0115"])
  }

  @Test("only `true` and `false` are booleans; `no` and `on` are texts")
  func booleans() {
    #expect(decode("true", .boolean).value == .boolean(true))
    for word in ["yes", "no", "on", "off", "True", "TRUE", "1", "\"true\""] {
      #expect(decode(word, .boolean).codes == ["NNC0117"])
    }
    #expect(decode("no", .string).value == .string("no"))
    #expect(decode("1.0", .string).value == .string("1.0"))
  }

  @Test("`$$` is a dollar sign, and a lone one inside a text an error")
  func dollars() {
    #expect(decode("a$$b", .string).value == .string("a$b"))
    #expect(decode("$$x", .string).value == .string("$x"))
    #expect(decode("a$b", .string).codes == ["NNC0101"])
  }

  @Test("percentages, sizes, durations and counts have a unit")
  func units() {
    #expect(decode("12.5%", .percentage(.any)).value == .real(0.125))
    #expect(decode("0.1", .percentage(.any)).codes == ["NNC0119"])
    #expect(decode("2 GiB", .bytes).value == .integer(2 << 30))
    #expect(decode("1.5kB", .bytes).value == .integer(1_500))
    #expect(decode("2", .bytes).codes == ["NNC0119"])
    #expect(decode("9e30 TiB", .bytes).codes == ["NNC0119"])
    #expect(decode("90 s", .duration).value == .real(90))
    #expect(decode("10 min", .duration).value == .real(600))
    #expect(decode("500 steps", .count).value == .count(.steps(500)))
    #expect(decode("1 epoch", .count).value == .count(.epochs(1)))
    #expect(decode("500", .count).codes == ["NNC0119"])
    #expect(decode("-1 steps", .count).codes == ["NNC0119"])
  }

  @Test("a comparison has a relation and a number")
  func comparisons() {
    #expect(decode("<= 1.5e6", .comparison).value == .comparison(Comparison(.atMost, 1.5e6)))
    #expect(decode("\">= 5\"", .comparison).value == .comparison(Comparison(.atLeast, 5)))
    #expect(decode("< 5", .comparison).value == .comparison(Comparison(.below, 5)))
    #expect(decode("7", .comparison).value == .comparison(Comparison(.equal, 7)))
    #expect(decode("<= 2 GiB", .sizeComparison).value == .comparison(Comparison(.atMost, 2_147_483_648)))
    #expect(decode("=< 5", .comparison).codes == ["NNC0119"])
  }

  @Test("a size in both directions is a number or a pair")
  func pairs() {
    #expect(decode("3", .pair(1...)).value == .pair(SizePair(3)))
    #expect(decode("[3, 5]", .pair(1...)).value == .pair(SizePair(height: 3, width: 5)))
    #expect(decode("[3, 0]", .pair(1...)).codes == ["NNC0114"])
    #expect(decode("[0, x]", .pair(1...)).codes == ["NNC0114", "NNC0113"])
  }

  @Test("a kind is a word, or a word with its keys")
  func kinds() {
    guard case .kind(let plain)? = decode("leaky_relu", .kind(SampleKinds.activations)).value,
      case .kind(let full)? = decode("{leaky_relu: {slope: 0.1}}", .kind(SampleKinds.activations)).value
    else {
      Issue.record("no kind")
      return
    }
    #expect(plain.real("slope") == 0.2 && plain["slope"]?.isDefault == true)
    #expect(full.real("slope") == 0.1 && full.isGiven("slope"))
  }

  @Test(
    "hostile numbers in every numeric type give a diagnostic",
    arguments: [
      "0", "-1", "2147483648", "9223372036854775807", "-9223372036854775808", "9223372036854775808", ".nan", "1e400",
      "-1e400", "1e-400",
    ])
  func hostile(written: String) {
    for type: ValueType in [.integer(1...5), .pair(1...5), .real(.from(1, to: 5)), .percentage(.any), .bytes, .count] {
      let (value, codes) = decode(written, type)
      #expect((value == nil) == !codes.isEmpty)
    }
  }
}
