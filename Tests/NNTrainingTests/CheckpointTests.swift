import Foundation
import NNData
import NNFormats
import NNTensor
import TemporaryFolders
import Testing

@testable import NNTraining

@Suite("Checkpoints")
struct CheckpointTests {
  @Test("what a checkpoint says besides tensors reads back as it was, to the bit")
  func stateReadsBack() throws {
    var state = CheckpointState()
    state.training = TrainingState(step: 17, position: BatchPosition(epoch: 2, batch: 3))
    state.isValidationDue = true
    state.updates = ["a": 17, "b c": 3]
    state.losses = ["pixel": .init(value: 0.1 + 0.2, step: 17), "a.b": .init(value: -1e-300, step: 16)]
    state.gauges = [
      .init(gauge: .gradient(phase: "a", network: "n"), value: 0.1, step: 17),
      .init(gauge: .pull(phase: "a", place: "n.out", losses: ["x", "y"]), value: 1e-9, step: 16),
      .init(gauge: .judgedReal(loss: "adv", side: .real), value: 1.0 / 3, step: 3),
    ]
    state.progress = MeasureProgress.State(
      measure: .metric(.psnr), subject: "5a", best: .init(value: 27.1, step: 10),
      reference: .init(value: 1.0 / 3, step: 5), waited: 2)
    state.evaluation = Evaluation(
      samples: 9, loss: 1.0 / 7, losses: [.init(name: "pixel", value: 1.0 / 9)],
      metrics: [MetricValue(metric: .psnr, value: .infinity, ofInput: 20.3), MetricValue(metric: .mse, value: 1e-9)])
    state.brokenPictures = ["cannot read a b.png: it is\nbroken", "x"]
    (state.seed, state.structure, state.origin) = (.max, "f00", "some where.safetensors")
    state.frozen = "0123"
    #expect(CheckpointState(metadata: state.metadata) == state)
    #expect(CheckpointState(metadata: CheckpointState().metadata) == CheckpointState())
    for key in ["checkpoint", "step", "epoch", "batch", "seed", "structure", "validation_due"] {
      var texts = state.metadata
      texts[key] = nil
      #expect(CheckpointState(metadata: texts) == nil, "\(key)")
    }
  }

  private func task(_ steps: Int = 11) throws -> TinyDenoiser {
    var task = try TinyDenoiser()
    task.settings.length = .steps(steps)
    task.settings.logEvery = 1
    task.settings.checkpoint.every = .steps(1)
    task.settings.checkpoint.keep = 100
    task.settings.accumulate = 2
    return task
  }

  @Test("going on from any step ends in the same bits")
  func everyStep() throws {
    let temporary = try TemporaryFolder()
    let whole = RunFolder(path: temporary.file("whole"))
    _ = try task().train(in: whole)
    let weights = try InputFile(path: whole.weightsPath).readAll()
    for step in try whole.checkpointSteps().dropLast() {
      let folder = RunFolder(path: temporary.file("from\(step)"))
      try folder.makeFolders()
      for path in [\RunFolder.metricsPath, \.bestPath] {
        try AtomicFile.write(InputFile(path: whole[keyPath: path]).readAll(), to: folder[keyPath: path])
      }
      let checkpoint = try Checkpoint(path: whole.checkpointPath(step: step))
      let task = try task()
      task.store.initialize(seed: 99)
      let summary = try task.trainer(folder, resume: checkpoint).run()
      #expect(summary.resumedAt == step && summary.state.step == 11)
      #expect(try InputFile(path: folder.weightsPath).readAll() == weights, "from step \(step)")
      #expect(try steps(folder) == Array(1...11), "from step \(step)")
    }
  }

  private func steps(_ folder: RunFolder) throws -> [Int] {
    try Fixture.lines(folder.metricsPath).compactMap { line in
      (try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["step"] as? Int
    }
  }

  @Test("what was asked from outside is done after a step at most: the run is saved, and goes on to the same bits")
  func interruption() throws {
    let temporary = try TemporaryFolder()
    let whole = RunFolder(path: temporary.file("whole"))
    _ = try task().train(in: whole)
    let folder = RunFolder(path: temporary.file("run"))
    try folder.begin(fresh: false)
    let now = Interruption()
    now.end(by: SIGINT)
    var (from, ends) = (try end(folder, nil, now), 0)
    #expect(try #require(from).state.training.step == 0)
    while let next = from, ends < 100 {
      let soon = Interruption()
      let delay = UInt32.random(in: 0..<20_000) * UInt32(1 + ends)
      Thread.detachNewThread {
        usleep(delay)
        soon.save()
        soon.end(by: SIGTERM)
      }
      from = try end(folder, next, soon)
      ends += 1
    }
    #expect(try InputFile(path: folder.weightsPath).readAll() == InputFile(path: whole.weightsPath).readAll())
    #expect(try steps(folder) == Array(1...11))
  }

  /// Trains until that is interrupted, and gives the checkpoint then; nil where it came to the end.
  private func end(_ folder: RunFolder, _ from: Checkpoint?, _ interruption: Interruption) throws -> Checkpoint? {
    do {
      _ = try task().trainer(folder, resume: from, interruption: interruption).run()
      return nil
    } catch TrainingFailure.interrupted(_, let step, let path) {
      #expect(step >= from?.state.training.step ?? 0)
      return try Checkpoint(path: path)
    }
  }

  @Test("a step is never lost: the last ones are kept, and that of the best validation")
  func pruning() throws {
    let temporary = try TemporaryFolder()
    let folder = RunFolder(path: temporary.file("run"))
    var task = try task(12)
    task.settings.accumulate = 1
    task.settings.checkpoint.keep = 2
    let summary = try task.train(in: folder)
    let steps = try folder.checkpointSteps()
    #expect(steps.suffix(2) == [11, 12])
    #expect(Set(steps) == [11, 12, try #require(summary.best).step])
    #expect(try Folder.names(in: folder.checkpointsPath, hidden: true).isEmpty)
  }

  @Test("a checkpoint is a weights file, and its weights are those that running would use")
  func isWeights() throws {
    let temporary = try TemporaryFolder()
    let folder = RunFolder(path: temporary.file("run"))
    let task = try task()
    _ = try task.train(in: folder)
    let hash = task.store.contentHash
    task.store.initialize(seed: 5)
    try WeightsFile.load(folder.checkpointPath(step: 11), into: task.store)
    #expect(task.store.contentHash == hash)
  }

  @Test("lines of later steps and what is left of a torn one are removed")
  func logIsCut() {
    let lines = (1...3).map { "{\"step\": \($0), \"loss\": 1}\n" }.joined()
    let whole = Array(lines.utf8)
    #expect(MetricsLog.length(of: whole + Array("{\"step\": 3".utf8), upTo: 3) == whole.count)
    #expect(MetricsLog.length(of: whole, upTo: 2) == whole.count / 3 * 2)
    #expect(MetricsLog.length(of: whole, upTo: 0) == 0)
    #expect(MetricsLog.length(of: Array("nonsense\n".utf8) + whole, upTo: 3) == 0)
    #expect(MetricsLog.length(of: [], upTo: 3) == 0)
  }
}

@Suite("Damaged checkpoints")
struct DamageTests {
  /// `COUNT` flips as many bits, and cuts the file at every byte; otherwise there are fewer.
  private static let count = ProcessInfo.processInfo.environment["COUNT"].flatMap { Int($0) }

