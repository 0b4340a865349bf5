import NNDiagnostics

extension DiagnosticPages {
  /// The pages of what can be wrong with schedules, blocks, `repeat`, `include` and `like`.
  static let structure: [DiagnosticPage] = [
    DiagnosticPage(
      .emptySchedule, "a schedule takes no time",
      """
      `over` and `every` last at least one step, and `warmup` is a part of `over`, so it is not longer. The `every` of
      `checkpoint` is at least one step, too.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [8, 8, 3], validation: 10%}}
        network: [output: {channels: 3}]
        loss: mse
        train:
          steps: 500
          batch_size: 4
          optimizer: {adam: {learning_rate: {cosine: {from: 1e-3, to: 1e-5, over: 100 steps, warmup: 200 steps}}}}
        """,
      repair: [("warmup: 200", "warmup: 20")]),
    DiagnosticPage(
      .includeCycle, "a file includes itself",
      """
      Directly or by way of others, reading it would never end. Move what both files need into a third one.
      """,
      example: SpecExample(
        """
        nnc: 1
        include: {parts: parts.yaml}
        network: {input: [8, 8, 3], layers: [conv: {filters: $parts.width}]}
        """, files: [.init("parts.yaml", "nnc: 1\ninclude: {main: spec.yaml}\nvars: {width: 8}")]),
      repair: [("include: {main: spec.yaml}\n", "")]),
    DiagnosticPage(
      .includeLimit, "files include each other too deep, or bring in too much",
      """
      Files may include each other 32 levels deep and bring in 4,000 names. Both are far beyond what people write, and stop
      a small set of files from growing without end.
      """,
      example: SpecExample(
        "nnc: 1\ninclude: {next: f1.yaml}\nnetwork: {input: [8, 8, 3], layers: [conv: {filters: 8}]}",
        files: (1...33).map {
          .init("f\($0).yaml", "nnc: 1\n" + ($0 < 33 ? "include: {next: f\($0 + 1).yaml}" : "vars: {width: 8}"))
        }),
      repair: [("next: f1.yaml", "last: f33.yaml")]),
    DiagnosticPage(
      .blockCycle, "a block contains itself",
      """
      Directly or by way of others, it would expand without end. For a fixed number of turns there is `repeat`.
      """,
      example: """
        nnc: 1
        blocks:
          residual: {layers: [conv: {filters: 8}, residual]}
        network: {input: [8, 8, 3], layers: [residual]}
        """,
      repair: [("layers: [conv: {filters: 8}, residual]", "layers: [conv: {filters: 8}]")]),
    DiagnosticPage(
      .tooManyLayers, "a spec expands to too many layers",
      """
      With all blocks and repeats written out a spec has at most 10,000 layers.
      """,
      example: """
        nnc: 1
        network:
          input: [8, 8, 3]
          layers:
            - repeat: {count: 1000000, layers: [conv: {filters: 8, activation: relu}]}
        """,
      repair: [("1000000", "5")]),
    DiagnosticPage(
      .nestingLimit, "blocks and repeats are nested too deep",
      """
      Blocks within blocks and repeats within repeats may be nested 64 levels deep.
      """,
      example: "nnc: 1\nblocks:\n  b0: {layers: [flatten]}\n"
        + (1...64).map { "  b\($0): {layers: [b\($0 - 1)]}\n" }.joined()
        + "network: {input: [8, 8, 3], layers: [b64]}",
      repair: [("[b64]", "[b9]"), ("  b64: {layers: [b63]}\n", "")]),
    DiagnosticPage(
      .unknownBlock, "an included file has no block of this name",
      """
      `alias.block` uses a block of the file that is included as `alias`.
      """,
      example: SpecExample(
        """
        nnc: 1
        include: {parts: parts.yaml}
        network: {input: [8, 8, 3], layers: [parts.residul]}
        """, files: [.init("parts.yaml", "nnc: 1\nblocks:\n  residual: {layers: [conv: {filters: 8}]}")]),
      repair: [("residul]", "residual]")]),
    DiagnosticPage(
      .unknownNetwork, "there is no network of this name",
      """
      `like` names a network of this spec, or of an included file as `alias.network`.
      """,
      example: """
        nnc: 1
        networks:
          critic: {input: [8, 8, 3], layers: [conv: {filters: 8}]}
          second: {like: crtic, input: [8, 8, 3]}
        """,
      repair: [("crtic", "critic")]),
    DiagnosticPage(
      .likeCycle, "networks are like each other, and none has layers",
      """
      `like` takes the layers of another network. Somewhere down the line one of them must have its own.
      """,
      example: """
        nnc: 1
        networks:
          first: {like: second, input: [8, 8, 3]}
          second: {like: first, input: [8, 8, 3]}
        """,
      repair: [("like: second", "layers: [conv: {filters: 8}]")]),
    DiagnosticPage(
      .reservedName, "a word with a meaning of its own is used as a name",
      """
      `input` is what goes into a network or block, `previous` the layer before, `repeat` the repetition, and every layer
      takes `name` and `from`. A name of yours would hide them.
      """,
      example: "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [conv: {name: input, filters: 8}]}",
      repair: [("name: input", "name: first")]),
  ]
}
