import Foundation
import NNData
import NNFormats
import NNTensor
import TemporaryFolders
import Testing

@testable import NNTraining

@Suite("Training, end to end")
struct TrainerTests {
  private func records(_ folder: RunFolder) throws -> [[String: Any]] {
    try Fixture.lines(folder.metricsPath).map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test("a small denoiser learns, and its folder holds log, previews and weights")
  func learns() throws {
    let temporary = try TemporaryFolder()
    let folder = RunFolder(path: temporary.file("runs/tiny"))
    var task = try TinyDenoiser(samples: 200)
    task.settings.length = .epochs(12)
    task.settings.logEvery = 1
    task.settings.phases[0].optimizer.learningRate = 3e-2
    let summary = try task.train(in: folder)
    let lines = try records(folder)
    let steps = task.source.batchCount(.training(seed: 1, epoch: 0, shuffle: true), batchSize: 16) * 12
    #expect(lines.compactMap { $0["step"] as? Int } == Array(1...steps))
    #expect(summary.state.step == steps)
    let validations = lines.compactMap { $0["validation"] as? [String: Any] }.compactMap { $0["loss"] as? Double }
    #expect(validations.count == 12)
    #expect(try #require(validations.last) < 0.5 * (try #require(validations.first)))
    let psnr = try #require(summary.validation?[.psnr])
    #expect(psnr.value > (try #require(psnr.ofInput)) + 2)
    #expect(summary.validation?.samples == task.source.validationCount)
    #expect(summary.scope == .validation)
    #expect(
      try Folder.names(in: folder.previewsPath) == (1...12).map { "epoch-00\($0 < 10 ? "0" : "")\($0).png" })
    let header = try ImageFile.header(folder.previewPath(epoch: 12))
    #expect(header.width == 3 * 132 + 4 && header.height == 8 * 132 + 14)
    let file = try SafetensorsFile(path: folder.weightsPath)
    #expect(Set(file.entries.map(\.name)) == Set(task.store.names))
    #expect(summary.text.contains(folder.weightsPath))
  }

  @Test("the same weights come from 1, 2 and 3 threads, and from two loader threads")
  func deterministic() throws {
    let temporary = try TemporaryFolder()
    let hashes = try [(1, 1), (2, 1), (3, 2)].map { threads, loaders in
      var task = try TinyDenoiser(threads: threads)
      task.settings.loaderThreads = loaders
      _ = try task.train(in: RunFolder(path: temporary.file("\(threads)")))
      return task.store.contentHash
    }
    #expect(Set(hashes).count == 1)
    let other = try TinyDenoiser()
    #expect(other.store.contentHash != hashes[0])
  }

  @Test("steps stop in the middle of an epoch, with a validation")
  func stepsStop() throws {
    let temporary = try TemporaryFolder()
    let folder = RunFolder(path: temporary.file("run"))
    var task = try TinyDenoiser()
    let perEpoch = task.source.batchCount(.training(seed: 1, epoch: 0, shuffle: true), batchSize: 16)
    try #require(perEpoch > 1)
    task.settings.length = .steps(perEpoch + 1)
    task.settings.logEvery = 1000
    let summary = try task.train(in: folder)
    let lines = try records(folder)
    #expect(lines.compactMap { $0["step"] as? Int } == [perEpoch, perEpoch + 1])
    #expect(lines.compactMap { $0["epoch"] as? Int } == [1, 2])
    #expect(lines.allSatisfy { $0["validation"] != nil })
    #expect(summary.state == TrainingState(step: perEpoch + 1, position: BatchPosition(epoch: 1, batch: 1)))
  }

