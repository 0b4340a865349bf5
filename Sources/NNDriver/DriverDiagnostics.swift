import NNDiagnostics

extension DiagnosticCode {
  static let dataUnusable = DiagnosticCode("NNC0401", "data-unusable")
  static let noValidation = DiagnosticCode("NNC0402", "no-validation-split")
  static let weightsUnusable = DiagnosticCode("NNC0403", "weights-unusable")
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

  static func noValidation(_ metrics: Int, isAsked: Bool, at span: Span) -> Diagnostic {
    Diagnostic(
      .noValidation, .warning, "nothing is held out for validation", at: span,
      label: metrics == 0
        ? "the validation loss is taken from training samples"
        : "metrics are taken from training samples",
      help: [
        isAsked
          ? "the share in `validation` is less than one sample: make it larger"
          : "add `validation: 10%` to the data source"
      ])
  }

  static func weightsUnusable(_ message: String, isMissing: Bool, at span: Span) -> Diagnostic {
    Diagnostic(.weightsUnusable, .error, message, at: span, help: isMissing ? [relative] : [])
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
