import NNDiagnostics

extension DiagnosticPages {
  /// The pages of what can be wrong with a file as such.
  static let files: [DiagnosticPage] = [
    DiagnosticPage(
      .fileMissing, "a spec, or a file that it includes, is not there",
      """
      nnc found no file under this path. The path on the command line is relative to the current folder; a path under
      `include` is relative to the folder of the file that includes.
      """,
      example: SpecExample(
        """
        nnc: 1
        include: {parts: prats.yaml}
        network: {input: [8, 8, 3], layers: [conv: {filters: $parts.width}]}
        """, files: [.init("parts.yaml", "nnc: 1\nvars: {width: 16}")]),
      repair: [("prats.yaml", "parts.yaml")]),
    DiagnosticPage(
      .fileIsDirectory, "a folder stands where a spec should",
      """
      `include` names one file, and so does every command but `nnc check`, which also takes folders and checks all specs
      inside them.
      """,
      example: SpecExample(
        """
        nnc: 1
        include: {parts: library}
        network: {input: [8, 8, 3], layers: [conv: {filters: $parts.width}]}
        """, files: [.init("library/parts.yaml", "nnc: 1\nvars: {width: 16}")]),
      repair: [("parts: library", "parts: library/parts.yaml")]),
    DiagnosticPage(
      .fileUnreadable, "the machine does not let a file be read",
      """
      The file is there, and the system refuses to read it, for the reason that the message gives: mostly a missing
      permission, sometimes a broken disk, or a link that leads to itself. It says nothing about the spec, so the exit code
      is 3, not 1.
      """,
      example: SpecExample(
        """
        nnc: 1
        include: {parts: latest.yaml}
        network: {input: [8, 8, 3], layers: [conv: {filters: $parts.width}]}
        """,
        files: [
          .init("latest.yaml", .link("latest.yaml")), .init("parts.yaml", "nnc: 1\nvars: {width: 16}"),
        ]),
      repair: [("parts: latest.yaml", "parts: parts.yaml")]),
    DiagnosticPage(
      .fileTooLarge, "a file is too large to be a spec",
      """
      A spec is a text that people write: 1 MiB is far more than any needs. A file beyond that is mostly a data or weights
      file whose path was taken for the spec's.
      """,
      example: SpecExample(
        """
        nnc: 1
        include: {parts: notes.yaml}
        network: {input: [8, 8, 3], layers: [conv: {filters: $parts.width}]}
        """,
        files: [
          .init("notes.yaml", .repeated("# a line of notes", 60_000)),
          .init("parts.yaml", "nnc: 1\nvars: {width: 16}"),
        ]),
      repair: [("parts: notes.yaml", "parts: parts.yaml")]),
    DiagnosticPage(
      .fileEmpty, "a file holds no spec",
      """
      The file is empty, or holds nothing but comments. A spec has at least its version and a network.
      """,
      example: "# to be written",
      repair: [("# to be written", "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [flatten]}")]),
    DiagnosticPage(
      .invalidUTF8, "a file is not UTF-8",
      """
      Specs are read as UTF-8. A byte that belongs to no character comes from an editor that saves in an older encoding
      such as Latin-1; a file that begins with a mark of UTF-16 comes mostly from Windows. Save it as UTF-8.
      """,
      example: SpecExample(
        bytes: Array("nnc: 1\nname: caf".utf8) + [0xE9]
          + Array("\nnetwork: {input: [8, 8, 3], layers: [flatten]}\n".utf8)),
      corrected: SpecExample("nnc: 1\nname: café\nnetwork: {input: [8, 8, 3], layers: [flatten]}")),
    DiagnosticPage(
      .controlCharacter, "an invisible character stands in a file",
      """
      YAML allows no control characters besides tab and line ends, and neither do names: what cannot be seen cannot be
      checked by the eye. They come from terminals and from copying out of other programs. Delete the character.
      """,
      example: "nnc: 1\nname: my\u{7}run\nnetwork: {input: [8, 8, 3], layers: [flatten]}",
      repair: [("\u{7}", "-")]),
    DiagnosticPage(
      .tooManyMistakes, "a spec has more mistakes than are shown",
      """
      Of errors and of warnings a spec gets 500 each: beyond that nobody reads on, and one slip in a generated file is
      mostly the reason of all. Repair what is shown, and check again.
      """,
      .none(because: "its mistakes have codes of their own")),
  ]
}
