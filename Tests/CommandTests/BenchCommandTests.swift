import Foundation
import Testing

@Suite("nnc bench")
struct BenchCommandTests {
  private func json(_ text: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  private func spec(_ name: String) -> String { Command.specs.appendingPathComponent(name).path }

  @Test("every step that runs each time is timed, and the steps add up to the run", arguments: ["run", "train"])
  func steps(purpose: String) throws {
    let folder = Folder()
    defer { folder.remove() }
    let arguments = [spec("bench/fakeapp-small.yaml"), "--for", purpose, "--batch", "3", "--format", "json"]
    let bench = try json(
      Command.nnc(["bench"] + arguments + ["--runs", "5", "--seconds", "0", "--threads", "2"], in: folder).output)
    let plan = try json(Command.nnc(["plan"] + arguments, in: folder).output)
    #expect(bench["flops"] as? Int == plan["flops"] as? Int)
    #expect(bench["batch"] as? Int == 3 && bench["threads"] as? Int == 2 && bench["runs"] as? Int ?? 0 >= 5)
    let planned = try #require(plan["steps"] as? [[String: Any]])
    let timed = try #require(bench["steps"] as? [[String: Any]])
    // Weights that training does not change are packed before, once.
    let once = planned.filter { ($0["kernel"] as? String)?.hasPrefix("pack_weights") ?? false }.count
    #expect(timed.count == (purpose == "run" ? planned.count - once : planned.count))
    for step in timed {
      let index = try #require(step["step"] as? Int)
      #expect(step["kernel"] as? String == planned[index]["kernel"] as? String)
      #expect(step["flops"] as? Int == planned[index]["flops"] as? Int)
      let times = try ["p10_ms", "median_ms", "p90_ms"].map { try #require(step[$0] as? Double) }
      #expect(times == times.sorted() && times[0] > 0)
    }
    let fastest = try #require(bench["min_ms"] as? Double)
    let slowest = try #require(bench["p90_ms"] as? Double)
    let together = timed.compactMap { $0["p10_ms"] as? Double }.reduce(0, +)
    #expect(fastest > 0 && together < slowest * 1.5, "\(together) of \(fastest)…\(slowest)")
    for rate in ["gflops", "peak_gflops", "share_of_peak"] { #expect(try #require(bench[rate] as? Double) > 0) }
  }

  @Test("the table names the layers and the peak; what cannot be measured is refused")
  func text() throws {
    let folder = Folder()
    defer { folder.remove() }
    let quick = ["--runs", "1", "--seconds", "0"]
    let vgg = spec("bench/vgg16-relu3.yaml")
    let text = try Command.nnc(["bench", vgg, "--threads", "1"] + quick, in: folder).output
    #expect(text.contains("features.conv_7") && text.contains("of the fp32 peak of"))
    for (wrong, status) in [
      ([vgg, "--for", "train"], 2), ([vgg, "--network", "trunk"], 2), ([vgg, "--batch", "0"], 2),
      ([vgg, "--runs", "0"], 2), (["absent.yaml"], 1),
    ] {
      #expect(try Command.nnc(["bench"] + wrong, in: folder).status == Int32(status), "\(wrong)")
    }
  }
}
