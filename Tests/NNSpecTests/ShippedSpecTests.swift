import Foundation
import NNDiagnostics
import NNSpec
import Testing

@Suite struct ShippedSpecTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Specs").path

  @Test(
    "the shipped specs of this version are read without a diagnostic",
    arguments: ["quickstart", "fakeapp", "classifier"])
  func clean(name: String) {
    let reading = SampleKinds.decode(SpecReader.read(path: "\(ShippedSpecTests.folder)/\(name).yaml")).reading
    #expect(codes(reading) == [])
    #expect(reading.spec?.name == name)
  }

  @Test("fakeapp's sections have the values of its text")
  func fakeapp() throws {
    let spec = try #require(SpecReader.read(path: "\(ShippedSpecTests.folder)/fakeapp.yaml").spec)
    let source = try #require(spec.data.first)
    #expect(source.name == "frames" && source.shape?.value == [256, 256, 3])
    #expect(source.scale.range?.value.low == 0 && source.scale.range?.value.high == 1)
    #expect(
      source.augment.map(\.value) == [
        .randomCrop(scaleLow: 0.5, scaleHigh: 1), .rotate(degrees: 10), .flip(.horizontal),
      ])
    if case .share(let share)? = source.validation?.value { #expect(share == 0.1) } else { Issue.record("no share") }
    let network = try #require(spec.networks.first)
    #expect(network.name == "autoencoder" && network.layers.count == 12 && network.isComplete)
    #expect(network.layers.first?.name?.value == "conv1")
    #expect(spec.losses.map(\.name) == ["reconstruction"] && spec.losses.first?.weight == 1)
    #expect(spec.metrics.map(\.value) == [.psnr, .ssim])
    #expect(spec.train?.length?.value == .epochs(10) && spec.train?.batchSize?.value == 4)
    let optimizer = try #require(spec.train?.optimizer)
    #expect(optimizer.rule == .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8))
    #expect(optimizer.learningRate == 1e-3 && optimizer.weightDecay == 1e-5 && !optimizer.decaysAll)
    #expect(spec.expect.output?.value == [256, 256, 3])
    #expect(spec.expect.parameters?.value == Comparison(.atMost, 1.5e6))
  }

  @Test(
    "specs with skips, phases and several networks have no mistake", arguments: ["unet", "adversarial", "feature-net"])
  func structures(name: String) {
    let reading = SpecReader.read(path: "\(ShippedSpecTests.folder)/\(name).yaml")
    #expect(codes(reading).isEmpty)
  }

  @Test("four mistakes give four errors and no more")
  func threeMistakes() {
    let reading = SampleKinds.decode(SpecReader.read(path: "\(ShippedSpecTests.folder)/invalid/three-mistakes.yaml"))
      .reading
    #expect(codes(reading) == ["NNC0201", "NNC0114", "NNC0203", "NNC0201"])
  }

  @Test("every kind of degradation is read in order")
  func degradations() {
    let text =
      "nnc: 1\ndata: {p: {npy: x.npy, degrade: [{noise: 0.1}, {blur: 1.5}, {downscale: 4}, grayscale, {mask: 0.25}]}}\nnetwork: [flatten]\n"
    #expect(
      read(text).spec?.data.first?.degrade.map(\.value) == [
        .noise(standardDeviation: 0.1), .blur(sigma: 1.5), .downscale(4), .grayscale, .mask(share: 0.25),
      ])
  }
}
