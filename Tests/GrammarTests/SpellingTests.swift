import Foundation
import NNDiagnostics
import NNText
import Testing

@testable import NNLayers
@testable import NNSpec

/// Did-you-mean, over every name that a spec may hold.
@Suite struct SpellingTests {
  /// The names that may stand at one place.
  static let places: [(place: String, names: [String])] = {
    var places: [(String, [String])] = [
      ("the spec", SectionKeys.topLevel.names), ("a data source", DataKeys.source.names),
      ("a network", SectionKeys.network.names), ("train", TrainKeys.train.names),
      ("expect", SectionKeys.expect.names),
    ]
    let families = [
      LayerRegistry.family, LossRegistry.family, TrainKeys.optimizers, DataKeys.augmentations, DataKeys.degradations,
      Key.activationFamily,
    ]
    for family in families {
      places.append((family.noun, family.names))
      for name in family.names {
        guard let kind = family[name], !kind.keys.names.isEmpty else { continue }
        places.append(("\(family.noun) \(name)", KeyTable(kind.keys.keys + family.commonKeys).names))
        for key in kind.keys.keys {
          if case .word(let words) = key.type { places.append(("\(key.name) of \(name)", words)) }
        }
      }
    }
    return places
  }()

  @Test func `a name with one slip of the hand is recognised first, in 95 of 100 cases`() throws {
    var random = Generator(seed: 20_261_128)
    var (right, all) = (0, 0)
    var wrong: [String: Int] = [:]
    for (place, names) in SpellingTests.places {
      for name in names where name.count > 1 {
        for slip in slips(of: name, &random) where !names.contains(slip) {
          all += 1
          let found = Suggestion.closest(to: slip, among: names)
          if found == name { right += 1 } else { wrong["\(place): \(slip) for \(name), not \(found ?? "nothing")"] = 1 }
        }
      }
    }
    let rate = Double(right) / Double(all)
    print("did-you-mean: \(right) of \(all) misspellings, \((rate * 1000).rounded() / 10) %")
    if ProcessInfo.processInfo.environment["NNC_DEBUG"] == "1" { print(wrong.keys.sorted().joined(separator: "\n")) }
    #expect(all > 5_000)
    #expect(rate >= 0.95, "\(wrong.keys.sorted().prefix(40))")
  }

  /// Every deletion and swap of neighbours, and for each place an insertion and a substitution by a letter drawn.
  private func slips(of name: String, _ random: inout Generator) -> Set<String> {
    let letters = Array(name)
    let alphabet = Array("abcdefghijklmnopqrstuvwxyz")
    var slips: Set<String> = []
    for index in letters.indices {
      var slip = letters
      slip.remove(at: index)
      slips.insert(String(slip))
      slip = letters
      slip[index] = alphabet[random.next(below: alphabet.count)]
      slips.insert(String(slip))
      slip = letters
      slip.insert(alphabet[random.next(below: alphabet.count)], at: index)
      slips.insert(String(slip))
      if index + 1 < letters.count {
        slip = letters
        slip.swapAt(index, index + 1)
        slips.insert(String(slip))
      }
    }
    slips.remove(name)
    return slips
  }

  @Test(
    "what other frameworks write is recognised",
    arguments: [
      ("layer", "Conv2D", "conv"), ("layer", "nn.Conv2d", "conv"), ("layer", "ConvTranspose2d", "transposed_conv"),
      ("layer", "deconv", "transposed_conv"), ("layer", "Conv2DTranspose", "transposed_conv"),
      ("layer", "tf.keras.layers.MaxPooling2D", "max_pool"), ("layer", "maxpool", "max_pool"),
      ("layer", "Linear", "dense"), ("layer", "fc", "dense"), ("layer", "PixelShuffle", "depth_to_space"),
      ("layer", "BatchNorm2d", "batch_norm"), ("layer", "Concatenate", "concat"), ("layer", "view", "reshape"),
      ("layer", "GaussianNoise", "noise"), ("layer", "AdaptiveAvgPool2d", "global_avg_pool"),
      ("layer conv", "out_channels", "filters"), ("layer conv", "kernel_size", "kernel"),
      ("layer conv", "strides", "stride"), ("layer conv", "use_bias", "bias"), ("layer conv", "pad", "padding"),
      ("layer dense", "out_features", "units"), ("layer dropout", "p", "rate"), ("layer batch_norm", "eps", "epsilon"),
      ("layer upsample", "scale_factor", "factor"), ("layer upsample", "mode", "method"),
      ("layer reshape", "target_shape", "shape"), ("layer conv", "inputs", "from"),
      ("initializer of conv", "xavier", "glorot_uniform"), ("loss", "MSELoss", "mse"), ("loss", "nn.L1Loss", "mae"),
      ("loss", "BCEWithLogitsLoss", "binary_cross_entropy"), ("loss", "SmoothL1Loss", "huber"),
      ("loss", "CrossEntropyLoss", "cross_entropy"), ("loss", "LPIPS", "perceptual"),
      ("loss", "GANLoss", "adversarial"),
      ("optimizer", "SGD", "sgd"), ("optimizer", "torch.optim.AdamW", "adamw"),
      ("optimizer adam", "lr", "learning_rate"),
      ("optimizer adam", "wd", "weight_decay"), ("train", "batch-size", "batch_size"),
      ("train", "num_epochs", "epochs"),
      ("train", "max_steps", "steps"), ("train", "optimiser", "optimizer"), ("the spec", "model", "network"),
      ("the spec", "dataset", "data"), ("the spec", "trainer", "train"), ("the spec", "variables", "vars"),
      ("a data source", "root", "images"), ("a data source", "image_size", "shape"),
      ("a data source", "transforms", "augment"), ("a data source", "validation_split", "validation"),
      ("augmentation", "RandomHorizontalFlip", "flip"), ("degradation", "GaussianBlur", "blur"),
      ("activation", "LeakyReLU", "leaky_relu"), ("activation", "swish", "silu"),
      ("a network", "pretrained", "weights"),
    ])
  func foreign(place: String, word: String, meant: String) throws {
    let names = try #require(SpellingTests.places.first { $0.place == place }?.names, "\(place)")
    let match = Suggestion.match(word, among: names)
    #expect(match?.name == meant && match?.isSure == true, "\(match?.name ?? "nothing")")
  }

  @Test("a word that resembles nothing gets no suggestion", arguments: ["banana", "zzz", "quux", "3"])
  func nothing(word: String) throws {
    for (place, names) in SpellingTests.places {
      #expect(Suggestion.closest(to: word, among: names) == nil, "\(place)")
    }
  }
}

/// A linear congruential generator: the same slips each time.
private struct Generator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next(below count: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(count))
  }
}
