import NNData
import NNFormats
import NNTensor
import TemporaryFolders
import Testing

@testable import NNTraining

@Suite("The best and the worst samples")
struct ExtremeSampleTests {
  private func picture(_ side: Int, _ value: Float) throws -> Raster {
    try #require(
      ValueMapping.unit.unmap(
        [Float](repeating: value, count: side * side), height: side, width: side, channels: 1))
  }

  /// Ranks samples whose pictures are as bright as their place among 100.
  private func ranking(
    _ values: [Double], by metric: Metric, limit: Int = 4, side: Int = 128
  ) throws -> (ranking: SampleRanking, image: Image, made: Int) {
    let folder = try TemporaryFolder()
    let extremes = ExtremeSamples(by: metric, limit: limit)
    var made = 0
    for (index, value) in values.enumerated() {
      let row = [try picture(side, Float(index) / 100)]
      extremes.add(value, title: "sample \(index)") {
        made += 1
        return row
      }
    }
    let ranking = try #require(try extremes.write(to: folder.file("sheet.png")))
    return (ranking, try ImageFile.read(folder.file("sheet.png")), made)
  }

  @Test("rows go from the best to the worst, whichever way the metric counts")
  func order() throws {
    let values = [5, 1, 9, 3, 7, 2, 8, 4.0]
    let high = try ranking(values, by: .psnr, limit: 2).ranking
    #expect(high.best.map(\.value) == [9, 8] && high.worst.map(\.value) == [2, 1])
    #expect(high.best.map(\.title) == ["sample 2", "sample 6"])
    let (low, image, made) = try ranking(values, by: .mse, limit: 2)
    #expect(low.best.map(\.value) == [1, 2] && low.worst.map(\.value) == [8, 9])
    #expect(made < values.count)
    let bytes = try #require({ if case .bytes(let bytes) = image.pixels { bytes } else { nil } }())
    let shades = (0..<4).map { Int(bytes[($0 * 130 + 64) * image.width + 64]) }
    #expect(shades == [1, 5, 6, 2].map { Int((Double($0) * 2.55).rounded()) })
  }

  @Test("few samples stand on one side only, and no sample twice")
  func few() throws {
    for count in 1...9 {
      let ranking = try ranking((0..<count).map { Double($0 * 7 % 5) }, by: .ssim).ranking
      #expect(ranking.best.count == min(4, (count + 1) / 2) && ranking.worst.count == min(4, count / 2))
      let titles = (ranking.best + ranking.worst).map(\.title)
      #expect(Set(titles).count == titles.count)
      let values = (ranking.best + ranking.worst).map(\.value)
      #expect(values == values.sorted(by: >))
    }
  }

  @Test("what is no number is the worst, and large pictures are fewer")
  func extremes() throws {
    let ranking = try ranking([.nan, 3, 4, .nan, 5, 6, 7, 8, 9], by: .psnr, limit: 2).ranking
    #expect(ranking.best.map(\.value) == [9, 8] && ranking.worst.allSatisfy(\.value.isNaN))
    #expect(ranking.worst.map(\.title) == ["sample 0", "sample 3"])
    let large = try self.ranking([1, 2, 3, 4], by: .psnr, side: 1800).ranking
    #expect(large.best.map(\.value) == [4] && large.worst.map(\.value) == [1])
  }
}