  @Test("without held out samples the training samples are evaluated")
  func noValidation() throws {
    let temporary = try TemporaryFolder()
    let task = try TinyDenoiser(samples: 20, validation: 0)
    let summary = try task.train(in: RunFolder(path: temporary.file("run")))
    #expect(summary.scope == .training)
    #expect(summary.validation?.samples == 20)
    let capture = Capture()
    let again = try TinyDenoiser(samples: 20, validation: 0)
    _ = try again.train(
      in: RunFolder(path: temporary.file("told")),
      progress: ProgressReporter(mode: .auto, descriptor: capture.descriptor))
    let epochs = capture.text().split(separator: "\n").filter { $0.hasPrefix("epoch ") }
    #expect(epochs.count == 3 && epochs.allSatisfy { $0.contains("  on training samples: loss ") }, "\(epochs)")
    #expect(epochs.allSatisfy { !$0.contains("validation") })
    let evaluator = evaluator(task)
    #expect(throws: TrainingFailure.self) { try evaluator.evaluate(.validation) }
  }

  @Test("a loss that is no number stops training, names step and loss, and leaves earlier weights alone")
  func nonFinite() throws {
    let temporary = try TemporaryFolder()
    let folder = RunFolder(path: temporary.file("run"))
    var task = try TinyDenoiser()
    task.settings.phases[0].optimizer = OptimizerSettings(
      kind: .sgd(momentum: false, nesterov: false), learningRate: .constant(.infinity))
    try folder.begin(fresh: false)
    try AtomicFile.write([1, 2, 3], to: folder.weightsPath)
    let error = #expect(throws: TrainingFailure.self) { try task.trainer(folder).run() }
    #expect(error?.exitCode == 3)
    guard case .diverged(let divergence)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    guard let origin = divergence.origin else {
      Issue.record("\(divergence)")
      return
    }
    #expect(origin.step == 1 && origin.kernel.contains("update") && origin.layers.allSatisfy { $0.hasPrefix("model.") })
    #expect(try folder.checkpointSteps() == [0])
    #expect(try InputFile(path: folder.weightsPath).readAll() == [1, 2, 3])
    #expect(try records(folder).count == 1)
  }

  private func evaluator(_ task: TinyDenoiser) -> Evaluator {
    Evaluator(
      settings: task.settings, source: task.source, plans: task.plans.evaluate, store: task.store, device: task.device)
  }

  @Test("evaluating changes no parameter and gives the same twice, in batches of any size")
  func evaluation() throws {
    var task = try TinyDenoiser()
    let before = task.store.contentHash
    let first = try evaluator(task).evaluate(.all)
    #expect(first.samples == 40)
    task.settings.batchSize = 7
    var told: [Int] = []
    let second = try evaluator(task).evaluate(.all) { done, _ in told.append(done) }
    #expect(told.last == 40)
    #expect(abs(first.loss - second.loss) < 1e-7)
    for (a, b) in zip(first.metrics, second.metrics) { #expect(abs(a.value - b.value) < 1e-5) }
    #expect(first[.mse].map { abs($0.value - first.loss) < 1e-6 } == true)
    #expect(task.store.contentHash == before)
    let parts = try [EvaluationScope.training, .validation].map { try evaluator(task).evaluate($0) }
    let weighted = parts.reduce(0.0) { $0 + $1.loss * Double($1.samples) } / 40
    #expect(abs(weighted - second.loss) < 1e-7)
  }

  @Test("running gives the same for a batch as for each sample")
  func running() throws {
    let task = try TinyDenoiser()
    let runner = try Runner(
      plans: { task.plan(.run, batch: $0) }, batchSize: 4, store: task.store, device: task.device)
    #expect(runner.inputShape == [12, 12, 3] && runner.outputShape == [12, 12, 3])
    let count = 12 * 12 * 3
    let values = (0..<6 * count).map { Float($0 % 251) / 251 }
    let all = try runner.predict(values)
    #expect(all.count == values.count)
    for sample in 0..<6 {
      let range = sample * count..<(sample + 1) * count
      #expect(try runner.predict(Array(values[range])) == Array(all[range]))
    }
    #expect(throws: TrainingFailure.self) { try runner.predict([1, 2, 3]) }
    #expect(try runner.predict([]).isEmpty)
  }
}

@Suite("The numbers of a step")
struct NumbersTests {
  private func settings(_ kind: OptimizerKind) -> TrainingSettings {
    var optimizer = OptimizerSettings(kind: kind, learningRate: 0.1)
    optimizer.weightDecay = 0.01
    optimizer.momentum = 0.8
    return TrainingSettings(
      name: "x", length: .steps(1), batchSize: 1, optimizer: optimizer,
      losses: [LossTerm(name: "a", weight: 2), LossTerm(name: "b", weight: 0.5)],
      roles: SampleRoles(input: nil, target: nil))
  }

