import NNFormats

/// Checks the numbers of a description before any file is touched.
struct DescriptionCheck {
  private let description: SourceDescription

  init(_ description: SourceDescription) { self.description = description }

  /// Throws the first thing that is not possible.
  func run() throws(DataError) {
    if let draws = description.samplesPerEpoch {
      try require(.samplesPerEpoch, draws > 0, "`samples_per_epoch` must be at least 1")
    }
    if case .fraction(let part) = description.validation {
      try require(.validation, part >= 0 && part < 1, "`validation` must be at least 0% and below 100%")
    }
    try checkMapping()
    for (place, step) in description.augment.enumerated() { try check(step, .augment(place)) }
    for (place, step) in description.degrade.enumerated() { try check(step, .degrade(place)) }
    try checkKind()
  }

  /// What does not go with the kind of source.
  private func checkKind() throws(DataError) {
    switch description.kind {
    case .npy:
      let words = "works on pictures, not on the numbers of a .npy file"
      let help = ["remove it, and change the numbers before they are saved"]
      try require(.augment(0), description.augment.isEmpty, "`augment` \(words)", help: help)
      try require(.degrade(0), description.degrade.isEmpty, "`degrade` \(words)", help: help)
    case .pairs:
      try require(
        .degrade(0), description.degrade.isEmpty, "`degrade` does not go with `pairs`: its inputs are given",
        help: ["remove it; where nnc is to make the inputs, give the targets alone, as `images`"])
    case .images, .classes, .idx, .cifar10, .syntheticShapes: break
    }
    try require(
      .broken, description.kind.hasFilePerPicture || description.broken == .fail,
      "`broken` is for sources with a file per picture, which can be left out")
  }

  private func checkMapping() throws(DataError) {
    switch description.mapping {
    case .range(let low, let high):
      try require(.range, low.isFinite && high.isFinite && low < high, "`range` must be two numbers, the smaller first")
    case .standardize(let mean, let deviation):
      if let shape = description.shape { try checkChannels(shape) }
      let part = DataError.Part.standardization
      try require(part, mean.allSatisfy(\.isFinite), "`mean` must be finite")
      try require(part, deviation.allSatisfy { $0.isFinite && $0 > 0 }, "`std` must be above 0")
    }
  }

  /// Means and deviations must be for one channel or for each.
  func checkChannels(_ shape: [Int]) throws(DataError) {
    guard case .standardize(let mean, let deviation) = description.mapping, let channels = shape.last else { return }
    let fits = [mean.count, deviation.count].allSatisfy { $0 == 1 || $0 == channels }
    try require(
      .standardization, fits, "`mean` and `std` must have one value, or one for each of the \(channels) channels")
  }

  private func check(_ step: Augmentation, _ part: DataError.Part) throws(DataError) {
    switch step {
    case .randomCrop(let scale, let aspect):
      try require(
        part,
        scale.lowerBound > 0 && scale.upperBound <= 1, "`random_crop`'s `scale` must be above 0 and at most 1")
      try require(part, aspect.lowerBound > 0 && aspect.upperBound.isFinite, "`random_crop`'s `aspect` must be above 0")
    case .flip: return
    case .rotate(let degrees): try require(part, abs(degrees) <= 360, "`rotate` must be at most 360 degrees")
    case .hue(let share): try require(part, share >= 0 && share <= 0.5, "`hue` must be between 0 and 0.5")
    case .brightness(let share), .contrast(let share), .saturation(let share):
      try require(part, share >= 0 && share <= 10, "`brightness`, `contrast` and `saturation` must be between 0 and 10")
    }
  }

  private func check(_ step: Degradation, _ part: DataError.Part) throws(DataError) {
    switch step {
    case .noise(let deviation): try require(part, deviation >= 0 && deviation.isFinite, "`noise` must be at least 0")
    case .blur(let deviation): try require(part, deviation >= 0 && deviation <= 100, "`blur` must be between 0 and 100")
    case .downscale(let factor): try require(part, factor > 0, "`downscale` must be at least 1")
    case .grayscale: return
    case .mask(let share): try require(part, share >= 0 && share <= 1, "`mask` must be between 0 and 1")
    }
  }

  private func require(
    _ part: DataError.Part, _ condition: Bool, _ message: String, help: [String] = []
  ) throws(DataError) {
    if !condition { throw DataError(source: description.name, part: part, message, help: help) }
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
    let whole = shape
    var shape = shape
    var divisor = 1
    for (place, step) in description.degrade.enumerated() {
      guard case .downscale(let factor) = step else { continue }
      divisor = divisor.multipliedReportingOverflow(by: factor).partialValue
      guard shape[0] % factor == 0, shape[1] % factor == 0 else {
        throw DataError(
          source: description.name, part: .degrade(place),
          "`downscale: \(factor)` does not divide the height and width of \(shape)",
          help: downscaleHelp(factor, of: shape, divisor, of: whole))
      }
      shape[0] /= factor
      shape[1] /= factor
    }
    return shape
  }

  /// The largest smaller factor that divides a shape, and the shape of whole multiples at which all factors do.
  private func downscaleHelp(_ factor: Int, of shape: [Int], _ divisor: Int, of whole: [Int]) -> [String] {
    let fitting = (2...max(2, min(factor, 64))).last { shape[0] % $0 == 0 && shape[1] % $0 == 0 }
    var help = fitting.map { ["`downscale: \($0)` does"] } ?? []
    if 1...1024 ~= divisor {
      let larger = whole.prefix(2).map { ($0 + divisor - 1) / divisor * divisor } + whole.suffix(1)
      help.append("make the height and width of `shape` multiples of \(divisor), such as \(larger)")
    }
    return help
  }
}
