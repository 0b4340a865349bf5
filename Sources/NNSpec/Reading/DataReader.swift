import NNDiagnostics

/// Reads one data source.
enum DataReader {
  /// `folder` is the file's folder, seen from the spec's.
  static func read(
    _ entry: Node.Entry, folder: String, in environment: Environment, diagnostics: inout Diagnostics
  ) -> DataSource {
    var decoder = TableDecoder(
      environment, owner: "the data source `\(entry.name)`", keySpan: entry.key.span, kind: entry.name)
    let node = entry.value.isNull ? nil : entry.value
    let arguments = decoder.decode(node, keys: DataKeys.source, span: entry.value.span)
    diagnostics.add(contentsOf: decoder.diagnostics)
    let (written, originSpan) = origin(entry, arguments, diagnostics: &diagnostics)
    let origin = written.inFolder(folder)
    var isShapeInvalid = arguments.isInvalid("shape")
    if case .images = origin, !arguments.isGiven("shape"), !isShapeInvalid {
      diagnostics.add(.noShape(entry.name, at: entry.key.span))
      isShapeInvalid = true
    }
    return DataSource(
      name: entry.name, nameSpan: entry.key.span, origin: origin, originSpan: originSpan,
      shape: arguments.shape("shape").map { Spanned($0, at: arguments.span(of: "shape")) },
      isShapeInvalid: isShapeInvalid,
      scale: ValueScale(arguments, diagnostics: &diagnostics),
      augment: kinds("augment", arguments).compactMap { augmentation($0, diagnostics: &diagnostics) },
      degrade: kinds("degrade", arguments).compactMap { degradation($0) },
      validation: validation(arguments, folder: folder),
      samplesPerEpoch: arguments.integer("samples_per_epoch").map {
        Spanned($0, at: arguments.span(of: "samples_per_epoch"))
      },
      part: SpecPart(node, environment, folder: folder))
  }

  private static func origin(
    _ entry: Node.Entry, _ arguments: Arguments, diagnostics: inout Diagnostics
  ) -> (DataSource.Origin, Span) {
    let kinds = DataKeys.origins + ["cifar10", "classes", "pairs", "synthetic"]
    let given = (entry.value.mapping ?? []).filter { kinds.contains($0.name) }
    guard let first = given.first else {
      let isMisspelt = kinds.contains { arguments.isInvalid($0) }
      if entry.value.mapping != nil || entry.value.isNull, !isMisspelt {
        diagnostics.add(.noSource(entry.name, at: entry.key.span))
      }
      return (.invalid, entry.key.span)
    }
    if given.count > 1 { diagnostics.add(.severalSources(first, given[1])) }
    let span = arguments.span(of: first.name)
    let origin: DataSource.Origin? =
      switch first.name {
      case "images": arguments.string("images").map { .images(Spanned($0, at: span)) }
      case "npy": arguments.string("npy").map { .npy(Spanned($0, at: span)) }
      case "idx": arguments.kind("idx").flatMap(idx)
      default: nil
      }
    return (origin ?? .invalid, first.key.span)
  }

  private static func idx(_ arguments: Arguments) -> DataSource.Origin? {
    guard let images = arguments.string("images"), !arguments.isInvalid("labels") else { return nil }
    return .idx(
      images: Spanned(images, at: arguments.span(of: "images")),
      labels: arguments.string("labels").map { Spanned($0, at: arguments.span(of: "labels")) })
  }

  private static func validation(
    _ arguments: Arguments, folder: String
  ) -> Spanned<DataSource.Validation>? {
    let span = arguments.span(of: "validation")
    if let share = arguments.real("validation") { return Spanned(.share(share), at: span) }
    guard let inner = arguments.kind("validation"), let path = inner.string("images") else { return nil }
    return Spanned(.images(Paths.join(folder, Spanned(path, at: inner.span(of: "images")))), at: span)
  }

  private static func kinds(_ key: String, _ arguments: Arguments) -> [Arguments] {
    (arguments.list(key) ?? []).compactMap { if case .kind(let kind) = $0.value, kind.isValid { kind } else { nil } }
  }

  private static func augmentation(
    _ kind: Arguments, diagnostics: inout Diagnostics
  ) -> Spanned<Augmentation>? {
    let result: Augmentation?
    switch kind.kind {
    case "random_crop":
      let scale = (kind.list("scale") ?? []).compactMap(\.value.real)
      guard scale.count == 2 else { return nil }
      guard scale[0] <= scale[1] else {
        diagnostics.add(
          .emptyRange(scale[0], scale[1], what: "`scale` of `random_crop`", at: kind.span(of: "scale")))
        return nil
      }
      result = .randomCrop(scaleLow: scale[0], scaleHigh: scale[1])
    case "flip": result = kind.word("direction").flatMap(Augmentation.Direction.init).map { .flip($0) }
    case "rotate": result = kind.real("degrees").map { .rotate(degrees: $0) }
    case "brightness": result = kind.real("amount").map { .brightness($0) }
    default: preconditionFailure("data: no augmentation is made of `\(kind.kind)`")
    }
    return result.map { Spanned($0, at: kind.span) }
  }

  private static func degradation(_ kind: Arguments) -> Spanned<Degradation>? {
    let result: Degradation? =
      switch kind.kind {
      case "noise": kind.real("stddev").map { .noise(standardDeviation: $0) }
      case "blur": kind.real("sigma").map { .blur(sigma: $0) }
      case "downscale": kind.integer("factor").map { .downscale($0) }
      case "grayscale": .grayscale
      case "mask": kind.real("share").map { .mask(share: $0) }
      default: preconditionFailure("data: no degradation is made of `\(kind.kind)`")
      }
    return result.map { Spanned($0, at: kind.span) }
  }
}

extension DataSource.Origin {
  /// With paths of files in `folder`.
  fileprivate func inFolder(_ folder: String) -> DataSource.Origin {
    switch self {
    case .images(let path): .images(Paths.join(folder, path))
    case .idx(let images, let labels):
      .idx(images: Paths.join(folder, images), labels: labels.map { Paths.join(folder, $0) })
    case .npy(let path): .npy(Paths.join(folder, path))
    case .invalid: .invalid
    }
  }
}

extension Value {
  /// The number, of an integer too.
  var real: Double? {
    switch self {
    case .real(let number): number
    case .integer(let number): Double(number)
    default: nil
    }
  }
}
