import NNDiagnostics
import NNSpec
import Testing

@Suite struct ExpressionTests {
  @Test(
    "an expression has the value that its grammar says",
    arguments: [
      ("1 + 2 * 3", "7"), ("(1 + 2) * 3", "9"), ("12 / 4", "3"), ("64 / 3", "real \(64.0 / 3)"), ("7 // 2", "3"),
      ("-7 // 2", "-4"), ("7 // -2", "-4"), ("-7 % 3", "2"), ("7 % -3", "-2"), ("2 ** 10", "1024"),
      ("2 ** 3 ** 2", "512"), ("-2 ** 2", "-4"), ("2 ** -1", "real 0.5"), ("round(2.5)", "2"), ("round(3.5)", "4"),
      ("round(-0.5)", "0"), ("floor(-0.5)", "-1"), ("ceil(0.2)", "1"), ("abs(-3)", "3"), ("min(3, 1, 2)", "1"),
      ("max(1, 2.5)", "real 2.5"), ("1 < 2 and 2 < 3", "true"), ("not yes or yes", "true"),
      ("1 if w > 10 else 2", "1"), ("1 if w < 10 else 2 if yes else 3", "2"), ("s == 'abc'", "true"),
      ("s != \"abc\"", "false"), ("x * 2", "real 5.0"), ("1e3", "real 1000.0"), (".5 + .5", "real 1.0"),
      ("4 / 2.0", "real 2.0"), ("9223372036854775807", "9223372036854775807"), ("1 == 1.0", "true"),
      ("7.5 // 2", "real 3.0"), ("1 if yes else 1 // 0", "1"), ("yes or 1 // 0 == 1", "true"), ("'a'", "'a'"),
      ("+3 - -3", "6"), ("10 // 3 * 3 + 10 % 3", "10"),
    ])
  func value(expression: String, expected: String) {
    #expect(evaluate(expression) == expected)
  }

  @Test(
    "what cannot be evaluated is an error, never a trap",
    arguments: [
      ("$(9223372036854775807 + 1)", "NNC0103"), ("$(-9223372036854775807 - 2)", "NNC0103"),
      ("$(9223372036854775807 * 2)", "NNC0103"), ("$(2 ** 63)", "NNC0103"), ("$(10 ** 400)", "NNC0103"),
      ("$(10.0 ** 400)", "NNC0103"), ("$(1 / 0)", "NNC0104"), ("$(1 // 0)", "NNC0104"), ("$(1 % 0)", "NNC0104"),
      ("$(1.0 / 0.0)", "NNC0104"), ("$(0 ** -1)", "NNC0104"), ("$(0.0 ** -0.5)", "NNC0104"),
      ("$((-9223372036854775807 - 1) // -1)", "NNC0103"),
      ("\"$(abs(-9223372036854775807 - 1))\"", "NNC0103"), ("$(-(-9223372036854775807 - 1))", "NNC0103"),
      ("$(floor(1e300))", "NNC0103"), ("$(nope)", "NNC0102"), ("$(010)", "NNC0110"), ("$(1_000)", "NNC0110"),
      ("$(0x10)", "NNC0110"), ("$()", "NNC0101"), ("$(1", "NNC0101"), ("$(1) + 2", "NNC0101"), ("$(1 2)", "NNC0101"),
      ("$(true + 1)", "NNC0105"), ("$(1 and true)", "NNC0105"), ("$('a' < 'b')", "NNC0105"), ("$(1e400)", "NNC0110"),
      ("$(64 / 3)", "NNC0115"), ("$(1.5)", "NNC0115"), ("$(true)", "NNC0113"), ("$(0)", "NNC0114"),
    ])
  func refusal(written: String, code: String) {
    #expect(units(written).codes == [code])
  }

  @Test("an expression is short and flat enough to be evaluated on any stack")
  func limits() {
    let long = "$(" + Array(repeating: "1", count: 600).joined(separator: "+") + ")"
    #expect(units(long).codes == ["NNC0108"])
    let deep = "$(" + String(repeating: "(", count: 200) + "1" + String(repeating: ")", count: 200) + ")"
    #expect(units(deep).codes == ["NNC0108"])
    let signs = "$(" + String(repeating: "-", count: 900) + "1)"
    #expect(units(signs).codes == ["NNC0108"])
    let most = "$(" + Array(repeating: "1", count: 499).joined(separator: "+") + ")"
    #expect(units(most).value == 499)
  }

  @Test("variables may use each other in any order, 5,000 deep")
  func chain() {
    let links = (1..<5_000).map { "v\($0): $(v\($0 - 1) + 1)" }.reversed().joined(separator: ", ")
    #expect(units("$v4999", vars: "{\(links), v0: 1}").value == 5_000)
  }

  @Test("a mistake in a variable is reported once, not where the variable is used")
  func poison() {
    #expect(units("$(a + b)", vars: "{a: 010, b: $a}").codes == ["NNC0110"])
    #expect(units("$a", vars: "{a: $a}").codes == ["NNC0106"])
  }

  @Test("`--set` replaces a variable, and a misspelt one is an error")
  func overrides() {
    let text =
      "nnc: 1\nvars: {width: 64}\nnetwork: {input: [3], layers: [{dense: {units: $width}}]}\ntrain: {epochs: 1, batch_size: 2, optimizer: adam}\n"
    let good = read(
      text, overrides: [Override(path: "vars.width", value: "96"), Override(path: "train.seed", value: "7")])
    #expect(codes(good) == [])
    #expect(good.spec?.environment.bindings["width"]?.value == .integer(96))
    #expect(good.spec?.train?.seed == 7)
    let bad = read(text, overrides: [Override(path: "vars.widht", value: "96")])
    #expect(bad.diagnostics.sorted.map(\.primary.message) == ["did you mean `width`?"])
    let wrong = read(text, overrides: [Override(path: "train.seed", value: "[")])
    #expect(wrong.diagnostics.hasErrors)
  }
}
