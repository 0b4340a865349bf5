import NNFormats
import NNLayers
import NNPlan
import NNRuntime
import NNText
import NNTraining

/// A run as one page: curves, pictures, network, memory, spec and machine, with nothing outside of the file.
public struct RunReport {
  /// The most pictures that are shown.
  static let mostPreviews = 12
  /// The most bytes of all pictures that are shown.
  static let mostPreviewBytes = 16 << 20

  private let folder: RunFolder
  private let machine: Machine?
  private let name: String
  private let description: String?
  private let network: String?
  private let memory: String?

  /// The report of a run that goes on, by its plans; `memory` is the picture of its plan.
  init(_ folder: RunFolder, _ plans: Plans, memory: Drawing?, machine: Machine?) {
    self.folder = folder
    self.machine = machine
    name = plans.spec.name
    description = plans.spec.description
    network = plans.model.picture(name: plans.spec.name).inline
    self.memory = memory?.inline
  }

  /// The report of the run in a folder, by what is left there. Where its spec cannot be read any more, the pictures that
  /// are made of it are missing.
  public init(folder path: String) throws(CommandFailure) {
    folder = RunFolder(path: path)
    do {
      guard try Folder.kind(of: folder.metricsPath) == .file else {
        throw CommandFailure.usage(RunReport.noRun(path))
      }
    } catch {
      throw CommandFailure(error)
    }
    machine = Machine(path: folder.machinePath)
    let plans = RunReport.plans(folder)
    name = plans?.spec.name ?? Folder.baseName(path)
    description = plans?.spec.description
    network = plans.map { $0.model.picture(name: $0.spec.name).inline }
    memory = plans.flatMap { $0.train(batch: $0.trainingBatch) }?.picture.inline
  }

  private static func noRun(_ path: String) -> String {
    if isMissing(path) {
      return "there is no folder \(path)" + (MissingPath.help(path).map { "\nhelp: \($0)" } ?? "")
    }
    return "\(path) holds no run: it has no metrics.jsonl\nhelp: name a run's folder, such as runs/NAME"
  }

  /// By the data where it is still there, otherwise by what the spec says of it.
  private static func plans(_ folder: RunFolder) -> Plans? {
    guard let kernels = try? KernelTable.chosen() else { return nil }
    if let plans = try? CheckedSpec.load(path: folder.specPath, kernels: kernels).plans() { return plans }
    guard let bytes = try? InputFile(path: folder.specPath).readAll() else { return nil }
    return try? CheckedSpec.check(bytes: bytes, path: folder.specPath, kernels: kernels).plans()
  }

  /// Writes it, into the run's folder unless told otherwise; gives the path.
  @discardableResult public func write(to output: String? = nil) throws(CommandFailure) -> String {
    let path = output ?? folder.reportPath
    do {
      for name in try folder.runFiles() where name != "report.html" && isSameFile(Folder.join(folder.path, name), path)
      {
        throw CommandFailure.usage("--output would replace \(name) of the run")
      }
      try write(path)
    } catch {
      throw CommandFailure(error)
    }
    return path
  }

  /// Writes it into the run's folder.
  func rewrite() throws(FileError) { try write(folder.reportPath) }

  private func write(_ path: String) throws(FileError) {
    let history = try RunHistory(path: folder.metricsPath)
    let previews = try chosenPreviews()
    try AtomicFile.write(to: path) { writer throws(FileError) in
      try writer.write(ReportPage.head(name, description, history))
      try writer.write(ReportPage.charts(history))
      if !previews.isEmpty { try write(previews, writer) }
      if let network { try writer.write(ReportPage.picture("Network", network, "network")) }
      if let memory { try writer.write(ReportPage.picture("Memory of a training step", memory, "memory")) }
      try writer.write(ReportPage.numbers(history))
      if let machine { try writer.write(ReportPage.machine(machine)) }
      if let spec = try? InputFile(path: folder.specPath).readAll() {
        try writer.write(ReportPage.spec(String(decoding: spec, as: UTF8.self)))
      }
      try writer.write(ReportPage.end)
    }
  }

  /// One picture at a time, so that only that is held.
  private func write(_ previews: [(epoch: Int, path: String)], _ writer: FileWriter) throws(FileError) {
    try writer.write("<section><h2>Previews (input | output | target)</h2>\n<div class=\"previews\">\n")
    for (epoch, path) in previews {
      guard let bytes = try? InputFile(path: path).readAll() else { continue }
      try writer.write("<figure><img alt=\"after epoch \(epoch)\" src=\"data:image/png;base64,")
      try writer.write(Base64.encoded(bytes))
      try writer.write("\"/><figcaption>epoch \(epoch)</figcaption></figure>\n")
    }
    try writer.write("</div></section>\n")
  }

  /// The first, the last, and evenly between them.
  private func chosenPreviews() throws(FileError) -> [(epoch: Int, path: String)] {
    let all = try folder.previews()
    var most = RunReport.mostPreviews
    if let last = all.last, let size = try? InputFile(path: last.path).byteCount {
      most = max(1, min(most, RunReport.mostPreviewBytes / max(size, 1)))
    }
    guard all.count > most else { return all }
    guard most > 1 else { return Array(all.suffix(1)) }
    return (0..<most).map { all[$0 * (all.count - 1) / (most - 1)] }
  }
}
