import Foundation
import NNFormats
import NNTensor
import TemporaryFolders
import Testing

@testable import NNTraining

@Suite("The log")
struct LogTests {
  private let record = MetricsRecord(
    step: 3, epoch: 1, loss: 0.1 + 0.2,
    report: StepReport(
      losses: [.init(name: "pixel \"x\"", value: 0.1, weight: 0.5), .init(name: "other", value: 1e-12, weight: 1)],
      margins: [(loss: "critic", value: 0.25)], LogTests.readings, phases: ["judge", "make"]),
    learningRates: LearningRates(main: 1e-3),
    samplesPerSecond: 1234.56789,
    validation: Evaluation(
      samples: 2, loss: 1.0 / 3, losses: [.init(name: "pixel", value: 1.0 / 3)],
      metrics: [MetricValue(metric: .psnr, value: 27.1, ofInput: 20.3)]))

  /// Of two phases in the other order, the later one's first.
  private static let readings: [GaugeReadings.Reading] = [
    .init(gauge: .gradient(phase: "make", network: "model"), value: 9, step: 3),
    .init(gauge: .pull(phase: "make", place: "model", losses: ["other"]), value: 1, step: 3),
    .init(gauge: .pull(phase: "make", place: "model", losses: ["pixel \"x\""]), value: 9, step: 3),
    .init(gauge: .gradient(phase: "judge", network: "critic"), value: 4, step: 3),
    .init(gauge: .judgedReal(loss: "fool", side: .real), value: 0.75, step: 3),
    .init(gauge: .judgedReal(loss: "fool", side: .fake), value: 0.125, step: 3),
  ]

  private struct Line: Decodable {
    struct Validation: Decodable {
      var loss: Double
      var losses: [String: Double]
      var metrics: [String: Double]
    }
    var step: Int
    var epoch: Int
    var loss: Double
    var losses: [String: Float]
    var learning_rate: Double
    var samples_per_second: Double
    var loss_weights: [String: Double]
    var gradient_norms: [String: [String: Double]]
    var gradient_shares: [String: [String: [String: Double]]]
    var discriminators: [String: [String: Double]]
    var validation: Validation
  }

  @Test("a line is a JSON object whose numbers read back exactly")
  func numbersReadBack() throws {
    let object = try JSONDecoder().decode(Line.self, from: Data(record.json.utf8))
    #expect(object.step == 3 && object.epoch == 1)
    #expect(object.loss == 0.1 + 0.2)
    #expect(object.learning_rate == 1e-3)
    #expect(object.losses == ["pixel \"x\"": 0.1, "other": 1e-12])
    #expect(object.loss_weights == ["pixel \"x\"": 0.5, "other": 1])
    #expect(object.gradient_norms == ["judge": ["critic": 2], "make": ["model": 3]])
    #expect(object.gradient_shares == ["make": ["model": ["pixel \"x\"": 0.75, "other": 0.25]]])
    #expect(object.discriminators == ["fool": ["real": 0.75, "fake": 0.875], "critic": ["margin": 0.25]])
    #expect(object.validation.loss == 1.0 / 3)
    #expect(object.validation.losses == ["pixel": 1.0 / 3])
    #expect(object.validation.metrics == ["psnr": 27.1, "input_psnr": 20.3])
    #expect(!record.json.contains("\n"))
  }

