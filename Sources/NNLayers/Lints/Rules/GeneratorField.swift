import NNDiagnostics
import NNGraph
import NNTensor

extension Lint {
  static let generatorField = Lint(
    DiagnosticCode("NNC0622", "generator-field"),
    "a generator that sees less of the picture than the discriminator's patches",
    severity: .note,
    reason: """
      A discriminator whose output is a picture judges patches: each value depends on as many pixels as its receptive field
      (Isola and others, "Image-to-Image Translation with Conditional Adversarial Networks", CVPR 2017). Each pixel of the
      generator depends on its own receptive field. Where that is smaller than a patch, the generator cannot make the parts
      of a patch agree, which the discriminator sees. A discriminator that ends in `dense` is left alone.
      """,
    found: [
      patches("conv: {filters: 8, kernel: 3, activation: relu}"),
      patches("conv: {filters: 8, kernel: 1, activation: relu}, conv: {filters: 8, kernel: 5, activation: relu}"),
    ],
    passed: [
      patches("conv: {filters: 8, kernel: 7, activation: relu}, conv: {filters: 8, kernel: 9, activation: relu}"),
      patches("conv: {filters: 8, activation: relu}", last: "dense: {units: 1}"),
    ]
  ) { context in
    context.model.losses.compactMap { loss in
      guard let judge = loss.judge, judge.adversarial != nil, !judge.isOwnTerm,
        let generator = context.model.network(loss.network), let critic = context.model.network(judge.network),
        let seen = field(of: generator), let patch = critic.layers.last?.field.extent,
        seen.height < patch.height, seen.width < patch.width
      else { return nil }
      return LintFinding(
        "the generator sees less than the discriminator", at: judge.span,
        "`\(critic.name)` judges patches of \(patch) pixels, and each pixel of `\(generator.name)` depends on \(seen)",
        help: [
          "give `\(generator.name)` more or larger kernels, or shrink its pictures between, or `\(critic.name)` fewer layers"
        ])
    }
  }

  /// How much of the data, in pixels of its output, a value of a network depends on; nil for all, and for a network that
  /// takes another one's output.
  private static func field(of network: NetworkRecord) -> Size2D? {
    guard let extent = network.layers.last?.field.extent, let input = network.input, let output = network.output,
      input.count == 3, output.count == 3, network.dataInputs == [network.inputName]
    else { return nil }
    return Size2D(
      extent.height * max(1, output[0] / input[0]), extent.width * max(1, output[1] / input[1]))
  }

  private static func patches(_ layers: String, last: String = "output: {channels: 1}") -> String {
    """
    nnc: 1
    data: {photos: {images: data/photos, shape: [32, 32, 3], validation: 20%}}
    networks:
      model: {input: photos, layers: [\(layers), output: {channels: 3}]}
      critic:
        input: [32, 32, 3]
        layers:
          - conv: {filters: 8, kernel: 4, stride: 2, activation: leaky_relu}
          - conv: {filters: 8, kernel: 4, stride: 2, activation: leaky_relu}
          - \(last)
    losses:
      pixel: {mse: {prediction: model, target: photos}}
      adv: {adversarial: {kind: hinge, discriminator: critic, fake: model, real: photos}}
    train:
      steps: 10
      batch_size: 4
      optimizer: adam
      phases:
        - {name: critic, update: [critic], losses: [adv.discriminator]}
        - {name: model, update: [model], losses: [pixel, adv.generator]}

    """
  }
}
