import NNFormats

/// Where a training run keeps its files: `spec.yaml`, `machine.json`, `tuning.json`, `metrics.jsonl`, TensorBoard's
/// events, `report.html`, `previews/epoch-0001.png` …, `checkpoints/step-00000100.safetensors` … and, at the end,
/// `weights.safetensors`, with `best.safetensors` beside it where validation chose them.
///
/// One process at a time writes to it (`RunLock`). `begin` refuses a folder that holds a run, and with `fresh` removes the
/// files of the run before, by their names; whatever else the user keeps there stays.
public struct RunFolder: Equatable, Sendable {
  /// The folder.
  public let path: String

  /// A folder that need not be there yet.
  public init(path: String) { self.path = path }

  /// The files that stand in the folder itself, but for TensorBoard's, by their names.
  enum File: String, CaseIterable {
    case spec = "spec.yaml"
    case machine = "machine.json"
    case tuning = "tuning.json"
    case report = "report.html"
    case metrics = "metrics.jsonl"
    case weights = "weights.safetensors"
    case best = "best.safetensors"
  }

  func path(of file: File) -> String { Folder.join(path, file.rawValue) }

  /// The spec as it was trained; the driver writes it.
  public var specPath: String { path(of: .spec) }
  /// The machine that it was trained on; the driver writes it.
  public var machinePath: String { path(of: .machine) }
  /// The algorithms that measurements had chosen when it began; the driver writes it, where there are any.
  public var tuningPath: String { path(of: .tuning) }
  /// The page that shows the run; the driver writes it.
  public var reportPath: String { path(of: .report) }
  /// A line per logged step.
  public var metricsPath: String { path(of: .metrics) }
  /// The trained weights.
  public var weightsPath: String { path(of: .weights) }
  /// The weights of the best validation.
  public var bestPath: String { path(of: .best) }
  /// The folder of pictures.
  public var previewsPath: String { Folder.join(path, "previews") }
  /// The folder of checkpoints.
  public var checkpointsPath: String { Folder.join(path, "checkpoints") }
  /// The weights that checkpoints leave out since no step changes them.
  var frozenPath: String { Folder.join(checkpointsPath, FrozenWeights.fileName) }
  /// The checkpoint after so many steps.
  public func checkpointPath(step: Int) -> String {
    Folder.join(
      checkpointsPath, RunFolder.checkpointPrefix + RunFolder.padded(step, to: 8) + RunFolder.checkpointSuffix)
  }

  static let checkpointPrefix = "step-"
  static let checkpointSuffix = ".safetensors"
  /// What is added to the name of a checkpoint that was found damaged.
  static let damagedSuffix = ".damaged"

  private static func padded(_ number: Int, to count: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, count - digits.count)) + digits
  }

  /// The picture after an epoch, which counts from 1.
  public func previewPath(epoch: Int) -> String {
    Folder.join(previewsPath, "epoch-" + RunFolder.padded(epoch, to: 4) + ".png")
  }
}
