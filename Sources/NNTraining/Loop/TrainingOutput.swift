import NNFormats

/// What a run writes into its folder besides checkpoints and weights.
final class TrainingOutput {
  let folder: RunFolder
  /// The last picture that was written.
  private(set) var lastPreview: String?
  private var lacksPreview = false

  private let metrics: MetricsLog
  private let events: EventLog

  /// Opens the logs for what comes after `step`; `isLogged` says whether that step itself has its line.
  init(_ folder: RunFolder, after step: Int, isLogged: Bool) throws(FileError) {
    self.folder = folder
    let last = isLogged ? step : step - 1
    metrics = try MetricsLog(path: folder.metricsPath, upTo: last)
    events = try EventLog(in: folder, after: last)
    lastPreview = step > 0 ? try folder.lastPreview() : nil
  }

  /// Logs a step.
  func write(_ record: MetricsRecord) throws(FileError) {
    try metrics.append(record)
    try events.add(record)
  }

  /// Brings what was logged to the disk, before a checkpoint that counts on it.
  func flush() throws(FileError) { try metrics.flush() }

  /// Writes the picture of an epoch; nothing where outputs are no pictures. Gives why there is none, the first time that
  /// pictures are too large for one.
  func writePreview(_ samples: PreviewSamples, epoch: Int, step: Int) throws(FileError) -> String? {
    let sheet = PreviewSheet(rows: samples.rows)
    guard let image = sheet.image else {
      defer { lacksPreview = true }
      return lacksPreview ? nil : sheet.obstacle
    }
    let path = folder.previewPath(epoch: epoch)
    try ImageFile.writePNG(image, to: path)
    try events.add(image, at: path, step: step)
    lastPreview = path
    return nil
  }
}