  private func checkpoint(in temporary: TemporaryFolder) throws -> String {
    let folder = RunFolder(path: temporary.file("run"))
    var task = try TinyDenoiser()
    task.settings.length = .steps(2)
    _ = try task.train(in: folder)
    return folder.checkpointPath(step: 2)
  }

  private func refuses(_ path: String) -> Bool {
    do throws(FileError) {
      _ = try Checkpoint(path: path)
      return false
    } catch {
      return error.path == path && error.fault == .data && error.description.hasPrefix("cannot read \(path): ")
    }
  }

  @Test("any flipped bit is noticed")
  func flips() throws {
    let temporary = try TemporaryFolder()
    let path = try checkpoint(in: temporary)
    var bytes = try InputFile(path: path).readAll()
    #expect(!refuses(path))
    var random = SystemRandomNumberGenerator()
    let file = try #require(fopen(path, "r+"))
    defer { fclose(file) }
    setvbuf(file, nil, _IONBF, 0)
    func write(_ place: Int) {
      fseek(file, place, SEEK_SET)
      fputc(Int32(bytes[place]), file)
    }
    let count = Self.count ?? 1000
    // The header is where flips can mean something else: all of its bits, as far as the count reaches, then any.
    let header = 8 + bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    for turn in 0..<count {
      let bit =
        turn < min(count / 2, header * 8)
        ? turn * max(1, header * 8 / max(1, count / 2)) : Int.random(in: 0..<bytes.count * 8, using: &random)
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      write(bit / 8)
      #expect(refuses(path), "bit \(bit)")
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      write(bit / 8)
    }
    #expect(!refuses(path))
  }

  @Test("so is any flipped bit and any missing end of the frozen weights that checkpoints leave out")
  func frozen() throws {
    let temporary = try TemporaryFolder()
    let folder = RunFolder(path: temporary.file("run"))
    var task = try TinyDenoiser()
    task.settings.length = .steps(2)
    task.settings.checkpoint.frozen = Set(task.store.names.prefix(2))
    _ = try task.train(in: folder)
    let (path, frozen) = (folder.checkpointPath(step: 2), folder.frozenPath)
    func isRefused() -> Bool {
      do throws(FileError) {
        _ = try Checkpoint(path: path)
        return false
      } catch {
        return error.path == frozen && error.fault == .data
      }
    }
    #expect(try !isRefused() && Checkpoint(path: path).state.frozen != nil)
    let bytes = try InputFile(path: frozen).readAll()
    for turn in 0..<(Self.count ?? 1000) / 5 {
      var damaged = bytes
      let bit = turn % 2 == 0 ? turn / 2 % (8 * min(400, bytes.count)) : Int.random(in: 0..<8 * bytes.count)
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      try Data(damaged).write(to: URL(fileURLWithPath: frozen))
      #expect(isRefused(), "bit \(bit)")
    }
    for length in stride(from: bytes.count - 1, through: 0, by: Self.count == nil ? -97 : -1) {
      try Data(bytes.prefix(length)).write(to: URL(fileURLWithPath: frozen))
      #expect(isRefused(), "\(length) bytes")
    }
    try FileManager.default.removeItem(atPath: frozen)
    #expect(isRefused())
    try AtomicFile.write(bytes, to: frozen)
    #expect(!isRefused())
  }

  @Test("any missing end is noticed, and whatever follows the end")
  func truncations() throws {
    let temporary = try TemporaryFolder()
    let path = try checkpoint(in: temporary)
    let bytes = try InputFile(path: path).readAll()
    for length in stride(from: bytes.count - 1, through: 0, by: Self.count == nil ? -37 : -1) {
      truncate(path, off_t(length))
      #expect(refuses(path), "\(length) bytes")
    }
    try AtomicFile.write(bytes + [0], to: path)
    #expect(refuses(path))
  }
}
