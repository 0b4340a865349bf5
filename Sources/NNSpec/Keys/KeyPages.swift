import NNDiagnostics

extension DiagnosticPages {
  /// The pages of what can be wrong with keys and kinds.
  static let keys: [DiagnosticPage] = [
    DiagnosticPage(
      .unknownKey, "a key does not exist",
      """
      Nothing is silently ignored: a misspelt key would leave the default in place, and the network would be another one than
      was written. `nnc layers KIND` lists the keys of a kind. Notes of your own have keys that begin with `x-`.
      """,
      example: "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [conv: {filters: 8, kernel_size: 5}]}",
      repair: [("kernel_size", "kernel")]),
    DiagnosticPage(
      .missingKey, "a key that is needed is missing",
      """
      This key has no default, since no value would fit most specs. The help says what it means and what it takes.
      """,
      example: "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [conv: {kernel: 5}]}",
      repair: [("{kernel: 5}", "{filters: 8, kernel: 5}")]),
    DiagnosticPage(
      .unknownKind, "a kind of layer, loss, optimizer or schedule does not exist",
      """
      There is no kind of this name; names of other frameworks are known and translated in the label. `nnc layers` lists the
      kinds of layers. A kind of your own is a block: `blocks: {name: {layers: […]}}`.
      """,
      example: "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [Conv2D: {filters: 8}]}",
      repair: [("Conv2D", "conv")]),
    DiagnosticPage(
      .notAKind, "a layer is not one word or one key",
      """
      A layer, a loss or an optimizer is a bare word, or a mapping with a single key: its kind. What belongs to the kind
      stands inside the braces after it. Two kinds in one item would be two layers in one.
      """,
      example: "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [{conv: {filters: 8}, max_pool: {size: 2}}]}",
      repair: [("{conv: {filters: 8}, max_pool: {size: 2}}", "{conv: {filters: 8}}, {max_pool: {size: 2}}")]),
    DiagnosticPage(
      .notAMapping, "keys with values are needed",
      """
      A kind is followed by its keys, `conv: {filters: 8}`, and a section by what it holds, by name. A value alone does not
      say which key it is for.
      """,
      example: "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [conv: 8]}",
      repair: [("conv: 8", "conv: {filters: 8}")]),
  ]
}
