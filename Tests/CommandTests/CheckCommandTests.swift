import Foundation
import Testing

/// `nnc check` as a process: formats, streams, several files, overrides, colours.
@Suite struct CheckCommandTests {
  private static let mistaken = """
    nnc: 1
    network:
      input: [8, 8, 3]
      layers: [conv: {filtres: 4}, output: {channels: 0}]

    """
  private static let fine = """
    nnc: 1
    vars: {width: 4}
    network: {input: [8, 8, 3], layers: [conv: {filters: $width, activation: relu}, output: {channels: 3}]}

    """

  private func folder() throws -> Folder {
    let folder = Folder()
    try folder.write(CheckCommandTests.mistaken, to: "bad.yaml")
    try folder.write(CheckCommandTests.fine, to: "good.yaml")
    return folder
  }

  private func json(_ text: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test("--format json gives one object with diagnostics, networks and memory of every file")
  func jsonFormat() throws {
    let folder = try folder()
    defer { folder.remove() }
    let result = try Command.nnc("check", "--format", "json", "bad.yaml", "good.yaml", in: folder)
    #expect(result.status == 1)
    #expect(result.errors.isEmpty)
    let files = try #require(json(result.output)["files"] as? [[String: Any]])
    #expect(files.map { $0["path"] as? String } == ["bad.yaml", "good.yaml"])
    let found = try #require(files[0]["diagnostics"] as? [[String: Any]])
    #expect(found.map { $0["code"] as? String } == ["NNC0201", "NNC0114"])
    let first = found[0]
    #expect(first["severity"] as? String == "error")
    #expect(first["message"] as? String == "unknown key `filtres` in `conv`")
    #expect(first["span"] as? [String: Int] == ["line": 4, "column": 19, "end_line": 4, "end_column": 26])
    let labels = try #require(first["labels"] as? [[String: Any]])
    #expect(labels.first?["message"] as? String == "did you mean `filters`?")
    #expect((first["help"] as? [String])?.count == 1)
    let fix = try #require(first["fix"] as? [String: Any])
    let edits = try #require(fix["edits"] as? [[String: Any]])
    #expect(edits.first?["replacement"] as? String == "filters")
    #expect(files[0]["memory"] == nil)
    let network = try #require((files[1]["networks"] as? [[String: Any]])?.first)
    #expect(network["name"] as? String == "model")
    #expect(network["parameters"] as? Int == 3 * 9 * 4 + 4 + 4 * 3 + 3)
    let layers = try #require(network["layers"] as? [[String: Any]])
    #expect(layers.map { $0["path"] as? String } == ["model.conv_1", "model.output_1"])
    #expect(layers[0]["kind"] as? String == "conv" && layers[0]["output"] as? [Int] == [8, 8, 4])
    #expect(layers.reduce(0) { $0 + ($1["flops"] as? Int ?? 0) } == network["flops"] as? Int)
    let memory = try #require(files[1]["memory"] as? [String: Int])
    #expect((memory["run_bytes"] ?? 0) > 8 * 8 * 3 * 4 && memory["train_bytes"] == nil)
    #expect((files[1]["diagnostics"] as? [Any])?.isEmpty == true)
  }

  @Test("--format concise gives a line per diagnostic, and nothing for a clean spec")
  func conciseFormat() throws {
    let folder = try folder()
    defer { folder.remove() }
    let bad = try Command.nnc("check", "--format", "concise", "bad.yaml", in: folder)
    let lines = bad.output.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.first == "bad.yaml:4:19: error[NNC0201]: unknown key `filtres` in `conv`")
    let good = try Command.nnc("check", "--format", "concise", "good.yaml", in: folder)
    #expect(good.status == 0 && good.output.isEmpty && good.errors.isEmpty)
  }

  @Test("a folder stands for the specs in it, - for standard input")
  func filesAndStreams() throws {
    let folder = try folder()
    defer { folder.remove() }
    let all = try Command.nnc("check", ".", in: folder)
    #expect(all.status == 1)
    #expect(all.output.contains("bad.yaml: 2 errors") && all.output.contains("good.yaml: no errors"))
    let stream = try Command.nnc("check", "-", in: folder, input: CheckCommandTests.fine)
    #expect(stream.status == 0 && stream.output.contains("conv_1"))
    #expect(try Command.nnc("check", "-", in: folder, input: CheckCommandTests.mistaken).status == 1)
    for input in ["", "\n", "\0", "[", "a: b: c", "\u{FEFF}nnc: 1"] {
      let answer = try Command.nnc("check", "-", in: folder, input: input)
      #expect(answer.status == 1 && !answer.crashed, "\(input)")
      #expect(answer.output.contains("error[NNC"))
    }
    try folder.makeFolder("empty")
    for path in ["nowhere.yaml", "empty"] {
      let answer = try Command.nnc("check", path, in: folder)
      #expect(answer.status == 1 && (answer.output + answer.errors).contains(path))
    }
  }

