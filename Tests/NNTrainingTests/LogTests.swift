import Foundation
import NNFormats
import Testing

@testable import NNTraining

@Suite("The log")
struct LogTests {
  private let record = MetricsRecord(
    step: 3, epoch: 1, loss: 0.1 + 0.2, losses: [("pixel \"x\"", 0.1), ("other", 1e-12)], learningRate: 1e-3,
    samplesPerSecond: 1234.56789,
    validation: Evaluation(
      samples: 2, loss: 1.0 / 3, losses: [.init(name: "pixel", value: 1.0 / 3)],
      metrics: [MetricValue(metric: .psnr, value: 27.1, ofInput: 20.3)]))

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
    var validation: Validation
  }

  @Test("a line is a JSON object whose numbers read back exactly")
  func numbersReadBack() throws {
    let object = try JSONDecoder().decode(Line.self, from: Data(record.json.utf8))
    #expect(object.step == 3 && object.epoch == 1)
    #expect(object.loss == 0.1 + 0.2)
    #expect(object.learning_rate == 1e-3)
    #expect(object.losses == ["pixel \"x\"": 0.1, "other": 1e-12])
    #expect(object.validation.loss == 1.0 / 3)
    #expect(object.validation.losses == ["pixel": 1.0 / 3])
    #expect(object.validation.metrics == ["psnr": 27.1, "input_psnr": 20.3])
    #expect(!record.json.contains("\n"))
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
