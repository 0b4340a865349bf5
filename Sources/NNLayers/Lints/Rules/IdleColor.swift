import NNDiagnostics
import NNSpec

extension Lint {
  static let idleColor = Lint(
    DiagnosticCode("NNC0624", "idle-color"), "a change of colours of pictures that have none",
    reason: """
      Pictures of one channel have brightness and contrast, but no colours: `saturation`, `hue` and `grayscale` leave each
      of them as it is. Where `grayscale` is the only degradation, the network learns to give back what it was given.
      """,
    found: [
      greys("augment: [{hue: {amount: 0.1}}]"),
      greys("augment: [{brightness: {amount: 0.2}}, {saturation: {amount: 0.3}}], degrade: [grayscale]"),
    ],
    passed: [
      greys("augment: [{brightness: {amount: 0.2}}, {contrast: {amount: 0.2}}]"),
      picture("augment: [{hue: {amount: 0.1}}]", "output: {channels: 3}"),
    ]
  ) { context in
    context.spec.ownData.flatMap { source -> [LintFinding] in
      guard let shape = context.facts[source.name]?.fields.first?.shape, shape.count == 3, shape[2] == 1 else {
        return []
      }
      let idle =
        source.augment.compactMap { step -> (String, Span)? in
          switch step.value {
          case .saturation: ("saturation", step.span)
          case .hue: ("hue", step.span)
          case .randomCrop, .flip, .rotate, .brightness, .contrast: nil
          }
        } + source.degrade.filter { $0.value == .grayscale }.map { ("grayscale", $0.span) }
      return idle.map { name, span in
        LintFinding(
          "`\(name)` changes nothing", at: span, "pictures of `\(source.name)` have one channel",
          labels: [Label("", at: source.shape?.span ?? source.nameSpan)],
          help: [
            source.shape == nil
              ? "remove `\(name)`"
              : "remove `\(name)`, or read the pictures in colour: `shape: [\(shape[0]), \(shape[1]), 3]`"
          ])
      }
    }
  }

  /// A spec of pictures without colours.
  private static func greys(_ data: String) -> String {
    """
    nnc: 1
    data: {photos: {images: data/photos, shape: [16, 16, 1], validation: 20%, \(data)}}
    network: [conv: {filters: 8, activation: relu}, output: {channels: 1}]
    loss: mse
    train: {epochs: 1, batch_size: 4, optimizer: adam}

    """
  }
}
