import Foundation
import Testing

/// The campaigns of `make kill-test` and its like, with small counts. Without Python they are skipped.
@Suite struct CampaignTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Campaigns")
  private static let tools = folder.deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent(".build/tools/bin/python")
  static let isPossible = FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")

  @Test(
    .enabled(if: isPossible, "needs Python"),
    arguments: [
      "kill.py --count 2", "resume.py --count 5", "signals.py --count 2 --slow 1 --many 4000",
      "threads.py --steps 12",
      "faults.py --every 24", "hostile.py --count 17", "terminal.py",
    ])
  func `a campaign finds nothing`(line: String) throws {
    let folder = Folder()
    defer { folder.remove() }
    let result = try Command.shell("python3 \(Self.folder.path)/\(line) --nnc $NNC", in: folder)
    #expect(result.status == 0, "\(result.errors)")
  }

  @Test(.enabled(if: isPossible, "needs Python"))
  func `a strict parser and a browser find nothing wrong with a run's report`() throws {
    let folder = try Folder.withTinySpec(ReportCommandTests.spec)
    defer { folder.remove() }
    #expect(try Command.nnc("train", "spec.yaml", "--run", "run", "--quiet", in: folder).status == 0)
    let python = FileManager.default.isExecutableFile(atPath: Self.tools.path) ? Self.tools.path : "python3"
    let result = try Command.shell("\(python) \(Self.folder.path)/page.py run/report.html", in: folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("the browser has nothing to say") || result.output.contains("skipped"), "\(result)")
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: tools.path), "needs `make tools`"))
  func `TensorBoard's own reader reads numbers and pictures back, also of a run that was taken up again`() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    for steps in [4, 8] {
      let result = try Command.nnc(
        "train", "spec.yaml", "--steps", "\(steps)", "--quiet", "--log-every", "1", in: folder)
      #expect(result.status == 0, "\(result.errors)")
    }
    let result = try Command.shell("\(Self.tools.path) \(Self.folder.path)/events.py runs/tiny", in: folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("read back") || result.output.contains("skipped"), "\(result.output)")
  }
}
