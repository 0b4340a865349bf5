import NNData
import NNFormats
import NNTensor

/// Rows of pictures side by side, each as large as the largest of its row, with thin lines between.
public struct PreviewSheet: Sendable {
  /// The most rows: samples that validation keeps for it.
  public static let sampleLimit = 8
  private static let gapValue = Image.quantize(0.5)

  /// The sheet; nil where there is nothing to show, or where pictures are too large for one.
  public let image: Image?
  /// How many rows it has, the first of those given.
  public let rowCount: Int
  /// Why pictures that are there make no sheet; nil where they do.
  public let obstacle: String?

  /// Lays out rows of pictures, such as input, output and target, by `SheetLayout`. Grey and colour mix to colour.
  public init(rows: [[Raster]], maximumPixels: Int = SheetLayout.maximumPixels) {
    let rows = rows.filter { !$0.isEmpty }
    let layout = SheetLayout(rows.map { $0.map(\.size) }, maximumPixels: maximumPixels)
    let channels = rows.joined().contains { $0.channels == 3 } ? 3 : 1
    image = layout.flatMap { Self.drawn(rows, $0, channels: channels) }
    rowCount = image == nil ? 0 : layout?.rows.count ?? 0
    obstacle = image == nil ? rows.first.map(Self.obstacle) : nil
  }

  private static func obstacle(_ row: [Raster]) -> String {
    let sizes = row.map { "\($0.height)×\($0.width)" }.joined(separator: ", ")
    return row.count == 1
      ? "a picture of \(sizes) pixels is too large for a sheet"
      : "pictures of \(sizes) pixels side by side are too large for a sheet"
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

  private static func drawn(_ rows: [[Raster]], _ layout: SheetLayout, channels: Int) -> Image? {
    let width = layout.width
    var bytes = [UInt8](repeating: gapValue, count: layout.pixels * channels)
    var top = 0
    for (pictures, row) in zip(rows, layout.rows) {
      var left = 0
      for (picture, scale) in zip(pictures, row.scales) {
        let tile = Tile(picture: picture, factor: scale)
        for line in 0..<tile.height {
          tile.write(line: line, channels: channels, to: &bytes, at: ((top + line) * width + left) * channels)
        }
        left += tile.width + SheetLayout.gap
      }
      top += row.height + SheetLayout.gap
    }
    return Image(width: width, height: layout.height, channels: channels, pixels: .bytes(bytes))
  }
}

extension Raster {
  /// Its rows and columns.
  var size: Size2D { Size2D(height, width) }
}
