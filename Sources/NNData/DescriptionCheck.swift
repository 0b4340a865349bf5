import NNFormats

/// Checks the numbers of a description before any file is touched.
struct DescriptionCheck {
  private let description: SourceDescription

  init(_ description: SourceDescription) { self.description = description }

  /// Throws the first thing that is not possible.
  func run() throws(DataError) {
    if let draws = description.samplesPerEpoch { try require(draws > 0, "`samples_per_epoch` must be at least 1") }
    if case .fraction(let part) = description.validation {
      try require(part >= 0 && part < 1, "`validation` must be at least 0% and below 100%")
    }
    try checkMapping()
    for step in description.augment { try check(step) }
    for step in description.degrade { try check(step) }
  }

  private func checkMapping() throws(DataError) {
    switch description.mapping {
    case .range(let low, let high):
      try require(low.isFinite && high.isFinite && low < high, "`range` must be two numbers, the smaller first")
    case .standardize(let mean, let deviation):
      let channels = description.shape?.last ?? mean.count
      let fits = [mean.count, deviation.count].allSatisfy { $0 == 1 || $0 == channels }
      try require(fits, "`mean` and `std` must have one value, or one for each of the \(channels) channels")
      try require(mean.allSatisfy(\.isFinite), "`mean` must be finite")
      try require(deviation.allSatisfy { $0.isFinite && $0 > 0 }, "`std` must be above 0")
    }
  }

  private func check(_ step: Augmentation) throws(DataError) {
    switch step {
    case .randomCrop(let scale, let aspect):
      try require(
        scale.lowerBound > 0 && scale.upperBound <= 1, "`random_crop`'s `scale` must be above 0 and at most 1")
      try require(aspect.lowerBound > 0 && aspect.upperBound.isFinite, "`random_crop`'s `aspect` must be above 0")
    case .flip: return
    case .rotate(let degrees): try require(abs(degrees) <= 360, "`rotate` must be at most 360 degrees")
    case .brightness(let part), .contrast(let part), .saturation(let part):
      try require(part >= 0 && part <= 10, "`brightness`, `contrast` and `saturation` must be between 0 and 10")
    }
  }

  private func check(_ step: Degradation) throws(DataError) {
    switch step {
    case .noise(let deviation): try require(deviation >= 0 && deviation.isFinite, "`noise` must be at least 0")
    case .blur(let deviation): try require(deviation >= 0 && deviation <= 100, "`blur` must be between 0 and 100")
    case .downscale(let factor): try require(factor > 0, "`downscale` must be at least 1")
    case .grayscale: return
    case .mask(let part): try require(part >= 0 && part <= 1, "`mask` must be between 0 and 1")
    }
  }

  private func require(_ condition: Bool, _ message: String) throws(DataError) {
    if !condition { throw DataError(source: description.name, message) }
  }
}

/// Which fields the samples of a description have.
struct SampleLayout {
  private let description: SourceDescription

  init(_ description: SourceDescription) { self.description = description }

  /// The fields, the picture or the input first and the label last.
  func fields(_ found: SourceOpener.Found) throws(DataError) -> [SampleField] {
    var fields: [SampleField]
    if case .pairs = description.kind {
      fields = [SampleField(name: "input", shape: found.shape), SampleField(name: "target", shape: found.shape)]
    } else if description.degrade.isEmpty {
      fields = [SampleField(name: "image", shape: found.shape)]
    } else {
      let input = SampleField(name: "input", shape: try degraded(found.shape))
      fields = [input, SampleField(name: "target", shape: found.shape)]
    }
    if let classes = found.classCount {
      fields.append(SampleField(name: "label", shape: [description.labels == .oneHot ? classes : 1]))
    }
    return fields
  }

  private func degraded(_ shape: [Int]) throws(DataError) -> [Int] {
    var shape = shape
    for case .downscale(let factor) in description.degrade {
      guard shape[0] % factor == 0, shape[1] % factor == 0 else {
        throw DataError(
          source: description.name, "`downscale: \(factor)` does not divide the height and width of \(shape)")
      }
      shape[0] /= factor
      shape[1] /= factor
    }
    return shape
  }
}
