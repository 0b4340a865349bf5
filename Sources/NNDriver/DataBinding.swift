import NNData
import NNDiagnostics
import NNFormats
import NNLayers
import NNSpec

/// From a spec's data source to an open one, and to what the checker needs to know of it.
enum DataBinding {
  /// Opens `source`; what is wrong with its files becomes a diagnostic at the path. `isUnreadable` is set where the
  /// machine is at fault.
  static func open(
    _ source: NNSpec.DataSource, in directory: String, diagnostics: inout Diagnostics, isUnreadable: inout Bool
  ) -> NNData.DataSource? {
    guard let description = description(of: source, in: directory) else { return nil }
    if case .npy = source.origin,
      let span = source.scale.span
    {
      diagnostics.add(.numbersAreNotMapped(at: span))
      return nil
    }
    do {
      return try NNData.DataSource.open(description)
    } catch {
      isUnreadable = isUnreadable || error.fault == .machine
      let place = place(of: error, source)
      if let shape = source.shape, shape.span == place, let meant = channelsLast(shape.value) {
        diagnostics.add(.channelsFirst(error.message, meant: meant, at: place))
      } else {
        diagnostics.add(.dataUnusable(error.message, isMissing: error.path.map(isMissing) ?? false, at: place))
      }
      return nil
    }
  }

  /// A shape of pictures whose channels stand first, in the order that is right.
  private static func channelsLast(_ shape: [Int]) -> [Int]? {
    guard shape.count == 3, [1, 3].contains(shape[0]), shape[2] > 4 else { return nil }
    return [shape[1], shape[2], shape[0]]
  }

  /// What an open source gives.
  static func facts(of data: NNData.DataSource) -> DataFacts {
    DataFacts(
      fields: data.fields.map { .init(name: $0.name, shape: $0.name == "label" ? [] : $0.shape) },
      classCount: data.classCount, samplesPerEpoch: data.samplesPerEpoch, validationSamples: data.validationCount)
  }

  /// What pictures of the declared shape would give, where the files are missing, so that the networks are checked too.
  static func declaredFacts(of source: NNSpec.DataSource) -> DataFacts? {
    guard case .images = source.origin, let shape = source.shape?.value, shape.count == 3, [1, 3].contains(shape[2])
    else { return nil }
    guard !source.degrade.isEmpty else { return DataFacts(fields: [.init(name: "image", shape: shape)]) }
    var input = shape
    for step in source.degrade {
      guard case .downscale(let factor) = step.value else { continue }
      guard input[0] % factor == 0, input[1] % factor == 0 else { return nil }
      input = [input[0] / factor, input[1] / factor, input[2]]
    }
    return DataFacts(fields: [.init(name: "input", shape: input), .init(name: "target", shape: shape)])
  }

  /// Nil where the source is wrong and reported.
  static func description(of source: NNSpec.DataSource, in directory: String) -> SourceDescription? {
    guard !source.isShapeInvalid, let kind = kind(of: source, in: directory) else { return nil }
    var description = SourceDescription(name: source.name, kind: kind, shape: source.shape?.value)
    if source.scale.mean != nil || source.scale.standardDeviation != nil {
      description.mapping = standardization(source)
    } else if let range = source.scale.range?.value {
      description.mapping = .range(low: range.low, high: range.high)
    }
    description.augment = source.augment.map { NNData.Augmentation($0.value) }
    description.degrade = source.degrade.map { NNData.Degradation($0.value) }
    switch source.validation?.value {
    case .share(let share): description.validation = .fraction(share)
    case .images(let path): description.validation = .images(Folder.resolve(path.value, in: directory))
    case nil: break
    }
    description.samplesPerEpoch = source.samplesPerEpoch?.value
    description.labels = .index
    return description
  }

  /// Values in the source's range, less the means, divided by the deviations; 0 and 1 where only one is written.
  private static func standardization(_ source: NNSpec.DataSource) -> ValueMapping {
    let scale = source.scale
    let (low, high) = scale.range?.value ?? (0, 1)
    let (mean, deviation) = (scale.mean?.value ?? [0], scale.standardDeviation?.value ?? [1])
    return .standardize(
      mean: mean.map { ($0 - low) / (high - low) }, deviation: deviation.map { $0 / (high - low) })
  }

  private static func kind(of source: NNSpec.DataSource, in directory: String) -> SourceDescription.Kind? {
    switch source.origin {
    case .images(let path): return .images(Folder.resolve(path.value, in: directory))
    case .idx(let images, let labels):
      return .idx(
        images: Folder.resolve(images.value, in: directory),
        labels: labels.map { Folder.resolve($0.value, in: directory) })
    case .npy(let path): return .npy(Folder.resolve(path.value, in: directory))
    case .invalid: return nil
    }
  }

  /// The token of the source that a message about its files is about.
  private static func place(of error: DataError, _ source: NNSpec.DataSource) -> Span {
    var paths: [Spanned<String>] = []
    switch source.origin {
    case .images(let path), .npy(let path): paths = [path]
    case .idx(let images, let labels): paths = [images] + (labels.map { [$0] } ?? [])
    case .invalid: break
    }
    if case .images(let path)? = source.validation?.value { paths.append(path) }
    if let span = keys(source).first(where: { error.message.contains("`\($0.name)") })?.span { return span }
    let named = paths.first { path in error.path.map { $0.hasSuffix(path.value) } ?? false }
    return (named ?? paths.first)?.span ?? source.nameSpan
  }

  /// The values of a source that messages name.
  private static func keys(_ source: NNSpec.DataSource) -> [(name: String, span: Span)] {
    let downscale = source.degrade.first { if case .downscale = $0.value { true } else { false } }
    let keys: [(String, Span?)] = [
      ("downscale", downscale?.span), ("shape", source.shape?.span), ("range", source.scale.range?.span),
      ("mean", source.scale.mean?.span ?? source.scale.standardDeviation?.span),
      ("augment", (source.augment.first?.span ?? source.degrade.first?.span)),
    ]
    return keys.compactMap { name, span in span.map { (name, $0) } }
  }
}

/// Whether there is nothing at `path`.
func isMissing(_ path: String) -> Bool {
  do { return try Folder.kind(of: path) == .missing } catch { return false }
}

extension Folder {
  /// `path` as seen from `directory`.
  static func resolve(_ path: String, in directory: String) -> String {
    path.hasPrefix("/") || directory.isEmpty ? path : join(directory, path)
  }
}

extension NNData.Augmentation {
  fileprivate init(_ augmentation: NNSpec.Augmentation) {
    switch augmentation {
    case .randomCrop(let low, let high): self = .randomCrop(scale: low...high)
    case .flip(.horizontal): self = .flip(.horizontal)
    case .flip(.vertical): self = .flip(.vertical)
    case .flip(.both): self = .flip(.both)
    case .rotate(let degrees): self = .rotate(degrees: degrees)
    case .brightness(let share): self = .brightness(share)
    }
  }
}

extension NNData.Degradation {
  fileprivate init(_ degradation: NNSpec.Degradation) {
    switch degradation {
    case .noise(let deviation): self = .noise(deviation)
    case .blur(let sigma): self = .blur(sigma)
    case .downscale(let factor): self = .downscale(factor)
    case .grayscale: self = .grayscale
    case .mask(let share): self = .mask(share)
    }
  }
}
