import NNDiagnostics

extension DiagnosticPages {
  /// The pages of this module.
  public static let spec: [DiagnosticPage] = files + syntax + tree + expressions + scalars + keys + sections + structure
}
