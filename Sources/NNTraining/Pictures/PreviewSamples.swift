import NNData

/// The first samples of a validation pass, as rows of pictures.
final class PreviewSamples {
  private(set) var rows: [[Raster]] = []
  private let limit: Int
  private var offered = 0

  init(limit: Int) { self.limit = limit }

  var wantsMore: Bool { offered < limit }

  /// Takes a row; one without pictures counts but is not kept.
  func add(_ row: [Raster]) {
    offered += 1
    if !row.isEmpty { rows.append(row) }
  }
}
