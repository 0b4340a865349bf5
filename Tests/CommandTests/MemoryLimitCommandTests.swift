import Foundation
import Testing

@Suite("train: {memory_limit: …}") struct MemoryLimitCommandTests {
  private static func spec(_ limit: String) -> String {
    """
    nnc: 1
    data: {s: {synthetic: shapes, shape: [32, 32, 3], samples_per_epoch: 16, validation: 25%}}
    network:
      - conv: {filters: 32, activation: relu}
      - conv: {filters: 32, activation: relu}
      - max_pool
      - conv: {filters: 64, activation: relu}
      - transposed_conv: {filters: 32, kernel: 4, stride: 2, padding: same, activation: relu}
      - output: {channels: 3, activation: sigmoid}
    loss: mse
    train: {steps: 2, checkpoint: {every: 1 steps, keep: 2}, batch_size: 16, memory_limit: \(limit), optimizer: adam}

    """
  }

  @Test("a run within a limit has the same bits on any number of threads, stopped and resumed on another, too")
  func threads() throws {
    let folder = Folder()
    defer { folder.remove() }
    var limited = 0
    for limit in ["31 MiB", "32 MiB", "33 MiB"] {
      try folder.write(Self.spec(limit), to: "spec.yaml")
      func train(_ run: String, _ threads: Int, _ options: String...) throws -> Command.Result {
        let fixed = ["train", "spec.yaml", "--run", run, "--threads", "\(threads)"]
        let result = try Command.nnc(fixed + options, in: folder)
        #expect(result.status == 0, "\(limit), \(threads) threads: \(result.errors)")
        return result
      }
      limited += try train("one", 1, "--fresh").errors.contains("memory: arena") ? 1 : 0
      _ = try train("four", 4, "--fresh")
      _ = try train("both", 3, "--fresh", "--steps", "1")
      _ = try train("both", 1)
      let expected = try folder.data("one/weights.safetensors")
      for run in ["four", "both"] {
        #expect(try folder.data("\(run)/weights.safetensors") == expected, "\(limit): \(run)")
      }
    }
    #expect(limited > 1)
  }

  @Test("a plan that options make larger than the limit is refused before anything is made, in a sweep, too")
  func options() throws {
    let folder = Folder()
    defer { folder.remove() }
    try folder.write(Self.spec("30 MiB"), to: "spec.yaml")
    let threads = ["NNC_THREADS": "2"]
    #expect(try Command.nnc("check", "spec.yaml", in: folder, environment: threads).status == 0)
    for options in [["--chunk", "16"], ["--chunk", "16", "--no-reuse"]] {
      for sweep in [[], ["--set", "train.seed=1,2"]] {
        let result = try Command.run(
          ["train", "spec.yaml", "--run", "run"] + options + sweep, in: folder, environment: threads)
        #expect(result.status == 1 && result.errors.contains("NNC0503"), "\(options): \(result)")
        #expect(result.errors.contains("more than its limit") && !folder.exists("run"))
      }
    }
  }
}
