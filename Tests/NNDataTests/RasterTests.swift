import NNFormats
import NNRandom
import Testing

@testable import NNData

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct RasterTests {
  private let picture: Image
  private let unit: Raster
  private let plane: Raster

  init() throws {
    let (shape, values) = try NPY.read(Fixture.folder + "picture.npy")
    let bytes = values.map { UInt8($0) }
    picture = try #require(Image(width: shape[1], height: shape[0], channels: 3, pixels: .bytes(bytes)))
    let raster = Raster(picture)
    unit = raster
    let green = stride(from: 1, to: raster.values.count, by: 3).map { raster.values[$0] }
    plane = Raster(height: shape[0], width: shape[1], channels: 1, values: green)
  }

  private var whole: Region { Region(top: 0, left: 0, height: 9, width: 12) }

  private func expect(_ raster: Raster, _ name: String, within tolerance: Float = 1e-5) throws {
    let (shape, values) = try NPY.read(Fixture.folder + name + ".npy")
    #expect([raster.height, raster.width] == Array(shape.prefix(2)))
    #expect(raster.values.count == values.count)
    let worst = zip(raster.values, values).map { abs($0 - $1) }.max() ?? 1
    #expect(worst <= tolerance, "\(name): worst difference \(worst)")
  }

  @Test func shrinkingIsTheExactAreaMean() throws {
    try expect(picture.resized(whole, height: 4, width: 5), "area_4x5")
    try expect(unit.resized(whole, height: 4, width: 5), "area_4x5")
    try expect(plane.resized(whole, height: 3, width: 4), "box_3x4")
  }

  @Test func growingIsPillowsBilinear() throws {
    try expect(plane.resized(whole, height: 13, width: 20), "bilinear_13x20")
  }

  @Test func theSameSizeIsUnchanged() {
    let same = picture.resized(whole, height: 9, width: 12)
    #expect(zip(same.values, unit.values).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func rotationIsPillowsBilinearWithBlackOutside() throws {
    try expect(plane.rotated(degrees: 17), "rotate_17", within: 1e-4)
    try expect(plane.rotated(degrees: -100), "rotate_minus_100", within: 1e-4)
    #expect(plane.rotated(degrees: 0) == plane)
  }

  @Test func blurIsSciPysGaussian() throws { try expect(unit.blurred(1.3), "blur_1.3") }
  @Test func aBlurOfNothingChangesNothing() throws { #expect(unit.blurred(1e-300) == unit) }

  @Test func greyIsPillowsLuma() throws {
    try expect(unit.with(channels: 1), "luma", within: 0.6 / 255)
    let grey = plane.with(channels: 3)
    #expect(stride(from: 0, to: grey.values.count, by: 3).map { grey.values[$0] } == plane.values)
    #expect(stride(from: 2, to: grey.values.count, by: 3).map { grey.values[$0] } == plane.values)
  }

  @Test func coloursChangeAsInPillow() throws {
    var brighter = unit
    brighter.blend(with: [0], factor: 1.4)
    try expect(brighter, "brightness_1.4", within: 1.1 / 255)
    var flatter = unit
    let luma = unit.luma()
    flatter.blend(with: [luma.reduce(0, +) / Float(luma.count)], factor: 0.6)
    try expect(flatter, "contrast_0.6", within: 1.1 / 255)
    var stronger = unit
    stronger.blend(with: luma, factor: 1.5)
    try expect(stronger, "saturation_1.5", within: 2.1 / 255)
  }

  @Test func huesTurnAsColorsysAndTorchvisionDefine() throws {
    var turned = unit
    turned.turnHue(by: 0.3)
    try expect(turned, "hue_0.3")
    turned = unit
    turned.turnHue(by: -0.45)
    try expect(turned, "hue_minus_0.45")
    var grey = plane
    grey.turnHue(by: 0.3)
    #expect(grey == plane)
  }

  @Test func flipsArePillows() throws {
    var mirrored = unit
    mirrored.mirror(columns: true)
    try expect(mirrored, "flip_horizontal")
    mirrored = unit
    mirrored.mirror(columns: false)
    try expect(mirrored, "flip_vertical")
  }

  @Test func cropsArePillowsBoxesOfAPart() throws {
    try expect(plane.resized(Region(top: 1, left: 2, height: 5, width: 7), height: 5, width: 7), "crop_5x7")
    try expect(plane.resized(Region(top: 2, left: 1, height: 6, width: 10), height: 3, width: 2), "crop_3x2")
  }

  @Test("a random change draws its factor as torchvision's ColorJitter", arguments: [0, 0.2, 1])
  func jitterBounds(share: Double) {
    let start = Raster(height: 1, width: 2, channels: 3, values: [0.2, 0.3, 0.1, 0.3, 0.4, 0.2])
    var random = RandomStream(seed: 3, purpose: .testing)
    var factors: [Float] = []
    for _ in 0..<500 {
      var raster = start
      Augmentation.brightness(share).apply(to: &raster, height: 1, width: 2, random: &random)
      factors.append(raster.values[2] / 0.1)
    }
    let (low, high) = (factors.min() ?? 0, factors.max() ?? 0)
    #expect(low >= Float(1 - share) - 1e-5 && high <= Float(1 + share) + 1e-5)
    #expect(share == 0 || Double(high - low) > 1.9 * share)
  }

  @Test func flipsMirror() {
    var raster = Raster(height: 2, width: 2, channels: 1, values: [1, 2, 3, 4])
    raster.mirror(columns: true)
    #expect(raster.values == [2, 1, 4, 3])
    raster.mirror(columns: false)
    #expect(raster.values == [4, 3, 2, 1])
  }

  @Test func fittingTakesTheCentre() {
    let image = Picture.image(0, width: 40, height: 10)
    let fitted = Raster(fitting: image, height: 5, width: 5, channels: 3)
    let centre = image.resized(Region(top: 0, left: 15, height: 10, width: 10), height: 5, width: 5)
    #expect(fitted == centre)
  }

  @Test func runningFitsAsTrainingDoes() throws {
    let pixels = (0..<12 * 10 * 3).map { Float($0 * 37 % 360) / 65535 }
    let image = try #require(Image(width: 12, height: 10, channels: 3, pixels: .floats(pixels)))
    for channels in [1, 3] {
      let fitted = Raster(image).fitted(height: 4, width: 6).with(channels: channels)
      #expect(fitted == Raster(fitting: image, height: 4, width: 6, channels: channels))
    }
  }

  @Test func randomCropsStayInsideAndCoverTheirArea() {
    var random = RandomStream(seed: 3, purpose: .testing)
    for _ in 0..<2000 {
      let region = Region.random(
        inHeight: 341, inWidth: 512, height: 64, width: 64, scale: 0.2...0.6, aspect: 0.75...1.333, random: &random)
      #expect(region.top >= 0 && region.left >= 0)
      #expect(region.top + region.height <= 341 && region.left + region.width <= 512)
      let share = region.height * region.width / (341 * 512)
      #expect(share > 0.195 && share < 0.605)
      #expect(region.width / region.height > 0.73 && region.width / region.height < 1.36)
    }
  }

  @Test func aWholeCropOfAWidePictureIsItsCentre() {
    var random = RandomStream(seed: 3, purpose: .testing)
    let region = Region.random(
      inHeight: 100, inWidth: 300, height: 10, width: 10, scale: 1...1, aspect: 1...1, random: &random)
    #expect(region == Region(top: 0, left: 100, height: 100, width: 100))
  }

  @Test func noiseHasItsDeviationInUnitsOfTheRange() {
    var raster = Raster(height: 100, width: 100, channels: 3, values: [Float](repeating: 0.5, count: 30_000))
    var random = RandomStream(seed: 1, purpose: .testing)
    Degradation.noise(0.1).apply(to: &raster, mapping: .range(low: -1, high: 1), random: &random)
    let mapped = ValueMapping.range(low: -1, high: 1).map(raster)
    let mean = mapped.reduce(0, +) / 30_000
    let variance = mapped.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 30_000
    #expect(abs(mean) < 0.005)
    #expect(abs(variance.squareRoot() - 0.1) < 0.003)
  }

  @Test func noiseIsNormal() {
    var random = RandomStream(seed: 12, purpose: .testing)
    let values = Noise.normals(200_003, &random).map { Double($0) }
    #expect(values.count == 200_003)
    let count = Double(values.count)
    #expect(abs(values.reduce(0, +) / count) < 0.01)
    #expect(abs(values.reduce(0) { $0 + $1 * $1 } / count - 1) < 0.02)
    #expect(abs(values.reduce(0) { $0 + $1 * $1 * $1 } / count) < 0.03)
    #expect(abs(values.reduce(0) { $0 + $1 * $1 * $1 * $1 } / count - 3) < 0.1)
    #expect(abs(Double(values.filter { abs($0) > 2 }.count) / count - 0.0455) < 0.002)
    #expect(abs(Double(values.filter { $0 > 1 }.count) / count - 0.15866) < 0.003)
    let products = zip(values, values.dropFirst(8)).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(abs(products / count) < 0.01, "the cosine and sine halves depend on each other")
  }

  @Test func theLogarithmIsExactToSinglePrecision() {
    for value: Float in [1, 0.5, 0.70710677, 0.7071068, 1e-7, 0x1p-23, 0.9999999, 0.3] {
      let got = Noise.logarithm(SIMD8(repeating: value))[0]
      let wanted = Float(log(Double(value)))
      #expect(abs(got - wanted) <= max(abs(wanted), 1e-7) * 3e-7)
    }
  }

  @Test(arguments: [0, 0.1, 0.25, 0.5, 1])
  func aMaskBlackensItsPartOfTheArea(fraction: Double) {
    var random = RandomStream(seed: 9, purpose: .testing)
    for _ in 0..<50 {
      var raster = Raster(height: 40, width: 60, channels: 3, values: [Float](repeating: 1, count: 7200))
      raster.mask(fraction, random: &random)
      let black = Double(raster.values.filter { $0 == 0 }.count) / 7200
      #expect(abs(black - fraction) < 0.03)
    }
  }

  @Test func mappingAndBackGivesThePicture() throws {
    let mappings: [ValueMapping] = [
      .unit, .range(low: -1, high: 1), .range(low: 0, high: 255),
      .standardize(mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225]),
      .standardize(mean: [0.5], deviation: [0.25]),
    ]
    for mapping in mappings {
      let back = try #require(mapping.unmap(mapping.map(unit), height: 9, width: 12, channels: 3))
      #expect(zip(back.values, unit.values).allSatisfy { abs($0 - $1) < 1e-5 })
      #expect(back.image == picture)
    }
    let first = mappings[3].map(unit)[0]
    #expect(abs(first - (unit.values[0] - 0.485) / 0.229) < 1e-5)
    #expect(ValueMapping.unit.unmap([1], height: 2, width: 2, channels: 3) == nil)
  }
}
