import Foundation
import Testing

/// `nnc check --fix` as a process.
@Suite struct FixCommandTests {
  private static let slips = """
    nnc: 1
    network:            # a small one
      input: [16, 16, 3]
      layers:
        - conv: {filtres: "8"}
        - Conv2D: {filters: 3, kernel_size: 3}

    """

  @Test func `the file is repaired in place, each change is named, and what is left is reported`() throws {
    let folder = Folder()
    defer { folder.remove() }
    try folder.write(FixCommandTests.slips + "x-a: 1\nbanana: 3\n", to: "a.yaml")
    let result = try Command.nnc("check", "--fix", "a.yaml", in: folder)
    #expect(result.status == 1 && result.errors.isEmpty)
    #expect(
      result.output.hasPrefix(
        """
        fixed[NNC0201] a.yaml:5:14: `filtres` -> `filters`
        fixed[NNC0111] a.yaml:5:23: `"8"` -> `8`
        fixed[NNC0203] a.yaml:6:7: `Conv2D` -> `conv`
        fixed[NNC0201] a.yaml:6:28: `kernel_size` -> `kernel`

        error[NNC0201]: unknown key `banana` in the spec
        """))
    let repaired = FixCommandTests.slips.replacing("filtres", with: "filters").replacing("\"8\"", with: "8")
      .replacing("Conv2D", with: "conv").replacing("kernel_size", with: "kernel")
    #expect(try folder.read("a.yaml") == repaired + "x-a: 1\nbanana: 3\n")
    #expect(folder.files == ["a.yaml"])
  }

  @Test func `a repaired spec gives exit code 0, and a second run changes nothing`() throws {
    let folder = Folder()
    defer { folder.remove() }
    try folder.write(FixCommandTests.slips, to: "a.yaml")
    #expect(try Command.nnc("check", "--fix", "a.yaml", in: folder).status == 0)
    let text = try folder.read("a.yaml")
    let again = try Command.nnc("check", "--fix", "a.yaml", in: folder)
    #expect(again.status == 0 && !again.output.contains("fixed["))
    #expect(try folder.read("a.yaml") == text)
  }

  @Test func `a leading zero goes where base 8 and base 10 agree, and stays where they do not`() throws {
    let folder = Folder()
    defer { folder.remove() }
    let spec = "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [conv: {filters: 010, kernel: 03}, conv: {filters: 09}]}\n"
    try folder.write(spec, to: "a.yaml")
    let result = try Command.nnc("check", "--fix", "a.yaml", in: folder)
    #expect(result.status == 1 && result.output.contains("write `10`, or `8` where it was meant in base 8"))
    let repaired = spec.replacing("03", with: "3").replacing("09", with: "9")
    #expect(try folder.read("a.yaml") == repaired)
  }

  @Test func `a machine format stays alone on standard output`() throws {
    let folder = Folder()
    defer { folder.remove() }
    try folder.write(FixCommandTests.slips, to: "a.yaml")
    let result = try Command.nnc("check", "--fix", "--format", "json", "a.yaml", in: folder)
    #expect((try? JSONSerialization.jsonObject(with: Data(result.output.utf8))) != nil)
    #expect(result.errors.hasPrefix("fixed[NNC0201] a.yaml:5:14:"))
  }

  @Test func `standard input cannot be repaired`() throws {
    let folder = Folder()
    defer { folder.remove() }
    let result = try Command.nnc("check", "--fix", "-", in: folder, input: FixCommandTests.slips)
    #expect(result.status == 2 && result.output.isEmpty)
    #expect(result.errors.hasPrefix("error: --fix changes files, and standard input is none"))
  }

  @Test func `a file that cannot be written is the machine's fault`() throws {
    let folder = Folder()
    defer { folder.remove() }
    try folder.write(FixCommandTests.slips, to: "a.yaml")
    let result = try Command.shell("ulimit -f 0; trap '' XFSZ; $NNC check --fix a.yaml", in: folder)
    #expect(result.status == 3)
    #expect(try folder.read("a.yaml") == FixCommandTests.slips)
    #expect(folder.files == ["a.yaml"])
  }
}
