import NNDiagnostics

extension DiagnosticCode {
  static let dataUnusable = DiagnosticCode("NNC0401", "data-unusable")
  static let weightsUnusable = DiagnosticCode("NNC0403", "weights-unusable")
  static let weightsChecksum = DiagnosticCode("NNC0404", "weights-checksum-mismatch")
  static let batchTooLarge = DiagnosticCode("NNC0502", "batch-too-large")
  static let memoryExpectation = DiagnosticCode("NNC0501", "memory-expectation-failed")
}

/// The wording of what only shows when files are opened or plans made.
extension Diagnostic {
  static func dataUnusable(_ message: String, isMissing: Bool, at span: Span) -> Diagnostic {
    Diagnostic(.dataUnusable, .error, message, at: span, help: isMissing ? [relative] : [])
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

  private static var relative: String { "paths are relative to the spec's folder" }

  static func weightsUnusable(_ message: String, isMissing: Bool, at span: Span) -> Diagnostic {
    Diagnostic(.weightsUnusable, .error, message, at: span, help: isMissing ? [relative] : [])
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

  static func memoryExpectation(_ expected: String, _ measured: String, at span: Span) -> Diagnostic {
    Diagnostic(.memoryExpectation, .error, "expected \(expected)", at: span, label: "the predicted peak is \(measured)")
  }
}
