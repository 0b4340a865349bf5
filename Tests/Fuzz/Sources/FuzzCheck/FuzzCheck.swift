import NNDiagnostics
import NNDriver
import NNRuntime

/// The kernels that every machine has.
private let kernels = try? KernelTable.chosen("portable")

/// All that `nnc check` does with a spec's bytes, but for reading other files: tree, spec, graph and plans, then every
/// form in which the answer is printed.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let kernels else { preconditionFailure("there are no kernels") }
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  let checked = CheckedSpec.check(bytes: bytes, path: "spec.yaml", kernels: kernels)
  for diagnostic in checked.diagnostics.sorted {
    let file = checked.sources[diagnostic.span.file]
    precondition(diagnostic.span.end <= file.scalars.count, "\(diagnostic.code.code) has no place")
    precondition(!diagnostic.message.isEmpty, "\(diagnostic.code.code) says nothing")
  }
  let report = CheckReport(checked)
  precondition(checked.diagnostics.hasErrors || checked.model != nil, "neither errors nor a model")
  let length =
    report.text.utf8.count + report.json.text.utf8.count
    + FullRenderer(sources: checked.sources, color: true).render(checked.diagnostics).utf8.count
    + ConciseRenderer(sources: checked.sources).render(checked.diagnostics).utf8.count
  precondition(length < 16 << 20, "the answer to \(count) bytes has \(length)")
  return 0
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The program: the package manager calls it by this name.
@_cdecl("FuzzCheck_main")
public func runFuzzer(
  _ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> CInt {
  var count = count
  var arguments = arguments
  return runDriver(&count, &arguments, testOneInput)
}
