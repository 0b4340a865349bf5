import HostileSpecs
import Testing

/// Files that nobody writes by accident: each is answered with its diagnostics, soon and in little memory. How soon and
/// how little, `make bench-check` measures on the release build.
@Suite struct HostileFileTests {
  @Test("a hostile spec is answered", arguments: HostileSpec.all.map(\.name))
  func answered(name: String) throws {
    let spec = try #require(HostileSpec.all.first { $0.name == name })
    let folder = Folder()
    defer { folder.remove() }
    spec.write(into: folder.url.path)
    let result = try Command.shell(
      "ulimit -v 400000; ulimit -t 20; exec timeout 60 $NNC check \(spec.path)", in: folder)
    #expect(!result.crashed && result.status == spec.status, "\(result.status): \(result.errors)")
    let codes = result.output.split(separator: "\n").filter { $0.hasPrefix("error[") }
      .map { String($0.dropFirst(6).prefix(7)) }
    #expect(Set(codes).subtracting(["NNC0008"]) == spec.codes)
    #expect(codes.count <= 501)
    #expect(result.output.utf8.count < 1 << 20)
  }

  @Test("of very many mistakes the first are shown, and that there are more")
  func tooMany() throws {
    let folder = Folder()
    defer { folder.remove() }
    try #require(HostileSpec.all.first { $0.name == "10,000 unknown keys" }).write(into: folder.url.path)
    let result = try Command.nnc("check", "spec.yaml", in: folder)
    #expect(result.output.contains("error[NNC0008]: there are more errors than 500, the most that are shown"))
    #expect(result.output.contains("spec.yaml: 501 errors"))
  }
}
