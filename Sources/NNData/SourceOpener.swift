import NNFormats

/// Builds the parts of a source out of its description: finds files, reads headers, checks shapes, splits.
struct SourceOpener {
  /// What was found.
  struct Found {
    var training: SampleSet
    var validation: SampleSet
    /// The shape of the clean sample.
    var shape: [Int]
    var classCount: Int?
    var classNames: [String] = []
  }

  private let description: SourceDescription
  private let budget: PictureBudget

  init(_ description: SourceDescription) {
    self.description = description
    budget = PictureBudget(description.cacheBytes)
  }

  /// Opens the source; decodes no picture.
  func open() throws(DataError) -> Found {
    let content = try ContentOpener(description: description).open(description.kind)
    switch description.validation {
    case .none:
      guard case .cifar10(let folder) = description.kind else { return split(content, fraction: 0) }
      return found(content, heldOut: try ContentOpener(description: description).cifar10Test(folder))
    case .fraction(let fraction): return split(content, fraction: fraction)
    case .samples(let kind): return found(content, heldOut: try heldOut(kind, for: content))
    }
  }

  private func split(_ content: Content, fraction: Double) -> Found {
    let parts = SplitRule.split(count: content.count, fraction: fraction, key: content.key)
    return Found(
      training: set(content, parts.training), validation: set(content, parts.validation), shape: content.shape,
      classCount: content.classCount, classNames: content.classNames)
  }

  private func found(_ content: Content, heldOut: Content) -> Found {
    Found(
      training: set(content, Array(0..<content.count)), validation: set(heldOut, Array(0..<heldOut.count)),
      shape: content.shape, classCount: content.classCount, classNames: content.classNames)
  }

  private func set(_ content: Content, _ members: [Int]) -> SampleSet {
    SampleSet(
      content: content.samples, members: members, labels: content.labels,
      cache: PictureCache(budget), skipsBroken: description.broken == .skip)
  }

  /// The samples of validation files, which must be like those to train on.
  private func heldOut(_ kind: SourceDescription.Kind, for content: Content) throws(DataError) -> Content {
    var held = try ContentOpener(description: description).open(kind)
    guard held.shape == content.shape else {
      throw fail("the samples of `validation` are \(held.shape), those to train on are \(content.shape)")
    }
    guard (held.labels == nil) == (content.labels == nil) else {
      throw fail(
        content.labels == nil
          ? "`validation` has labels, and what is trained on has none"
          : "`validation` has no labels, and what is trained on has some")
    }
    if let unknown = held.classNames.first(where: { !content.classNames.contains($0) }) {
      throw fail("`validation` has a class `\(unknown)`, which is not among those to train on")
    }
    // Classes are numbered as in training, where a folder may be missing for some.
    let numbers = held.classNames.map { name in content.classNames.firstIndex(of: name) ?? 0 }
    if !numbers.isEmpty { held.labels = held.labels?.map { numbers[$0] } }
    if let count = content.classCount, let label = held.labels?.max(), label >= count {
      throw fail("`validation` has the label \(label), and those to train on are 0 to \(count - 1)")
    }
    return held
  }

  private func fail(_ message: String) -> DataError {
    DataError(source: description.name, part: .validation, message)
  }
}
