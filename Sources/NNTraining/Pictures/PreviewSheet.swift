import NNData
import NNFormats

/// Rows of pictures side by side, each as large as the largest of its row, with thin lines between.
public struct PreviewSheet: Sendable {
  /// The shorter side of a picture that is enlarged, at least.
  public static let minimumSide = 128
  /// The most rows: samples that validation keeps for it.
  public static let sampleLimit = 8
  /// Rows are left out rather than making a sheet of more pixels than this.
  public static let maximumPixels = 8_000_000
  /// The lines between pictures, in pixels.
  public static let gap = 2
  private static let gapValue: Float = 0.5

  /// The sheet; nil where there is nothing to show.
  public let raster: Raster?

  /// Lays out rows of pictures, such as input, output and target. Pictures of a row that are smaller are enlarged to the
  /// row's height; then all are enlarged by one whole factor, nearest neighbour, so that small ones can be seen. Grey and
  /// colour mix to colour.
  public init(rows: [[Raster]], maximumPixels: Int = PreviewSheet.maximumPixels) {
    let rows = rows.filter { !$0.isEmpty }
    let channels = rows.joined().contains { $0.channels == 3 } ? 3 : 1
    var tiles: [[Raster]] = []
    var pixels = 0
    for row in rows {
      let made = Self.tiles(row, channels: channels)
      pixels += made.reduce(0) { $0 + $1.height * $1.width }
      if !tiles.isEmpty && pixels > maximumPixels { break }
      tiles.append(made)
    }
    raster = Self.joined(tiles, channels: channels)
  }

  /// The pixels that a row takes.
  static func pixels(ofRow row: [Raster]) -> Int {
    tiles(row, channels: 1).reduce(0) { $0 + $1.height * $1.width }
  }

  private static func tiles(_ row: [Raster], channels: Int) -> [Raster] {
    let height = row.map(\.height).max() ?? 1
    let side = row.map { min($0.height, $0.width) * max(1, height / $0.height) }.min() ?? 1
    let factor = max(1, (minimumSide + side - 1) / max(1, side))
    return row.map { picture in
      let scale = factor * max(1, height / picture.height)
      return enlarged(picture.with(channels: channels), by: scale)
    }
  }

  /// Each pixel as a square of `factor` × `factor`.
  static func enlarged(_ picture: Raster, by factor: Int) -> Raster {
    guard factor > 1 else { return picture }
    let (height, width, channels) = (picture.height * factor, picture.width * factor, picture.channels)
    var values = [Float](repeating: 0, count: height * width * channels)
    for row in 0..<height {
      for column in 0..<width {
        let from = (row / factor * picture.width + column / factor) * channels
        let to = (row * width + column) * channels
        for channel in 0..<channels { values[to + channel] = picture.values[from + channel] }
      }
    }
    return raster(values, height: height, width: width, channels: channels) ?? picture
  }

  private static func joined(_ rows: [[Raster]], channels: Int) -> Raster? {
    let heights = rows.map { $0.map(\.height).max() ?? 0 }
    let width = rows.map { $0.reduce(gap * ($0.count - 1)) { $0 + $1.width } }.max() ?? 0
    let height = heights.reduce(gap * (rows.count - 1), +)
    guard width > 0, height > 0 else { return nil }
    var values = [Float](repeating: gapValue, count: height * width * channels)
    var top = 0
    for (row, rowHeight) in zip(rows, heights) {
      var left = 0
      for tile in row {
        for line in 0..<tile.height {
          let to = ((top + line) * width + left) * channels
          let from = line * tile.width * channels
          values.replaceSubrange(
            to..<to + tile.width * channels, with: tile.values[from..<from + tile.width * channels])
        }
        left += tile.width + gap
      }
      top += rowHeight + gap
    }
    return raster(values, height: height, width: width, channels: channels)
  }

  private static func raster(_ values: [Float], height: Int, width: Int, channels: Int) -> Raster? {
    ValueMapping.unit.unmap(values, height: height, width: width, channels: channels)
  }
}