  @Test("people see the same, a table of several losses first")
  func forPeople() {
    #expect(
      record.report.lines == [
        "loss           value  weight  share of the gradient",
        "pixel \"x\"     0.1000  0.5000  75% at model",
        "other      1.000e-12   1.000  25% at model",
        "gradient norms critic 2.000, model 3.000", "fool judged right: real 75%, fake 88%",
        "critic margin 0.2500",
      ])
  }

  @Test("a step's batches are added up, and a step begins anew")
  func batchesAddUp() {
    var readings = GaugeReadings()
    let pull = Gauge.pull(phase: "make", place: "model", losses: ["pixel"])
    let (norm, judged) = (Gauge.gradient(phase: "make", network: "model"), Gauge.judgedReal(loss: "fool", side: .real))
    for step in 1...2 {
      readings.add([(pull, 1), (judged, 1)], step: step, share: 0.75, isFirst: true)
      readings.add([(pull, 2), (judged, 0.5), (norm, 7)], step: step, share: 0.25, isFirst: false)
      #expect(readings.readings.map(\.value) == [3, 0.875, 7])
      #expect(readings.readings.map(\.step) == [step, step, step])
    }
  }

  @Test("lines are appended to what is there")
  func appends() throws {
    let folder = try TemporaryFolder()
    for _ in 0..<2 { try MetricsLog(path: folder.file("metrics.jsonl")).append(record) }
    #expect(try Fixture.lines(folder.file("metrics.jsonl")) == [record.json, record.json])
  }

  @Test("a full disk is the machine's failure and names the file")
  func fullDisk() throws {
    let log = try MetricsLog(path: "/dev/full")
    let error = #expect(throws: FileError.self) { try log.append(record) }
    #expect(error?.description == "cannot write /dev/full: no space is left on the device")
    #expect(error.map { TrainingFailure.file($0).exitCode } == 3)
  }

  @Test("the automatic interval gives 50 to 125 lines, and each step of a short run one")
  func interval() {
    for steps in [50, 51, 99, 100, 160, 999, 1000, 12_345, 20_000, 1_000_000] {
      let lines = steps / LogInterval.automatic(steps: steps)
      #expect((50...125).contains(lines), "\(steps) steps: \(lines) lines")
    }
    #expect(LogInterval.automatic(steps: 49) == 1)
    #expect(LogInterval.automatic(steps: 0) == 1)
    #expect(LogInterval.automatic(steps: Int.max) > 0)
  }
}

@Suite("The run folder")
struct RunFolderTests {
  @Test("it is made with those above it, and refused when it holds a run")
  func refuses() throws {
    let temporary = try TemporaryFolder()
    let folder = RunFolder(path: temporary.file("a/b"))
    try folder.begin(fresh: false)
    try folder.begin(fresh: false)
    try AtomicFile.write([1], to: folder.metricsPath)
    let error = #expect(throws: TrainingFailure.self) { try folder.begin(fresh: false) }
    #expect(error?.exitCode == 2)
    #expect(error.map { "\($0)" }?.contains(folder.path) == true)
    #expect(error.map { "\($0)" }?.contains("--fresh") == true)
  }

  @Test("a fresh start removes the run's files and nothing else")
  func fresh() throws {
    let temporary = try TemporaryFolder()
    let folder = RunFolder(path: temporary.file("run"))
    try folder.begin(fresh: false)
    let mine = folder.previewsPath + "/holiday.png"
    for path in [folder.metricsPath, folder.weightsPath, folder.previewPath(epoch: 12), mine] {
      try AtomicFile.write([1], to: path)
    }
    #expect(try folder.runFiles() == ["metrics.jsonl", "weights.safetensors", "previews/epoch-0012.png"])
    try folder.begin(fresh: true)
    #expect(try folder.runFiles().isEmpty)
    #expect(try Folder.kind(of: mine) == .file)
  }

  @Test("what no run wrote is not taken for what one left")
  func othersFiles() throws {
    let temporary = try TemporaryFolder()
    let folder = RunFolder(path: temporary.file("run"))
    try folder.makeFolders()
    try AtomicFile.write([1], to: folder.previewPath(epoch: 1))
    #expect(throws: TrainingFailure.self) { try folder.begin(fresh: false) }
    #expect(try folder.runFiles() == ["previews/epoch-0001.png"])
    try AtomicFile.write([1], to: folder.specPath)
    try folder.begin(fresh: false)
    #expect(try folder.runFiles().isEmpty)
    let absurd = "events.out.tfevents.9223372036854775807.nnc"
    try AtomicFile.write([1], to: temporary.file("run/" + absurd))
    _ = try EventLog(in: folder, after: 0)
    #expect(try folder.eventFiles().count == 1 && !folder.eventFiles().contains(absurd))
    for epoch in [9998, 9999, 10_000] { try AtomicFile.write([1], to: folder.previewPath(epoch: epoch)) }
    #expect(try folder.lastPreview() == folder.previewPath(epoch: 10_000))
  }

  @Test("a file in its place is named")
  func fileInPlace() throws {
    let temporary = try TemporaryFolder()
    try AtomicFile.write([1], to: temporary.file("file"))
    let error = #expect(throws: TrainingFailure.self) {
      try RunFolder(path: temporary.file("file/run")).begin(fresh: false)
    }
    #expect(error.map { "\($0)" }?.contains(temporary.file("file")) == true)
    #expect(error?.exitCode == 1)
  }
}
