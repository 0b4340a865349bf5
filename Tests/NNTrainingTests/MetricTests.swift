import NNData
import NNFormats
import Testing

@testable import NNTraining

@Suite("Metrics")
struct MetricTests {
  @Test("PSNR and SSIM are scikit-image's", arguments: ["colour", "grey", "large"])
  func agreesWithScikitImage(name: String) throws {
    let first = try NPY.read(Fixture.folder + name + "-a.npy")
    let second = try NPY.read(Fixture.folder + name + "-b.npy")
    let shape = Array(first.shape.dropFirst())
    let similarity = try #require(
      StructuralSimilarity(height: shape[0], width: shape[1], channels: shape[2], range: 1))
    let lines = try Fixture.lines(Fixture.folder + "metrics.txt").filter { $0.hasPrefix(name + " ") }
    #expect(lines.count == 3)
    for line in lines {
      let words = line.split(separator: " ").map(String.init)
      let index = try #require(Int(words[1]))
      let count = shape.reduce(1, *)
      let a = first.values[index * count..<(index + 1) * count]
      let b = second.values[index * count..<(index + 1) * count]
      let (psnr, ssim) = (try #require(Double(words[2])), try #require(Double(words[3])))
      #expect(abs(ErrorMetrics.psnr(a, b, range: 1) - psnr) < 1e-9)
      #expect(abs(similarity.mean(a, b) - ssim) < 1e-9)
    }
  }

  @Test("equal pictures have a similarity of 1 and 100 dB")
  func equalPictures() throws {
    let picture = (0..<16 * 16).map { Float($0) / 256 }
    let similarity = try #require(StructuralSimilarity(height: 16, width: 16, channels: 1, range: 1))
    #expect(abs(similarity.mean(picture[...], picture[...]) - 1) < 1e-12)
    #expect(ErrorMetrics.psnr(picture, picture, range: 1) == 100)
    #expect(ErrorMetrics.psnr([.nan], [0], range: 1).isNaN)
    #expect(ErrorMetrics.isRight([.nan, 1, 0], label: [1]) == false)
    #expect(ErrorMetrics.isRight([0, 1, 0], label: [1]) == true)
  }

  @Test("pictures smaller than the window have no similarity")
  func smallPictures() {
    #expect(StructuralSimilarity(height: 10, width: 64, channels: 3, range: 1) == nil)
    var meter = MetricMeter([.ssim, .mse], mapping: .unit)
    let picture = [Float](repeating: 0.5, count: 100)
    meter.add(prediction: picture[...], target: picture[...], shape: [10, 10, 1], input: nil)
    #expect(meter.values.map(\.metric) == [.mse])
  }

  @Test("picture metrics do not depend on the range that the network works in")
  func mappedRange() throws {
    let count = 12 * 12 * 3
    let a = (0..<count).map { Float($0 % 17) / 17 }
    let b = (0..<count).map { Float($0 % 13) / 13 }
    let mappings: [ValueMapping] = [
      .unit, .range(low: -1, high: 1), .standardize(mean: [0.4, 0.5, 0.6], deviation: [0.2, 0.25, 0.3]),
    ]
    let values = mappings.map { mapping in
      var meter = MetricMeter([.psnr, .ssim], mapping: mapping)
      let mapped = [a, b].map { values in
        values.indices.map { index in
          let map = mapping.coefficients(channel: index % 3)
          return values[index] * map.scale + map.offset
        }
      }
      meter.add(prediction: mapped[0][...], target: mapped[1][...], shape: [12, 12, 3], input: nil)
      return meter.values.map(\.value)
    }
    for other in values.dropFirst() {
      #expect(abs(other[0] - values[0][0]) < 1e-4)
      #expect(abs(other[1] - values[0][1]) < 1e-5)
    }
  }

  @Test("PSNR of several pictures is the mean of theirs, and the input's stands beside it")
  func meanOverPictures() throws {
    var meter = MetricMeter([.psnr, .mae], mapping: .unit)
    let target = [Float](repeating: 0.5, count: 4)
    for error: Float in [0.1, 0.01] {
      let output = target.map { $0 + error }
      let input = target.map { $0 + 0.25 }
      meter.add(prediction: output[...], target: target[...], shape: [2, 2, 1], input: input[...])
    }
    let psnr = try #require(meter.values.first)
    #expect(abs(psnr.value - 30) < 1e-4)
    #expect(abs(try #require(psnr.ofInput) - 12.0412) < 1e-4)
    #expect(abs(meter.values[1].value - 0.055) < 1e-6)
    #expect(meter.values[1].ofInput == nil)
  }

  @Test("a class is right by its index or by its mark")
  func accuracy() {
    let scores: ArraySlice<Float> = [9, 0.1, 0.7, 0.2][1...]
    #expect(ErrorMetrics.isRight(scores, label: [1]) == true)
    #expect(ErrorMetrics.isRight(scores, label: [2]) == false)
    #expect(ErrorMetrics.isRight(scores, label: [0, 1, 0]) == true)
    #expect(ErrorMetrics.isRight(scores, label: [1, 0, 0]) == false)
    #expect(ErrorMetrics.isRight(scores, label: [1, 0]) == nil)
    #expect(ErrorMetrics.isRight([0.7], label: [1]) == true)
    #expect(ErrorMetrics.isRight([0.3], label: [1]) == false)
  }
}
