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
    do throws(DataError) {
      let data = try NNData.DataSource.open(description)
      let probe = data.probe()
      guard !probe.broken.isEmpty else { return data }
      if let fault = probe.broken.first(where: { $0.fault == .machine }) { throw fault }
      let skips = description.broken == .skip && probe.broken.count < probe.count
      let span = origin(of: source, holding: probe.broken[0].path) ?? source.originSpan
      diagnostics.add(.brokenPictures(probe.broken, of: probe.count, isSkipped: skips, at: span))
      return data
    } catch {
      isUnreadable = isUnreadable || error.fault == .machine
      let place = place(of: error, source)
      if let shape = source.shape, shape.span == place, let meant = channelsLast(shape.value) {
        diagnostics.add(.channelsFirst(error.message, meant: meant, at: place))
      } else {
        diagnostics.add(.dataUnusable(error.message, help: error.help, missing: error.path, at: place))
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
    var facts = DataFacts(
      fields: data.fields.map { .init(name: $0.name, shape: $0.name == "label" ? [] : $0.shape) },
      classCount: data.classCount, samplesPerEpoch: data.samplesPerEpoch, validationSamples: data.validationCount)
    facts.numbering = data.numbering
    let sizes = data.pictureSizes()
    (facts.keptPictureBytes, facts.decodedPictureBytes) = (sizes.kept, sizes.decoded)
    facts.heldOutPictureBytes = sizes.heldOut
    return facts
  }

  /// What pictures of the declared shape would give, where the files are missing, so that the networks are checked too.
  static func declaredFacts(of source: NNSpec.DataSource) -> DataFacts? {
    var labels: [DataFacts.Field] = []
    var shape = source.shape?.value
    switch source.origin {
    case .images, .synthetic: break
    case .classes: labels = [.init(name: "label", shape: [])]
    case .cifar10:
      labels = [.init(name: "label", shape: [])]
      shape = [CIFAR10.side, CIFAR10.side, 3]
    case .pairs:
      guard let shape, isPicture(shape) else { return nil }
      return DataFacts(fields: [.init(name: "input", shape: shape), .init(name: "target", shape: shape)])
    case .idx, .npy, .invalid: return nil
    }
    guard let shape, isPicture(shape), !source.isShapeInvalid else { return nil }
    guard !source.degrade.isEmpty else { return DataFacts(fields: [.init(name: "image", shape: shape)] + labels) }
    var input = shape
    for step in source.degrade {
      guard case .downscale(let factor) = step.value else { continue }
      guard input[0] % factor == 0, input[1] % factor == 0 else { return nil }
      input = [input[0] / factor, input[1] / factor, input[2]]
    }
    return DataFacts(fields: [.init(name: "input", shape: input), .init(name: "target", shape: shape)] + labels)
  }

  private static func isPicture(_ shape: [Int]) -> Bool { shape.count == 3 && [1, 3].contains(shape[2]) }

  /// Nil where the source is wrong and reported.
  static func description(of source: NNSpec.DataSource, in directory: String) -> SourceDescription? {
    guard !source.isShapeInvalid, let kind = kind(of: source.origin, in: directory) else { return nil }
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
    case .samples(let origin):
      guard let kind = self.kind(of: origin, in: directory) else { return nil }
      description.validation = .samples(kind)
    case nil: break
    }
    description.samplesPerEpoch = source.samplesPerEpoch?.value
    description.broken = source.broken?.value == .skip ? .skip : .fail
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

  private static func kind(of origin: NNSpec.DataSource.Origin, in directory: String) -> SourceDescription.Kind? {
    func resolved(_ path: Spanned<String>) -> String { Folder.resolve(path.value, in: directory) }
    switch origin {
    case .images(let path): return .images(resolved(path))
    case .idx(let images, let labels): return .idx(images: resolved(images), labels: labels.map(resolved))
    case .npy(let path): return .npy(resolved(path))
    case .cifar10(let path): return .cifar10(resolved(path))
    case .classes(let path): return .classes(resolved(path))
    case .pairs(let input, let target): return .pairs(input: resolved(input), target: resolved(target))
    case .synthetic(.shapes): return .syntheticShapes
    case .invalid: return nil
    }
  }

  // MARK: Places

  /// The token of the source that a message is about: the key at fault, or the path that names the files.
  private static func place(of error: DataError, _ source: NNSpec.DataSource) -> Span {
    error.part.flatMap { span(of: $0, source) } ?? origin(of: source, holding: error.path) ?? source.originSpan
  }

  private static func span(of part: DataError.Part, _ source: NNSpec.DataSource) -> Span? {
    switch part {
    case .shape: source.shape?.span
    case .range: source.scale.range?.span
    case .standardization: source.scale.mean?.span ?? source.scale.standardDeviation?.span
    case .augment(let place): source.augment.indices.contains(place) ? source.augment[place].span : nil
    case .degrade(let place): source.degrade.indices.contains(place) ? source.degrade[place].span : nil
    case .validation: source.validation?.span
    case .samplesPerEpoch: source.samplesPerEpoch?.span
    case .broken: source.broken?.span
    }
  }

  /// The path in the spec that leads to the file or folder at `path`: the longest that it ends or goes on with.
  private static func origin(of source: NNSpec.DataSource, holding path: String?) -> Span? {
    var paths = source.origin.paths
    if case .samples(let held)? = source.validation?.value { paths += held.paths }
    let fitting = paths.filter { written in
      path.map { $0 == written.value || $0.hasSuffix("/\(written.value)") || $0.contains("\(written.value)/") } ?? false
    }
    return (fitting.max { $0.value.count < $1.value.count } ?? paths.first)?.span
  }
}

extension NNSpec.DataSource.Origin {
  /// The paths that it names, in order.
  fileprivate var paths: [Spanned<String>] {
    switch self {
    case .images(let path), .npy(let path), .cifar10(let path), .classes(let path): [path]
    case .idx(let images, let labels): [images] + (labels.map { [$0] } ?? [])
    case .pairs(let input, let target): [input, target]
    case .synthetic, .invalid: []
    }
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
    case .randomCrop(let low, let high, let narrow, let wide):
      self = .randomCrop(scale: low...high, aspect: narrow...wide)
    case .flip(.horizontal): self = .flip(.horizontal)
    case .flip(.vertical): self = .flip(.vertical)
    case .flip(.both): self = .flip(.both)
    case .rotate(let degrees): self = .rotate(degrees: degrees)
    case .brightness(let share): self = .brightness(share)
    case .contrast(let share): self = .contrast(share)
    case .saturation(let share): self = .saturation(share)
    case .hue(let share): self = .hue(share)
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