  @Test(
    "each number that an optimizer reads is known",
    arguments: [
      OptimizerKind.sgd(momentum: true, nesterov: true), .adam, .adamw, .rmsprop(momentum: true),
    ])
  func allKnown(kind: OptimizerKind) {
    let numbers = Numbers(settings(kind), batchesPerEpoch: 10)
    for number in kind.numbers {
      for decays in [true, false] {
        let scalar = StepScalar.optimizer(phase: "train", number, decays: decays)
        #expect(numbers.meaning(scalar.name) == .optimizer(phase: 0, number, decays: decays))
      }
    }
    #expect(numbers.meaning("losses.b.weight") == .lossWeight(1, factor: 1))
    #expect(numbers.meaning("other.decayed.beta1") == nil)
  }

  @Test("updates are counted on from a checkpoint, also where a phase's turns were others before")
  func countsOn() {
    var settings = settings(.adam)
    settings.length = .steps(100)
    (settings.phases[0].every, settings.phases[0].start) = (2, .steps(4))
    var numbers = Numbers(settings, batchesPerEpoch: 10)
    #expect([4, 5, 6, 7, 20].map { numbers.updates(phase: 0, after: $0) } == [0, 1, 1, 2, 8])
    let straight = numbers.value(.optimizer(phase: 0, .correction1, decays: true), step: 21)
    numbers.goOn(after: 12, updates: ["train": numbers.updates(phase: 0, after: 12)])
    #expect(numbers.value(.optimizer(phase: 0, .correction1, decays: true), step: 21) == straight)
    settings.phases[0].start = .steps(0)
    var changed = Numbers(settings, batchesPerEpoch: 10)
    changed.goOn(after: 4, updates: ["train": 0])
    #expect(changed.updates(phase: 0, after: 5) == 1)
    #expect(changed.value(.optimizer(phase: 0, .correction1, decays: true), step: 5) == 1 - 0.9)
    #expect(changed.value(.optimizer(phase: 0, .firstStep, decays: true), step: 5) == 1)
  }

  @Test("biases are spared from decay unless all decays; corrections follow the update")
  func values() {
    var settings = settings(.adam)
    #expect(
      Numbers(settings, batchesPerEpoch: 10).value(.optimizer(phase: 0, .weightDecay, decays: false), step: 1) == 0)
    #expect(
      Numbers(settings, batchesPerEpoch: 10).value(.optimizer(phase: 0, .weightDecay, decays: true), step: 1) == 0.01)
    settings.phases[0].optimizer.decaysAll = true
    #expect(
      Numbers(settings, batchesPerEpoch: 10).value(.optimizer(phase: 0, .weightDecay, decays: false), step: 1) == 0.01)
    let numbers = Numbers(settings, batchesPerEpoch: 10)
    let third = numbers.value(.optimizer(phase: 0, .correction1, decays: true), step: 3)
    #expect(abs(third - (1 - 0.9 * 0.9 * 0.9)) < 1e-15)
    #expect(abs(numbers.value(.optimizer(phase: 0, .correction2, decays: true), step: 100_000) - 1) < 1e-12)
    #expect([1, 2].map { numbers.value(.optimizer(phase: 0, .firstStep, decays: true), step: $0) } == [1, 0])
    #expect(numbers.value(.lossWeight(1, factor: 1), step: 5) == 0.5)
  }
}