  @Test("--set replaces a variable or a key, and says where it leads nowhere")
  func overrides() throws {
    let folder = try folder()
    defer { folder.remove() }
    let wide = try Command.nnc("check", "--set", "vars.width=16", "good.yaml", in: folder)
    #expect(wide.status == 0 && wide.output.contains("8×8×16"))
    let named = try Command.nnc("plan", "--set", "name=other", "good.yaml", in: folder)
    #expect(named.status == 0 && named.output.hasPrefix("other: run"))
    for (override, reason) in [
      ("vars.width=", "`--set vars.width=` has no value"), ("nam=x", "there is no `nam`"),
      ("name=a/b", "`a/b` cannot be the name of a spec"), ("name=\"a\\nb\"", "cannot be the name of a spec"),
      ("vars.width=0", "0 is below 1"), ("vars.widht=3", "there is no `widht`"), ("vars.width=[", "--set vars.width"),
      ("a.b.c=3", "there is no `a`"), ("network.layers.0.filters=3", "a path leads through keys only: write `$width`"),
    ] {
      let answer = try Command.nnc("check", "--set", override, "good.yaml", in: folder)
      #expect(answer.status == 1 && answer.output.contains(reason), "\(override): \(answer.output)")
    }
    for override in ["vars.width", "=3", ""] {
      let answer = try Command.nnc("check", "--set", override, "good.yaml", in: folder)
      #expect(answer.status == 2 && answer.errors.contains("PATH=VALUE"), "\(override): \(answer.errors)")
    }
  }

  @Test("colours follow CLICOLOR_FORCE and NO_COLOR; a file gets none")
  func colours() throws {
    let folder = try folder()
    defer { folder.remove() }
    for (environment, expected) in [
      ([:], false), (["CLICOLOR_FORCE": "1"], true), (["CLICOLOR_FORCE": "0"], false),
      (["CLICOLOR_FORCE": "1", "NO_COLOR": "1"], false), (["CLICOLOR_FORCE": "1", "NO_COLOR": ""], true),
    ] {
      let answer = try Command.nnc("check", "bad.yaml", in: folder, environment: environment)
      #expect(answer.output.contains("\u{1B}[") == expected, "\(environment)")
    }
  }

  @Test("a closed or broken standard output does no harm")
  func brokenOutput() throws {
    let folder = try folder()
    defer { folder.remove() }
    let closed = try Command.shell("$NNC check good.yaml >&-", in: folder)
    #expect(closed.status == 3 && closed.errors.contains("cannot write standard output: bad file descriptor"))
    let both = try Command.shell("$NNC check good.yaml >&- 2>&-", in: folder)
    #expect(both.status == 3 && !both.crashed)
    let head = try Command.shell("$NNC check good.yaml | head -1; echo ${PIPESTATUS[0]}", in: folder)
    #expect(head.output.hasSuffix("\n0\n") && head.errors.isEmpty, "\(head)")
    let gone = try Command.shell(
      "for i in $(seq 200); do echo bad.yaml; done | xargs $NNC check | true; echo ${PIPESTATUS[1]}", in: folder)
    #expect(gone.output == "123\n" && gone.errors.isEmpty, "\(gone)")
    let input = try Command.shell("$NNC check - <&-", in: folder)
    #expect(input.status != 0 && !input.crashed)
  }

  @Test(
    "wrong usage ends with exit code 2 and the usage on standard error",
    arguments: [
      "chekc x", "check", "check --format xml good.yaml", "check --formt json good.yaml", "train", "train a b",
      "train good.yaml --steps 0", "train good.yaml --steps -3", "train good.yaml --steps x",
      "train good.yaml --steps 99999999999999999999", "train good.yaml --steps 1 --epochs 1",
      "train good.yaml --threads 0", "train good.yaml --log-every 0", "train good.yaml --progress no",
      "run good.yaml", "run good.yaml --input a", "run good.yaml --input a --output b --size 3",
      "run good.yaml --input a --output b --size 0x3", "run good.yaml --input a --output b --size 65536x65536",
      "run good.yaml --input a --output b --npy-layout x", "eval good.yaml", "plan good.yaml --batch 0",
      "plan good.yaml --for eval", "plan good.yaml --dump-after nothing", "plan good.yaml --for train",
      "train good.yaml", "eval good.yaml --weights none", "run good.yaml --input good.yaml --output o.png",
    ])
  func wrongUsage(line: String) throws {
    let folder = try folder()
    defer { folder.remove() }
    let answer = try Command.shell("$NNC \(line)", in: folder)
    #expect(answer.status == 2, "\(answer)")
    #expect(!answer.errors.isEmpty && answer.output.isEmpty, "\(answer)")
    #expect(folder.files == ["bad.yaml", "good.yaml"])
  }

  @Test("help is no error", arguments: ["--help", "-h", "help", "check --help", "help train", "run -h"])
  func help(line: String) throws {
    let folder = try folder()
    defer { folder.remove() }
    let answer = try Command.shell("$NNC \(line)", in: folder)
    #expect(answer.status == 0 && answer.output.contains("USAGE") && answer.errors.isEmpty)
  }

