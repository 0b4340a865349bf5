import NNDiagnostics

extension DiagnosticPages {
  /// The pages of what can be wrong with a single value.
  static let scalars: [DiagnosticPage] = [
    DiagnosticPage(
      .numberRefused, "a number is written in a way that readers of YAML disagree about",
      """
      `010` is 8 to some readers and 10 to others, `1_000` and `1:30` are numbers to YAML 1.1 and texts to YAML 1.2, `0x10` is
      mostly a slip. None of them is needed in a spec. Numbers also have to be finite.
      """,
      example: "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [conv: {filters: 0x10}]}",
      repair: [("0x10", "16")]),
    DiagnosticPage(
      .quotedNumber, "a number stands in quotes",
      """
      Quotes make a text, and this key takes a number. Leave them out.
      """,
      example: "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [conv: {filters: \"16\"}]}",
      repair: [("\"16\"", "16")]),
    DiagnosticPage(
      .missingValue, "a key has no value",
      """
      Nothing follows the colon, or the word `null`. To leave a key at its default leave the whole key out.
      """,
      example: "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [conv: {filters: , kernel: 3}]}",
      repair: [("filters: ,", "filters: 16,")]),
    DiagnosticPage(
      .wrongType, "a value is of the wrong type",
      """
      The key takes another sort of value: a number where a word stands, a list of layers where a single one stands. The
      message says what it takes, the label what it got.
      """,
      example: "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [conv: {filters: 8, stride: big}]}",
      repair: [("stride: big", "stride: 2")]),
    DiagnosticPage(
      .outOfRange, "a number is outside of what its key allows",
      """
      Sizes are at least 1, rates lie between 0 and 1, and so on: `nnc layers KIND` shows the range of each key of a kind,
      `nnc layers KEY` that of a key.
      """,
      example: "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [conv: {filters: 8}, dropout: {rate: 50}]}",
      repair: [("rate: 50", "rate: 0.5")]),
    DiagnosticPage(
      .notWhole, "a whole number is needed",
      """
      Sizes and counts are whole numbers, and a real one is not rounded silently. In an expression `/` gives an integer only
      where nothing remains; `//` divides and rounds down.
      """,
      example: """
        nnc: 1
        vars: {width: 64}
        network: {input: [8, 8, 3], layers: [conv: {filters: $(width / 3)}]}
        """,
      repair: [("width / 3", "width // 3")]),
    DiagnosticPage(
      .unknownWord, "a word is none of those that its key takes",
      """
      The key takes one of a few words; the help lists them.
      """,
      example: "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [upsample: {method: bicubic}]}",
      repair: [("bicubic", "bilinear")]),
    DiagnosticPage(
      .notABoolean, "`true` or `false` is needed",
      """
      Only `true` and `false` are booleans. `yes`, `no`, `on` and `off` are booleans to some readers of YAML and texts to
      others, so they are texts here.
      """,
      example: "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [conv: {filters: 8, bias: no}]}",
      repair: [("bias: no", "bias: false")]),
    DiagnosticPage(
      .wrongCount, "a list has too many or too few elements",
      """
      A size in two directions is one number or a pair `[height, width]`, a shape `[height, width, channels]` or `[features]`.
      The batch dimension is never written.
      """,
      example: "nnc: 1\nnetwork: {input: [4, 8, 8, 3], layers: [conv: {filters: 8}]}",
      repair: [("[4, 8, 8, 3]", "[8, 8, 3]")]),
    DiagnosticPage(
      .wrongUnit, "a unit is missing, or is another one",
      """
      Lengths of time in training are `500 steps` or `2 epochs`, memory is `2 GiB`, shares are `10%`. A bare number would leave
      open what it counts.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [8, 8, 3], validation: 0.1}}
        network: [conv: {filters: 8}]
        """,
      repair: [("0.1", "10%")]),
  ]
}
