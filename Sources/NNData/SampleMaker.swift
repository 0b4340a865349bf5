import NNFormats
import NNRandom

/// Which sample is wanted, and the random numbers that are its own.
struct SampleRequest {
  var set: SampleSet
  var index: Int
  /// Nil: not augmented.
  var augmentation: RandomStream?
  var degradation: RandomStream
}

/// Makes one sample: decode, augment, fit, degrade, map.
struct SampleMaker {
  let source: DataSource
  let request: SampleRequest
  /// Where the source's fields begin in the batch.
  var firstField = 0

  /// Writes the sample's fields into place `slot` of `batch`.
  func make(into batch: Batch, slot: Int) throws(FileError) {
    switch request.set.content {
    case .pictures(let store): try makePicture(store, batch, slot)
    case .pairs(let input, let target):
      // Crops are drawn for the input's size, so that pictures of two sizes show the same part.
      var size: PictureSize?
      put(try augmented(input, part: 0, like: &size), into: batch, field: 0, slot: slot)
      put(try augmented(target, part: 1, like: &size), into: batch, field: 1, slot: slot)
    case .array(let array):
      let index = request.set.members[request.index]
      let values = try array.read(rows: index..<index + 1)
      guard values.allSatisfy(\.isFinite) else {
        throw FileError(
          array.path, .read, "sample \(index) has values that are infinite or no numbers",
          remedy: .other("`numpy.argwhere(~numpy.isfinite(array))` finds all there are"))
      }
      put(values, into: batch, field: 0, slot: slot)
    }
    putLabel(into: batch, slot: slot)
  }

  private func makePicture(_ store: any PictureStore, _ batch: Batch, _ slot: Int) throws(FileError) {
    var size: PictureSize?
    let clean = try augmented(store, part: 0, like: &size)
    guard !source.description.degrade.isEmpty else { return put(clean, into: batch, field: 0, slot: slot) }
    var damaged = clean
    var random = request.degradation
    for degradation in source.description.degrade {
      degradation.apply(to: &damaged, mapping: source.description.mapping, random: &random)
    }
    put(damaged, into: batch, field: 0, slot: slot)
    put(clean, into: batch, field: 1, slot: slot)
  }

  /// The picture in the source's shape. Without a random crop it is fitted first, and kept so. `size` is that which crops are
  /// drawn for: where nil, the picture's, which is left there.
  private func augmented(
    _ store: any PictureStore, part: Int, like size: inout PictureSize?
  ) throws(FileError) -> Raster {
    let shape = source.parts.shape
    let steps = source.description.augment
    guard steps.contains(where: \.isCrop) else {
      var raster = Raster(try request.set.picture(store, request.index, part: part) { fitted($0, shape) })
      apply(steps[...], to: &raster, shape)
      return raster
    }
    let image = try request.set.picture(store, request.index, part: part) { $0 }
    guard let random = request.augmentation else {
      return Raster(fitting: image, height: shape[0], width: shape[1], channels: shape[2])
    }
    let reference = size ?? image.size
    size = reference
    return cropped(image, steps, shape, like: reference, random)
  }

  /// With a random crop first, only the crop's pixels are touched.
  private func cropped(
    _ image: Image, _ steps: [Augmentation], _ shape: [Int], like reference: PictureSize, _ stream: RandomStream
  ) -> Raster {
    var random = stream
    var reference: PictureSize? = reference
    var raster: Raster
    var rest = steps[...]
    if case .randomCrop(let scale, let aspect)? = steps.first {
      let region = Region.random(
        in: image.size, like: reference, height: shape[0], width: shape[1], scale: scale,
        aspect: aspect, random: &random)
      raster = image.resized(region, height: shape[0], width: shape[1]).with(channels: shape[2])
      rest = rest.dropFirst()
      reference = nil
    } else {
      raster = Raster(image).with(channels: shape[2])
    }
    for step in rest {
      step.apply(to: &raster, height: shape[0], width: shape[1], like: reference, random: &random)
      if step.isCrop { reference = nil }
    }
    return raster
  }

  private func apply(_ steps: ArraySlice<Augmentation>, to raster: inout Raster, _ shape: [Int]) {
    guard var random = request.augmentation else { return }
    for step in steps { step.apply(to: &raster, height: shape[0], width: shape[1], random: &random) }
  }

  private func fitted(_ image: Image, _ shape: [Int]) -> Image {
    if [image.height, image.width, image.channels] == shape { return image }
    let raster = Raster(fitting: image, height: shape[0], width: shape[1], channels: shape[2])
    return Image(width: shape[1], height: shape[0], channels: shape[2], pixels: .floats(raster.values)) ?? image
  }

  private func put(_ raster: Raster, into batch: Batch, field: Int, slot: Int) {
    put(source.description.mapping.map(raster), into: batch, field: field, slot: slot)
  }

  private func put(_ values: [Float], into batch: Batch, field: Int, slot: Int) {
    let field = firstField + field
    let count = batch.fields[field].sampleCount
    batch.fields[field].values.replaceSubrange(slot * count..<(slot + 1) * count, with: values)
  }

  private func putLabel(into batch: Batch, slot: Int) {
    guard let labels = request.set.labels, let field = source.fields.firstIndex(where: { $0.name == "label" }) else {
      return
    }
    let label = labels[request.set.members[request.index]]
    let count = source.fields[field].count
    if source.description.labels == .index { return put([Float(label)], into: batch, field: field, slot: slot) }
    var encoded = [Float](repeating: 0, count: count)
    if label < count { encoded[label] = 1 }
    put(encoded, into: batch, field: field, slot: slot)
  }
}
