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
    if case .invalid = origin {
    } else if let kind = origins(arguments).first?.value, DataKeys.shapedOrigins.contains(kind),
      !arguments.isGiven("shape"), !isShapeInvalid
    {
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
      validation: validation(arguments, of: origin, diagnostics: &diagnostics).map { found in
        if case .samples(let held) = found.value { return Spanned(.samples(held.inFolder(folder)), at: found.span) }
        return found
      },
      samplesPerEpoch: arguments.integer("samples_per_epoch").map {
        Spanned($0, at: arguments.span(of: "samples_per_epoch"))
      },
      broken: arguments.word("broken").flatMap(DataSource.Broken.init).map {
        Spanned($0, at: arguments.span(of: "broken"))
      },
      part: SpecPart(node, environment, folder: folder))
  }

  /// The keys that say where samples come from, in order.
  private static func origins(_ arguments: Arguments) -> [Spanned<String>] {
    DataKeys.origins.filter { arguments.isGiven($0) }.map { Spanned($0, at: arguments.keySpan(of: $0)) }
      .sorted { $0.span.start < $1.span.start }
  }

  private static func origin(
    _ entry: Node.Entry, _ arguments: Arguments, diagnostics: inout Diagnostics
  ) -> (DataSource.Origin, Span) {
    let given = origins(arguments)
    guard let first = given.first else {
      let isMisspelt = DataKeys.origins.contains { arguments.isInvalid($0) }
      if entry.value.mapping != nil || entry.value.isNull, !isMisspelt {
        diagnostics.add(.noSource(entry.name, at: entry.key.span))
      }
      return (.invalid, entry.key.span)
    }
    if given.count > 1 { diagnostics.add(.severalSources(first, given[1])) }
    let span = arguments.span(of: first.value)
    let origin: DataSource.Origin? =
      switch first.value {
      case "images": arguments.string("images").map { .images(Spanned($0, at: span)) }
      case "npy": arguments.string("npy").map { .npy(Spanned($0, at: span)) }
      case "cifar10": arguments.string("cifar10").map { .cifar10(Spanned($0, at: span)) }
      case "classes": arguments.string("classes").map { .classes(Spanned($0, at: span)) }
      case "synthetic": arguments.word("synthetic").flatMap(DataSource.Synthetic.init).map { .synthetic($0) }
      case "idx": arguments.kind("idx").flatMap(idx)
      case "pairs": arguments.kind("pairs").flatMap(pairs)
      default: preconditionFailure("data: no source is made of `\(first.value)`")
      }
    return (origin ?? .invalid, first.span)
  }

  private static func idx(_ arguments: Arguments) -> DataSource.Origin? {
    guard let images = arguments.string("images"), !arguments.isInvalid("labels") else { return nil }
    return .idx(
      images: Spanned(images, at: arguments.span(of: "images")),
      labels: arguments.string("labels").map { Spanned($0, at: arguments.span(of: "labels")) })
  }

  private static func pairs(_ arguments: Arguments) -> DataSource.Origin? {
    guard let input = arguments.string("input"), let target = arguments.string("target") else { return nil }
    return .pairs(
      input: Spanned(input, at: arguments.span(of: "input")), target: Spanned(target, at: arguments.span(of: "target")))
  }

  private static func validation(
    _ arguments: Arguments, of origin: DataSource.Origin, diagnostics: inout Diagnostics
  ) -> Spanned<DataSource.Validation>? {
    let span = arguments.span(of: "validation")
    if let share = arguments.real("validation") { return Spanned(.share(share), at: span) }
    guard let inner = arguments.kind("validation"), inner.isValid else { return nil }
    let wanted = origin.validationKeys
    if case .invalid = origin { return nil }
    let unwanted = inner.byKey.keys.filter { !wanted.contains($0) }.sorted().first
    if wanted.isEmpty || unwanted != nil || wanted.contains(where: { !inner.isGiven($0) }) {
      diagnostics.add(
        .validationKeys(wanted, at: unwanted.map { inner.keySpan(of: $0) } ?? arguments.keySpan(of: "validation")))
      return nil
    }
    return held(inner, like: origin).map { Spanned(.samples($0), at: span) }
  }

  /// The samples to validate on, of the kind of those to train on.
  private static func held(_ inner: Arguments, like origin: DataSource.Origin) -> DataSource.Origin? {
    let images = inner.string("images").map { Spanned($0, at: inner.span(of: "images")) }
    switch origin {
    case .images, .synthetic: return images.map { .images($0) }
    case .npy: return images.map { .npy($0) }
    case .classes: return images.map { .classes($0) }
    case .idx: return idx(inner)
    case .pairs: return pairs(inner)
    case .cifar10, .invalid: return nil
    }
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
      let aspect = kind.isGiven("aspect") ? (kind.list("aspect") ?? []).compactMap(\.value.real) : [1, 1]
      guard aspect.count == 2 else { return nil }
      guard aspect[0] <= aspect[1] else {
        diagnostics.add(
          .emptyRange(aspect[0], aspect[1], what: "`aspect` of `random_crop`", at: kind.span(of: "aspect")))
        return nil
      }
      result = .randomCrop(
        scaleLow: scale[0], scaleHigh: scale[1], aspectLow: aspect[0], aspectHigh: aspect[1])
    case "flip": result = kind.word("direction").flatMap(Augmentation.Direction.init).map { .flip($0) }
    case "rotate": result = kind.real("degrees").map { .rotate(degrees: $0) }
    case "brightness": result = kind.real("amount").map { .brightness($0) }
    case "contrast": result = kind.real("amount").map { .contrast($0) }
    case "saturation": result = kind.real("amount").map { .saturation($0) }
    case "hue": result = kind.real("amount").map { .hue($0) }
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
    case .cifar10(let path): .cifar10(Paths.join(folder, path))
    case .classes(let path): .classes(Paths.join(folder, path))
    case .pairs(let input, let target):
      .pairs(input: Paths.join(folder, input), target: Paths.join(folder, target))
    case .synthetic(let what): .synthetic(what)
    case .invalid: .invalid
    }
  }

  /// The keys of `validation` that name samples like these; none where they cannot be named.
  fileprivate var validationKeys: [String] {
    switch self {
    case .images, .synthetic, .npy, .classes: ["images"]
    case .idx(_, let labels): labels == nil ? ["images"] : ["images", "labels"]
    case .pairs: ["input", "target"]
    case .cifar10, .invalid: []
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
