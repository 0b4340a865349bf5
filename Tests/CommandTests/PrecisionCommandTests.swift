import Foundation
import Testing

/// `train: {precision: bfloat16}` and `--precision`, from a spec to what is reached.
@Suite struct PrecisionCommandTests {
  static let spec = """
    nnc: 1
    name: short
    data: {shapes: {synthetic: shapes, shape: [32, 32, 3], samples_per_epoch: 64}}
    network:
      - conv: {filters: 16, activation: relu}
      - conv: {filters: 16, activation: relu}
      - max_pool
      - conv: {filters: 32, normalization: batch, activation: relu}
      - transposed_conv: {filters: 16, kernel: 4, stride: 2, activation: relu}
      - output: {channels: 3, activation: sigmoid}
    loss: mse
    train: {steps: 150, batch_size: 4, optimizer: {adam: {learning_rate: 2e-3}}, precision: bfloat16}

    """

  private func losses(_ folder: Folder, _ run: String, _ options: String...) throws -> [Double] {
    let arguments = ["train", "spec.yaml", "--run", run, "--log-every", "1", "--quiet"] + options
    let result = try Command.nnc(arguments, in: folder)
    #expect(result.status == 0, "\(result.errors)")
    return try folder.read("\(run)/metrics.jsonl").split(separator: "\n").map {
      let line = try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
      return try #require(line["loss"] as? Double)
    }
  }

  private func mean(_ values: some Collection<Double>) -> Double { values.reduce(0, +) / Double(values.count) }

  @Test("training in bfloat16 reaches the loss of float32 within 2 %, the same for any number of threads")
  func loss() throws {
    let folder = try Folder.withTinySpec(Self.spec)
    defer { folder.remove() }
    let floats = try losses(folder, "floats", "--precision", "float32", "--threads", "2")
    let short = try losses(folder, "short", "--threads", "2")
    #expect(try losses(folder, "alone", "--threads", "1") == short)
    let (reached, wanted) = (mean(short.suffix(50)), mean(floats.suffix(50)))
    #expect(wanted < floats[0] / 3, "nothing was learnt")
    #expect(reached < 1.02 * wanted, "\(reached), not \(wanted)")
  }

  @Test("a processor without the instructions says so, and trains and runs in float32") func fallback() throws {
    let folder = try Folder.withTinySpec(Self.spec)
    defer { folder.remove() }
    let portable = ["NNC_KERNELS": "portable"]
    let check = try Command.nnc("check", "spec.yaml", in: folder, environment: portable)
    #expect(check.status == 0 && check.output.contains("NNC0504"), "\(check.output)")
    #expect(check.output.contains("everything is computed in float32"))
    let arguments = ["plan", "spec.yaml", "--format", "json"]
    let plans = try [[], ["--precision", "float32"], ["--precision", "bfloat16"]].map { more in
      try Command.shell("$NNC \((arguments + more).joined(separator: " "))", in: folder, environment: portable)
    }
    #expect(plans.map(\.status) == [0, 0, 0])
    #expect(plans[0].output == plans[1].output && plans[1].output == plans[2].output)
    #expect(plans[2].errors.contains("note: computing in float32: bfloat16 takes a processor with AVX-512 BF16"))
    #expect(try Command.nnc("plan", "spec.yaml", "--precision", "half", in: folder).status == 2)
  }

  @Test("activations take less memory, and checkpoints of either precision go on in the other")
  func memory() throws {
    let folder = try Folder.withTinySpec(Self.spec)
    defer { folder.remove() }
    // Elsewhere both are the same.
    if try Command.nnc("check", "spec.yaml", in: folder).output.contains("NNC0504") { return }
    let arenas = try ["float32", "bfloat16"].map { precision in
      let output = try Command.nnc("plan", "spec.yaml", "--precision", precision, "--format", "json", in: folder).output
      let plan = try #require(JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
      return try #require((plan["arena"] as? [String: Any])?["bytes"] as? Int)
    }
    #expect(Double(arenas[1]) < 0.7 * Double(arenas[0]), "\(arenas)")
    #expect(try losses(folder, "run", "--steps", "20").count == 20)
    #expect(try losses(folder, "run", "--steps", "30", "--precision", "float32").count == 30)
  }

  @Test("the run's own spec says the precision that was asked for, and going on in another is told")
  func spec() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    let train = ["train", "spec.yaml", "--steps"]
    #expect(try Command.nnc(train + ["1", "--precision", "bfloat16"], in: folder).status == 0)
    #expect(try folder.read("runs/tiny/spec.yaml").contains(/precision: bfloat16 +# --set/))
    let changed = try Command.nnc(train + ["2"], in: folder)
    #expect(changed.errors.contains("changed since: train.precision bfloat16 → float32"), "\(changed)")
    let sweep = try Command.nnc(
      train + ["1", "--precision", "bfloat16", "--set", "train.precision=float32,bfloat16"], in: folder)
    #expect(sweep.status == 2, "\(sweep)")
  }
}
