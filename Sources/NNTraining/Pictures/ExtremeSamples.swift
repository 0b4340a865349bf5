import NNData
import NNFormats
import NNTensor

/// Collects the best and the worst samples of an evaluation, with their pictures.
public final class ExtremeSamples {
  /// What they are judged by.
  public let metric: Metric
  private var best: [Entry] = []
  private var worst: [Entry] = []
  private var count = 0
  /// How many of each are kept: fewer where pictures are so large that the sheet would be.
  private var limit: Int

  private struct Entry {
    var value: Double
    /// Its place among all samples; of equal values the earlier is the better.
    var number: Int
    var title: String
    var row: [Raster]
  }

  /// Keeps up to `limit` of each.
  public init(by metric: Metric, limit: Int = 4) {
    self.metric = metric
    self.limit = max(1, limit)
  }

  /// Notes a sample; its pictures are made only where it is kept for now.
  func add(_ value: Double, title: String, pictures: () -> [Raster]) {
    defer { count += 1 }
    var entry = Entry(value: value, number: count, title: title, row: [])
    let isBest = best.count < limit || best.last.map { isBetter(entry, $0) } ?? true
    let isWorst = worst.count < limit || worst.first.map { isBetter($0, entry) } ?? true
    guard isBest || isWorst else { return }
    entry.row = pictures()
    if count == 0 {
      let pixels = SheetLayout.row(entry.row.map(\.size))?.pictured ?? ImageFile.maximumPixels
      limit = max(1, min(limit, SheetLayout.maximumPixels / max(1, 2 * pixels)))
    }
    if isBest { best = Array(inserted(entry, best).prefix(limit)) }
    if isWorst { worst = Array(inserted(entry, worst).suffix(limit)) }
  }

  /// Writes the picture and tells what it shows; nil where there was no sample, or none with pictures.
  func write(to path: String) throws(FileError) -> SampleRanking? {
    var (best, worst) = (best, worst)
    if count < 2 * limit {
      // The lists share samples, and together have all.
      let all = best + worst.filter { sample in !best.contains { $0.number == sample.number } }
      best = Array(all.prefix((count + 1) / 2))
      worst = Array(all.dropFirst(best.count))
    }
    let rows = (best + worst).map(\.row)
    let sheet = PreviewSheet(rows: rows, maximumPixels: .max)
    if let obstacle = sheet.obstacle { throw FileError(path, .write, obstacle) }
    guard let image = sheet.image else { return nil }
    try ImageFile.writePNG(image, to: path)
    best = Array(best.prefix(sheet.rowCount))
    worst = Array(worst.suffix(max(0, sheet.rowCount - best.count)))
    func samples(_ entries: [Entry]) -> [SampleRanking.Sample] {
      entries.map { SampleRanking.Sample(title: $0.title, value: $0.value) }
    }
    return SampleRanking(metric: metric, best: samples(best), worst: samples(worst), path: path)
  }

  /// In a list that has the best first.
  private func inserted(_ entry: Entry, _ list: [Entry]) -> [Entry] {
    var list = list
    list.insert(entry, at: list.firstIndex { isBetter(entry, $0) } ?? list.count)
    return list
  }

  private func isBetter(_ a: Entry, _ b: Entry) -> Bool {
    if a.value == b.value { return a.number < b.number }
    // What is no number is the worst of all.
    if a.value.isNaN || b.value.isNaN { return b.value.isNaN && (!a.value.isNaN || a.number < b.number) }
    return metric.isHigherBetter ? a.value > b.value : a.value < b.value
  }
}
