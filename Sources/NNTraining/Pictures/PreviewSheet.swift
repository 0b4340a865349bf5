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
  private static let gapValue = Image.quantize(0.5)

  /// The sheet; nil where there is nothing to show.
  public let image: Image?

  /// Lays out rows of pictures, such as input, output and target. Pictures of a row that are smaller are enlarged to the
  /// row's height; then all are enlarged by one whole factor, nearest neighbour, so that small ones can be seen. Grey and
  /// colour mix to colour.
  public init(rows: [[Raster]], maximumPixels: Int = PreviewSheet.maximumPixels) {
    let rows = rows.filter { !$0.isEmpty }
    var shown: [[Tile]] = []
    var pixels = 0
    for row in rows {
      let tiles = Self.tiles(row)
      pixels += tiles.reduce(0) { $0 + $1.height * $1.width }
      if !shown.isEmpty && pixels > maximumPixels { break }
      shown.append(tiles)
    }
    image = Self.joined(shown, channels: rows.joined().contains { $0.channels == 3 } ? 3 : 1)
  }

  /// A picture, each of its pixels a square of `factor` × `factor`.
  struct Tile {
    let picture: Raster
    let factor: Int
    var height: Int { picture.height * factor }
    var width: Int { picture.width * factor }

    /// Writes a line of the enlarged picture with 1 or 3 `channels`.
    func write(line: Int, channels: Int, to bytes: inout [UInt8], at start: Int) {
      let from = line / factor * picture.width * picture.channels
      var place = start
      for column in 0..<picture.width {
        let pixel = from + column * picture.channels
        for _ in 0..<factor {
          for channel in 0..<channels {
            bytes[place] = Image.quantize(picture.values[pixel + (picture.channels == 1 ? 0 : channel)])
            place += 1
          }
        }
      }
    }
  }

  /// The pixels that a row takes.
  static func pixels(ofRow row: [Raster]) -> Int { tiles(row).reduce(0) { $0 + $1.height * $1.width } }

  /// The factor by which pictures of these sizes, a row, are enlarged together, after the smaller were enlarged to the
  /// largest.
  public static func factor(of sizes: [(height: Int, width: Int)]) -> Int {
    let height = sizes.map(\.height).max() ?? 1
    let side = sizes.map { min($0.height, $0.width) * max(1, height / $0.height) }.min() ?? 1
    return max(1, (minimumSide + side - 1) / max(1, side))
  }

  private static func tiles(_ row: [Raster]) -> [Tile] {
    let factor = factor(of: row.map { ($0.height, $0.width) })
    let height = row.map(\.height).max() ?? 1
    return row.map { Tile(picture: $0, factor: factor * max(1, height / $0.height)) }
  }

  private static func joined(_ rows: [[Tile]], channels: Int) -> Image? {
    let heights = rows.map { $0.map(\.height).max() ?? 0 }
    let width = rows.map { $0.reduce(gap * ($0.count - 1)) { $0 + $1.width } }.max() ?? 0
    let height = heights.reduce(gap * (rows.count - 1), +)
    guard width > 0, height > 0 else { return nil }
    var bytes = [UInt8](repeating: gapValue, count: height * width * channels)
    var top = 0
    for (row, rowHeight) in zip(rows, heights) {
      var left = 0
      for tile in row {
        for line in 0..<tile.height {
          tile.write(line: line, channels: channels, to: &bytes, at: ((top + line) * width + left) * channels)
        }
        left += tile.width + gap
      }
      top += rowHeight + gap
    }
    return Image(width: width, height: height, channels: channels, pixels: .bytes(bytes))
  }
}
