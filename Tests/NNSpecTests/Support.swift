import NNDiagnostics
import NNSpec

/// A spec around a part under test.
func read(_ text: String, overrides: [Override] = []) -> SpecReading {
  SampleKinds.decode(SpecReader.read(text: text, path: "t.yaml", overrides: overrides)).reading
}

/// The codes of all diagnostics in order.
func codes(_ reading: SpecReading) -> [String] { reading.diagnostics.sorted.map(\.code.code) }

/// The value that `units` of a dense layer gets; `nil` with the codes of what is wrong.
func units(_ written: String, vars: String = "{}") -> (value: Int?, codes: [String]) {
  let text = "nnc: 1\nvars: \(vars)\nnetwork: {input: [3], layers: [{dense: {units: \(written)}}]}\n"
  let decoded = SampleKinds.decode(SpecReader.read(text: text, path: "t.yaml"))
  return (decoded.layers.first??.integer("units"), codes(decoded.reading))
}

/// The value that an expression has, as it is written.
func evaluate(_ expression: String) -> String? {
  let quoted = expression.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
  let text =
    "nnc: 1\nvars: {w: 64, x: 2.5, yes: true, s: abc, r: '$(\(quoted))'}\nnetwork: {input: [3], layers: [flatten]}\n"
  switch read(text).spec?.environment.bindings["r"]?.value {
  case .integer(let value): return String(value)
  case .real(let value): return "real \(value)"
  case .boolean(let value): return String(value)
  case .string(let value): return "'\(value)'"
  case nil: return nil
  }
}
