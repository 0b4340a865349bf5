import NNData
import NNDiagnostics

extension DiagnosticCode {
  static let dataUnusable = DiagnosticCode("NNC0401", "data-unusable")
  static let weightsUnusable = DiagnosticCode("NNC0403", "weights-unusable")
  static let weightsChecksum = DiagnosticCode("NNC0404", "weights-checksum-mismatch")
  static let brokenPictures = DiagnosticCode("NNC0410", "broken-pictures")
  static let inputNotGiven = DiagnosticCode("NNC0411", "input-not-given")
  static let batchTooLarge = DiagnosticCode("NNC0502", "batch-too-large")
  static let memoryLimit = DiagnosticCode("NNC0503", "memory-limit-exceeded")
  static let noBFloat16 = DiagnosticCode("NNC0504", "precision-unavailable")
  static let memoryExpectation = DiagnosticCode("NNC0501", "memory-expectation-failed")
}

/// The wording of what only shows when files are opened or plans made.
extension Diagnostic {
  static func dataUnusable(_ message: String, help: [String], missing path: String?, at span: Span) -> Diagnostic {
    Diagnostic(.dataUnusable, .error, message, at: span, help: help + whereToLook(for: path))
  }

  /// `errors` say what is wrong with each broken file, of those that were looked at.
  static func brokenPictures(_ errors: [DataError], of count: Int, isSkipped: Bool, at span: Span) -> Diagnostic {
    let shown = errors.prefix(3).map { Note($0.message) }
    let rest = errors.count > 3 ? [Note("and \(errors.count - 3) more")] : []
    let areAll = errors.count == count
    let broken =
      areAll
      ? (count == 1 ? "the only picture is" : "all \(count) pictures are")
      : "\(errors.count) of \(count) pictures \(errors.count == 1 ? "is" : "are")"
    let help = areAll ? errors[0].help : ["mend or remove them, or leave them out with `broken: skip`"]
    return Diagnostic(
      .brokenPictures, isSkipped ? .warning : .error, "\(broken) broken", at: span,
      label: isSkipped ? "these are left out" : "", notes: shown + rest, help: isSkipped ? [] : help)
  }

  static func inputNotGiven(loss: String, network: String, at span: Span, input: Span?) -> Diagnostic {
    Diagnostic(
      .inputNotGiven, "the loss `\(loss)` needs what `\(network)` is given, and no data gives it", at: span,
      labels: input.map { [Label("it takes a bare shape: only losses can apply it", at: $0)] } ?? [],
      help: ["name a data source as its input: `input: photos`"])
  }

  static func channelsFirst(_ message: String, meant: [Int], at span: Span) -> Diagnostic {
    Diagnostic(
      .dataUnusable, .error, message, at: span, help: ["channels come last: write `\(meant)`"],
      fix: .write("\(meant)", at: span))
  }

  static func numbersAreNotMapped(at span: Span) -> Diagnostic {
    Diagnostic(
      .dataUnusable, .error, "`range`, `mean` and `std` map pictures, not the numbers of a .npy file", at: span,
      help: ["the numbers are used as they are: remove it, and bring them into their range in the file"])
  }

  private static func whereToLook(for path: String?) -> [String] {
    guard let path, isMissing(path) else { return [] }
    return (MissingPath.help(path).map { [$0] } ?? []) + ["paths are relative to the spec's folder"]
  }

  static func weightsUnusable(
    _ message: String, help: [String] = [], missing path: String? = nil, at span: Span
  ) -> Diagnostic {
    Diagnostic(.weightsUnusable, .error, message, at: span, help: help + whereToLook(for: path))
  }

  static func weightsDiffer(_ problem: String, path: String, at span: Span) -> Diagnostic {
    weightsUnusable(
      problem,
      help: [
        "give the layers the names and sizes that they have in the file",
        "to begin with what fits, remove `weights` and train with `--transfer \(path)`",
      ], at: span)
  }

  static func weightsChecksum(_ path: String, expected: String, found: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .weightsChecksum, .error, "\(path) is not the weights file that `sha256` describes", at: span,
      label: "the file's is \(found)",
      help: [
        "download the file again if it should be \(expected)",
        "if it is the right file, write its own checksum: `sha256: \(found)`",
      ], fix: Fix("write the file's checksum", edits: [Fix.Edit(span, with: found)]))
  }

  static func batchTooLarge(_ batch: Int, _ problem: Diagnostic, at span: Span) -> Diagnostic {
    Diagnostic(
      .batchTooLarge, .error, "batches of \(batch) samples are too large for any machine", at: span,
      labels: problem.span == span ? [] : [problem.primary], help: ["use a smaller `batch_size`"])
  }

  static func noBFloat16(kernels: String, at span: Span) -> Diagnostic {
    Diagnostic(.noBFloat16, .note, "here everything is computed in float32", at: span, label: noBFloat16(kernels))
  }

  /// Why nothing is computed in bfloat16.
  static func noBFloat16(_ kernels: String) -> String {
    "bfloat16 takes a processor with AVX-512 BF16, and the kernels here are those for \(kernels)"
  }

  static func memoryExpectation(_ expected: String, _ measured: String, at span: Span) -> Diagnostic {
    Diagnostic(.memoryExpectation, .error, "expected \(expected)", at: span, label: "the predicted peak is \(measured)")
  }
}