  @Test("environment variables with wrong values are named, with what is possible")
  func knobs() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    for (name, value) in [
      ("NNC_KERNELS", "mmx"), ("NNC_THREADS", "0"), ("NNC_THREADS", "many"), ("NNC_THREADS", "99999999999999999999"),
    ] {
      let answer = try Command.nnc("train", "spec.yaml", in: folder, environment: [name: value])
      #expect(answer.status == 2, "\(answer)")
      #expect(answer.errors.contains("\(name)=\(value)") && answer.errors.contains("possible here"), "\(answer.errors)")
    }
    #expect(!folder.exists("runs"))
    #expect(try Command.nnc("knobs", in: folder).output.contains("NNC_POISON"))
  }

  @Test("a loss without a target may come first, whatever it looks at; metrics go by the first that has one")
  func targetlessLoss() throws {
    let folder = try Folder.withTinySpec(
      """
      nnc: 1
      name: tiny
      data: {photos: {images: photos, shape: [16, 16, 3], degrade: [{downscale: 2}]}}
      network:
        input: photos.input
        layers: [conv: {name: f, filters: 4, activation: relu}, upsample, output: {channels: 3}]
      losses: {smooth: {total_variation: {prediction: model.f}, weight: 0.1}, pixel: mse}
      metrics: [psnr]
      train: {steps: 2, batch_size: 4, optimizer: adam}

      """)
    defer { folder.remove() }
    let result = try Command.nnc("train", "spec.yaml", in: folder)
    #expect(result.status == 0 && !result.crashed, "\(result)")
    #expect(result.output.contains("psnr") && folder.exists("runs/tiny/previews/epoch-0001.png"), "\(result.output)")
    for (metrics, status) in [("", Int32(0)), ("metrics: [mse]", 1)] {
      try folder.write(
        """
        nnc: 1
        data: {photos: {images: photos, shape: [8, 8, 3]}}
        network: [conv: {filters: 5, stride: 2}]
        loss: {total_variation: {prediction: model}}
        \(metrics)

        """, to: "alone.yaml")
      let alone = try Command.nnc("check", "alone.yaml", in: folder)
      #expect(alone.status == status && alone.errors.contains("NNC0310") == false, "\(alone)")
    }
  }

  @Test("an epoch's last batch of one sample has no variance")
  func lastBatch() throws {
    let folder = try Folder.withTinySpec(
      """
      nnc: 1
      data: {photos: {images: photos, shape: [8, 8, 3], samples_per_epoch: 5}}
      network: [flatten, dense: {units: 4}, batch_norm, dense: {units: 192}, reshape: {shape: [8, 8, 3]}]
      loss: mse
      train: {epochs: 1, batch_size: 4, optimizer: adam}

      """)
    defer { folder.remove() }
    let refused = try Command.nnc("check", "spec.yaml", in: folder)
    #expect(refused.status == 1 && refused.output.contains("an epoch's last batch of one sample"), "\(refused)")
    #expect(try Command.nnc("check", "spec.yaml", "--set", "train.batch_size=5", in: folder).status == 0)
  }

  @Test("memory that no number can say is too much, and no crash")
  func endlessMemory() throws {
    let folder = Folder()
    defer { folder.remove() }
    let spec = """
      nnc: 1
      networks:
        m:
          input: [1, 4294901760, 16]
          layers: [conv: {filters: 1, kernel: [65536, 65536], dilation: [1, 65536], padding: [65536, 1]}]

      """
    try folder.write(spec, to: "spec.yaml")
    for threads in ["1", "1024"] {
      let answer = try Command.nnc("check", "spec.yaml", in: folder, environment: ["NNC_THREADS": threads])
      #expect(!answer.crashed, "\(answer)")
    }
  }

  @Test("plan prints steps, and JSON that says the same")
  func plan() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    let text = try Command.nnc("plan", "spec.yaml", "--for", "run", in: folder)
    #expect(text.status == 0 && text.output.contains("lower bound"))
    let plan = try json(Command.nnc("plan", "spec.yaml", "--format", "json", in: folder).output)
    let steps = try #require(plan["steps"] as? [[String: Any]])
    #expect(steps.allSatisfy { $0["kernel"] is String && $0["layers"] is [String] && $0["flops"] is Int })
    let arena = try #require(plan["arena"] as? [String: Int])
    let (bytes, lower, unshared) = (arena["bytes"] ?? 0, arena["lower_bound_bytes"] ?? 0, arena["unshared_bytes"] ?? 0)
    #expect(0 < lower && lower <= bytes && bytes <= unshared)
    #expect(plan["parameters"] is Int && plan["flops"] is Int)
    let naive = try json(
      Command.nnc("plan", "spec.yaml", "--no-fuse", "--no-reuse", "--format", "json", in: folder).output)
    #expect((naive["steps"] as? [Any])?.count ?? 0 > steps.count)
    let dump = try Command.nnc("plan", "spec.yaml", "--dump-after", "all", in: folder)
    #expect(dump.status == 0 && dump.output.contains("== build") && dump.output.contains("== memory"))
  }
}
