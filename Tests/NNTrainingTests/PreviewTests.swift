import NNData
import NNFormats
import NNTensor
import Testing

@testable import NNTraining

@Suite("Previews")
struct PreviewTests {
  private func picture(_ height: Int, _ width: Int, _ channels: Int, _ value: Float) throws -> Raster {
    let values = [Float](repeating: value, count: height * width * channels)
    return try #require(ValueMapping.unit.unmap(values, height: height, width: width, channels: channels))
  }

  @Test("pictures stand side by side, enlarged by whole factors to 128 pixels, a line between them")
  func layout() throws {
    let row = [try picture(50, 60, 3, 0), try picture(50, 60, 3, 1), try picture(50, 60, 3, 0.25)]
    let sheet = try #require(PreviewSheet(rows: [row, row]).image)
    #expect((sheet.height, sheet.width, sheet.channels) == (2 * 150 + 2, 3 * 180 + 4, 3))
    let bytes = sheet.quantized()
    func value(_ y: Int, _ x: Int) -> UInt8 { bytes[(y * sheet.width + x) * 3] }
    #expect([value(0, 0), value(0, 179), value(0, 180), value(0, 182), value(0, 364)] == [0, 0, 128, 255, 64])
    #expect([value(150, 0), value(152, 182)] == [128, 255])
  }

  @Test("a smaller input is enlarged to its output's height, and grey beside colour becomes colour")
  func superResolution() throws {
    let sheet = try #require(
      PreviewSheet(rows: [[try picture(16, 16, 1, 0), try picture(64, 64, 3, 1)]]).image)
    #expect((sheet.height, sheet.width, sheet.channels) == (128, 258, 3))
  }

  @Test("large pictures make fewer rows, but one at least")
  func limit() throws {
    let row = [try picture(1500, 1500, 1, 0), try picture(1500, 1500, 1, 1)]
    #expect(PreviewSheet(rows: Array(repeating: row, count: 8)).image?.height == 1500)
  }

  @Test("nearest enlarging keeps each pixel as a square")
  func enlarging() throws {
    let raster = try #require(ValueMapping.unit.unmap([0, 0.2, 0.4, 1], height: 2, width: 2, channels: 1))
    var bytes = [UInt8](repeating: 9, count: 6)
    PreviewSheet.Tile(picture: raster, factor: 2).write(line: 1, channels: 1, to: &bytes, at: 1)
    #expect(bytes == [9, 0, 0, 51, 51, 9])
    PreviewSheet.Tile(picture: raster, factor: 1).write(line: 1, channels: 3, to: &bytes, at: 0)
    #expect(bytes == [102, 102, 102, 255, 255, 255])
  }

  @Test("nothing to show makes no sheet")
  func nothing() {
    #expect(PreviewSheet(rows: [[], []]).image == nil && PreviewSheet(rows: [[], []]).obstacle == nil)
  }

  @Test(
    "elongated pictures are enlarged as far as viewers take them, or not at all",
    arguments: [
      ((1, 2_600), (3, 1), 8), ((2_600, 1), (1, 3), 25), ((1, 40_000), (2, 1), 1), ((1, 900_000), (1, 1), 1),
      ((900_000, 1), (1, 2), 1), ((900_000, 70), (1, 1), 1),
    ])
  func elongated(side: (Int, Int), count: (across: Int, shown: Int), factor: Int) throws {
    let size = Size2D(side.0, side.1)
    let count = side.0 == 1 ? count.across : count.shown
    let layout = try #require(SheetLayout(Array(repeating: Array(repeating: size, count: count), count: 8)))
    #expect(layout.rows[0].scales == Array(repeating: factor, count: count))
    #expect(layout.pixels <= ImageFile.maximumPixels && max(layout.height, layout.width) <= 1_000_000)
    #expect(layout.rows.count == 1 || layout.pixels < 9_000_000)
  }

  @Test("pictures that lie across each other are shown as they are; too large ones make no sheet, and it says why")
  func across() throws {
    let layout = try #require(SheetLayout([[Size2D(1, 3_000), Size2D(3_000, 1)]]))
    #expect((layout.height, layout.width) == (3_000, 3_003))
    for sizes in [
      [Size2D(1, 20_000), Size2D(20_000, 1)], [Size2D(1, 1_000_001)], [Size2D(9_000, 9_000)],
      [Size2D(1, Int.max), Size2D(Int.max, 1)], [Size2D(1 << 36, 1), Size2D(1, 1 << 36)],
    ] { #expect(SheetLayout([sizes]) == nil) }
    let sheet = PreviewSheet(rows: [[try picture(1, 20_000, 1, 0), try picture(20_000, 1, 1, 0)]])
    #expect(sheet.image == nil && sheet.rowCount == 0)
    #expect(sheet.obstacle == "pictures of 1×20000, 20000×1 pixels side by side are too large for a sheet")
  }

  @Test("a sheet is as large as its layout says")
  func predicted() throws {
    let rows = [[try picture(30, 7, 1, 0), try picture(61, 9, 3, 1)], [try picture(1, 5_000, 3, 0)]]
    let layout = try #require(SheetLayout(rows.map { $0.map(\.size) }))
    let image = try #require(PreviewSheet(rows: rows).image)
    #expect((image.height, image.width) == (layout.height, layout.width))
  }
}
