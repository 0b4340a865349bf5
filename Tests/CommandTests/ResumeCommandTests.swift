import Foundation
import NNFormats
import Testing

/// `nnc train` in a folder that holds a run, on signals, and where numbers or memory do not suffice.
@Suite struct ResumeCommandTests {
  private let weights = TrainCommandTests.weights

  private func train(_ folder: Folder, _ options: String...) throws -> Command.Result {
    try Command.nnc(["train", "spec.yaml"] + options, in: folder)
  }

  @Test("a run goes on where it was, and ends in the bytes of one that was never stopped; more steps go on with it")
  func goesOn() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    #expect(try train(folder, "--run", "whole", "--quiet").status == 0)
    #expect(try train(folder, "--steps", "2", "--quiet").status == 0)
    let more = try train(folder)
    #expect(more.status == 0 && more.errors.contains("going on after step 2, from runs/tiny/checkpoints/step-00000002"))
    #expect(more.output.contains("trained 4 steps in") && more.output.contains("(those after step 2)"))
    #expect(try folder.data(weights) == folder.data("whole/weights.safetensors"))
    let log = try folder.read("runs/tiny/metrics.jsonl").split(separator: "\n").map { $0.prefix(11) }
    #expect(log == ["{\"step\": 1,", "{\"step\": 2,", "{\"step\": 3,", "{\"step\": 4,"])
    let changed = try train(folder, "--epochs", "3", "--set", "train.optimizer={adam: {learning_rate: 1e-3}}")
    #expect(changed.status == 0, "\(changed.errors)")
    #expect(
      changed.errors.contains("changed since: train.optimizer.adam.learning_rate 1e-2 → 1e-3"), "\(changed.errors)")
    #expect(try folder.read("runs/tiny/spec.yaml").contains("learning_rate: 1e-3"))
  }

  @Test("a spec that the checkpoints do not fit is refused with the difference and the ways on, and nothing is touched")
  func otherStructure() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    #expect(try train(folder, "--steps", "2", "--quiet").status == 0)
    let before = try folder.data(weights)
    try folder.write(Folder.tinySpec.replacing("filters: 8", with: "filters: 9"), to: "spec.yaml")
    let refused = try train(folder)
    #expect(refused.status == 2, "\(refused)")
    for text in [
      "its checkpoints do not fit the spec any more", "~ conv_1", "filters 8 → 9", "--fresh",
      "--transfer runs/tiny/checkpoints/step-00000002.safetensors",
    ] { #expect(refused.errors.contains(text), "\(text): \(refused.errors)") }
    #expect(try folder.data(weights) == before)
    let transfer = ["--run", "other", "--transfer", "runs/tiny/checkpoints/step-00000002.safetensors"]
    let taken = try Command.nnc(["train", "spec.yaml"] + transfer, in: folder)
    #expect(taken.status == 0 && taken.errors.contains("widened"), "\(taken.errors)")
    #expect(!taken.errors.contains("dropped"), "\(taken.errors)")
    // The same command again is the same run, another origin is not.
    #expect(try Command.nnc(["train", "spec.yaml"] + transfer, in: folder).output.contains("this run is finished"))
    let other = try train(folder, "--run", "other", "--transfer", weights)
    #expect(other.status == 2 && other.errors.contains("--fresh"), "\(other.errors)")
    for setting in ["train.batch_size=3", "train.seed=5"] {
      #expect(try train(folder, "--run", "other", "--set", setting).status == 2, "\(setting)")
    }
  }

  @Test("going on with other samples at a time is told, since sums round otherwise")
  func chunk() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    #expect(try train(folder, "--steps", "2", "--chunk", "1", "--quiet").status == 0)
    let same = try train(folder, "--steps", "3", "--chunk", "1")
    #expect(same.status == 0 && !same.errors.contains("changed since"), "\(same)")
    let other = try train(folder, "--steps", "4")
    let text = "changed since: 4 samples at a time instead of 1: sums round otherwise"
    #expect(other.status == 0 && other.errors.contains(text), "\(other)")
  }

  @Test(
    "a damaged checkpoint is named and set aside, and the one before is taken; where none is whole, that is an error")
  func damaged() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    #expect(try train(folder, "--run", "whole", "--quiet").status == 0)
    #expect(try train(folder, "--steps", "3", "--quiet").status == 0)
    func damage(_ step: Int) throws {
      let path = "runs/tiny/checkpoints/step-0000000\(step).safetensors"
      var bytes = try folder.data(path)
      bytes[bytes.count - 9] ^= 4
      try bytes.write(to: folder.url.appendingPathComponent(path))
    }
    try damage(3)
    let result = try train(folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("step-00000003.safetensors: it is damaged: its checksum is "), "\(result.errors)")
    #expect(result.errors.contains("it is now called step-00000003.safetensors.damaged"), "\(result.errors)")
    #expect(result.errors.contains("going on after step 2"), "\(result.errors)")
    #expect(try folder.data(weights) == folder.data("whole/weights.safetensors"))
    try damage(4)
    let quiet = try train(folder, "--quiet")
    #expect(quiet.status == 0 && quiet.errors.hasPrefix("warning: cannot read "), "\(quiet.errors)")
    #expect(quiet.errors.split(separator: "\n").count == 1 && quiet.output.isEmpty, "\(quiet)")
    for step in [0, 2, 4] { try damage(step) }
    let refused = try train(folder)
    #expect(refused.status == 1 && refused.errors.contains("none of its checkpoints is whole"), "\(refused.errors)")
    #expect(try train(folder, "--fresh", "--quiet").status == 0)
    #expect(!folder.files.contains { $0.hasSuffix(".damaged") })
  }

  @Test("a checkpoint of another version is neither set aside nor passed over")
  func otherVersion() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    #expect(try train(folder, "--steps", "2", "--quiet").status == 0)
    let path = "runs/tiny/checkpoints/step-00000002.safetensors"
    let file = try SafetensorsFile(path: folder.path(path))
    var metadata = file.metadata
    metadata["checkpoint"] = "99"
    for key in metadata.keys where key.contains("crc") || key.contains("checksum") { metadata[key] = nil }
    let layouts = file.entries.map { Safetensors.Layout(name: $0.name, shape: $0.shape) }
    let values = try file.entries.map { try file.read($0.name) }
    try Safetensors.write(layouts, metadata: metadata, isChecked: true, to: folder.path(path)) { values[$0] }
    let before = try folder.data(path)
    let refused = try train(folder)
    #expect(refused.status == 1, "\(refused)")
    for text in [
      "cannot go on", "it is no checkpoint that this version of nnc can read", "--fresh", "help: go on with",
    ] {
      #expect(refused.errors.contains(text), "\(text): \(refused.errors)")
    }
    #expect(try folder.data(path) == before)
    #expect(!folder.files.contains { $0.hasSuffix(".damaged") })
  }

  @Test("optimizers that keep other tensors are another structure")
  func otherStates() throws {
    let folder = try Folder.withTinySpec(
      Folder.tinySpec.replacing("adam: {learning_rate: 1e-2}", with: "sgd: {learning_rate: 1e-2, momentum: 0.9}"))
    defer { folder.remove() }
    #expect(try train(folder, "--steps", "2", "--quiet").status == 0)
    let refused = try train(folder, "--steps", "3", "--set", "train.optimizer.sgd.momentum=0")
    #expect(refused.status == 2 && refused.errors.contains("momentum  0.9 → 0"), "\(refused.errors)")
    #expect(try train(folder, "--steps", "3", "--set", "train.optimizer.sgd.momentum=0.5").status == 0)
    let checkpoint = try SafetensorsFile(path: folder.path("runs/tiny/checkpoints/step-00000003.safetensors"))
    #expect(checkpoint["state/train.momentum_buffer/model.conv_1.weight"] != nil)
  }

  @Test("a run that fails where it goes on keeps what it had")
  func failsGoingOn() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    #expect(
      try train(folder, "--steps", "4", "--quiet", "--set", "train.checkpoint={every: 2 steps, keep: 9}").status == 0)
    for step in [2, 4] {
      let path = "runs/tiny/checkpoints/step-0000000\(step).safetensors"
      var bytes = try folder.data(path)
      bytes[bytes.count - 9] ^= 4
      try bytes.write(to: folder.url.appendingPathComponent(path))
    }
    for name in ["photos/p0.png", "photos/p1.png", "photos/p2.png", "photos/p3.png"] {
      let bytes = try folder.data(name)
      try bytes.prefix(bytes.count - 30).write(to: folder.url.appendingPathComponent(name))
    }
    let failed = try train(folder, "--steps", "6")
    #expect(failed.status == 1 && failed.errors.contains("photos/p"), "\(failed)")
    for file in ["best.safetensors", "spec.yaml", "checkpoints/step-00000004.safetensors.damaged"] {
      #expect(folder.exists("runs/tiny/\(file)"), "\(file)")
    }
  }

  @Test("two processes never train into one folder, and one that was killed holds it no longer")
  func lock() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    // The first stops itself at once after its beginning, and holds the folder meanwhile.
    let result = try Command.shell(
      """
      $NNC train spec.yaml --steps 1000000 --quiet & first=$!
      while [ ! -e runs/tiny/checkpoints/step-00000000.safetensors ]; do sleep 0.02; done
      $NNC train spec.yaml --quiet; echo "second $?"
      $NNC train spec.yaml --quiet --fresh; echo "third $?"
      kill -9 $first; wait $first
      $NNC train spec.yaml --steps 1 --quiet; echo "fourth $?"
      """, in: folder)
    #expect(result.output == "second 2\nthird 2\nfourth 0\n", "\(result)")
    #expect(result.errors.contains("another process trains into runs/tiny at the moment"), "\(result.errors)")
  }

  @Test(
    "where folders cannot be locked a file in them is, and where that cannot be either, a warning says so",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace"), "needs strace"))
  func otherLocks() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    let result = try Command.shell(
      """
      run() {
        strace -f -qq -o /dev/null -e trace=flock -e inject=flock:error=ENOLCK \
          bash -c 'echo $$ > pid; exec $NNC train spec.yaml "$@"' nnc "$@"
      }
      run --steps 20000 2> first & first=$!
      while [ ! -e runs/tiny/checkpoints/step-00000000.safetensors ]; do sleep 0.02; done
      process=$(cat pid)
      run 2>&1; echo "second $?"
      kill -9 $process; wait $first
      ls -A runs/tiny/.nnc-lock
      run --steps 1 --fresh --quiet; echo "third $?"; ls -A runs/tiny | grep -c lock
      mkdir runs/tiny/.nnc-lock
      run --steps 2 > /dev/null 2> fourth; echo "fourth $?"
      """, in: folder)
    #expect(result.output.contains("another process trains into runs/tiny at the moment"), "\(result)")
    #expect(result.output.hasSuffix("second 2\nruns/tiny/.nnc-lock\nthird 0\n0\nfourth 0\n"), "\(result)")
    let first = try folder.read("first")
    #expect(
      first.contains(
        "warning: the file system of runs/tiny cannot lock folders (no locks available): .nnc-lock in it is"),
      "\(first)")
    let fourth = try folder.read("fourth")
    #expect(
      fourth.contains("cannot lock folders (no locks available) nor files (it is a folder): make sure that no other"),
      "\(fourth)")
  }

  @Test("the first signal saves and ends with its exit code, SIGUSR1 saves and goes on", arguments: ["INT", "TERM"])
  func signals(name: String) throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    let result = try Command.shell(
      """
      checkpoints() { ls runs/tiny/checkpoints 2>/dev/null | wc -l; }
      wait_for() { for i in $(seq 500); do eval "$1" && return; sleep 0.02; done; echo "never: $1"; }
      set -m
      $NNC train spec.yaml --steps 1000000 --set 'train.checkpoint={every: 1000000 steps, keep: 9}' --log-every 1 & first=$!
      wait_for '[ -s runs/tiny/metrics.jsonl ]'
      before=$(checkpoints)
      kill -USR1 $first
      wait_for "[ \\$(checkpoints) -gt $before ]"
      kill -\(name) $first; wait $first; echo "exit $?"
      """, in: folder)
    #expect(result.output == "exit \(name == "INT" ? 130 : 143)\n", "\(result)")
    #expect(result.errors.contains("stopped by SIG\(name) after step "), "\(result.errors)")
    #expect(!folder.exists(weights))
    let number = try #require(result.errors.firstMatch(of: /after step ([0-9]+)/)?.1)
    let again = try train(folder, "--steps", String((Int(number) ?? 0) + 1))
    #expect(again.status == 0 && again.errors.contains("going on after step \(number)"), "\(again.errors)")
  }

  @Test("numbers that go wrong are traced to the first step and layer, and the last good checkpoint stays")
  func divergence() throws {
    let spec = Folder.tinySpec.replacing("sigmoid", with: "none")
      .replacing(
        "adam: {learning_rate: 1e-2}", with: "sgd: {learning_rate: {step: {from: 1e-3, factor: 1e30, every: 5 steps}}}")
    let folder = try Folder.withTinySpec(spec)
    defer { folder.remove() }
    let result = try train(folder, "--steps", "30")
    #expect(result.status == 3, "\(result)")
    let began = try #require(
      result.errors.firstMatch(
        of: /it began in step ([0-9]+) with `(model\.[a-z_0-9.]+)[^(]*\(.*\): [0-9]+ of [0-9]+ values/),
      "\(result.errors)")
    #expect((Int(began.1) ?? 0) >= 6, "\(result.errors)")
    #expect(result.errors.contains("is whole") && !folder.exists(weights))
    let newest = try #require(folder.files.last { $0.contains("checkpoints/step-") })
    let tensors = try TrainCommandTests.tensors(folder.path(newest))
    #expect(tensors.values.allSatisfy { $0.allSatisfy(\.isFinite) })
  }

  @Test("data that are no numbers are named")
  func brokenNumbers() throws {
    let folder = Folder()
    defer { folder.remove() }
    var values = [Float](repeating: 0.5, count: 8 * 4)
    values[13] = .nan
    try NPY.write(values, shape: [8, 4], to: folder.path("x.npy"))
    try folder.write(
      """
      nnc: 1
      data: {x: {npy: x.npy}}
      network: [dense: {units: 4}]
      loss: mse
      train: {epochs: 2, batch_size: 8, optimizer: adam}
      """, to: "spec.yaml")
    let result = try train(folder)
    #expect(result.status == 1, "\(result)")
    #expect(
      result.errors.contains(
        "cannot read x.npy: sample 3 has values that are infinite or no numbers\nhelp: `numpy.argwhere"), "\(result)")
    try NPY.write(values.map { $0.isNaN ? 0 : $0 }, shape: [8, 4], to: folder.path("x.npy"))
    try Safetensors.write(
      [.init(name: "model.dense_1.weight", shape: [4, 4]), .init(name: "model.dense_1.bias", shape: [4])],
      to: folder.path("w")
    ) { index in Array(repeating: .nan, count: index == 0 ? 16 : 4) }
    let transferred = try train(folder, "--transfer", "w")
    #expect(transferred.status == 1 && transferred.errors.contains("before the first step"), "\(transferred)")
    #expect(!folder.exists("runs/spec"))
  }

  @Test("NNC_DEBUG shows what each step of a plan computes")
  func debug() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    let result = try Command.nnc(
      "train", "spec.yaml", "--steps", "1", "--quiet", in: folder, environment: ["NNC_DEBUG": "1"])
    #expect(
      result.status == 0 && result.errors.hasPrefix("train 0 ") && result.errors.contains("\nevaluate 0 "),
      "\(result.errors)")
    #expect(
      result.errors.contains(/model\.conv_1.* min [-0-9.e]+  max [-0-9.e]+  mean [-0-9.e]+\n/), "\(result.errors)")
  }

  @Test("more memory than there is is refused with the largest buffers, their lines, and what would help")
  func memory() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    let result = try train(folder, "--set", "train.batch_size=8000000")
    #expect(result.status == 3 && !folder.exists("runs"), "\(result)")
    #expect(result.errors.contains("training with batches of 8000000 samples needs"), "\(result.errors)")
    #expect(result.errors.matches(of: /\n  [0-9.]+ [GMk]?B for [a-z]/).count == 3, "\(result.errors)")
    #expect(
      result.errors.contains(/\n  [0-9.]+ GB for .* \(`model\.[a-z_0-9]+`, spec\.yaml:[0-9]+\)/), "\(result.errors)")
    #expect(
      result.errors.contains(/help: `batch_size: [0-9]+` needs [0-9.]+ [GM]B\nhelp: `accumulate: [0-9]+`/),
      "\(result.errors)")
  }

  @Test("every so many steps, and at the end, a checkpoint is written; so many are kept, and the best")
  func settings() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    #expect(
      try train(folder, "--steps", "9", "--quiet", "--set", "train.checkpoint={every: 4 steps, keep: 2}").status == 0)
    let found = folder.files.compactMap { $0.firstMatch(of: /step-0*([0-9]+)\.safetensors$/)?.1 }.compactMap { Int($0) }
    #expect(found.suffix(2) == [8, 9] && found.count <= 3, "\(found)")
  }
}
