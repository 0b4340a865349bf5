/// A spec to start from: it checks and trains as soon as its data is there, and its comments teach the language.
public struct Template: Sendable {
  /// What `nnc new --template` calls it.
  public let name: String
  /// What it is, in half a sentence.
  public let summary: String
  /// What has to be there before it trains, as a step for people.
  public let data: String
  /// The spec.
  public let text: String

  /// All templates, the simplest first; the first is the default.
  public static let all: [Template] = [
    .autoencoder, .denoiser, .superResolution, .unet, .residual, .classifier, .gan, .perceptual,
  ]

  /// The template of this name.
  public static func named(_ name: String) -> Template? { all.first { $0.name == name } }

  static let pictures = "put PNG or JPEG pictures into `photos`, or change `images:`"
}
