import NNFormats

/// What pictures take in memory.
public struct PictureSizes: Equatable, Sendable {
  /// About how many bytes stay once all have been seen.
  public var kept = 0
  /// The same of those that are held out.
  public var heldOut = 0
  /// The most bytes while one is decoded and brought to its shape.
  public var decoded = 0
}

extension DataSource {
  /// The sizes of a source's pictures, its companions' included: by the headers of at most `limit` files of each part.
  public func pictureSizes(lookingAt limit: Int = 16) -> PictureSizes {
    var sizes = PictureSizes()
    add(parts.validation, limit, to: &sizes)
    sizes.heldOut = min(description.cacheBytes, sizes.kept)
    add(parts.training, limit, to: &sizes)
    sizes.kept = min(description.cacheBytes, sizes.kept)
    for companion in companions {
      let others = companion.pictureSizes(lookingAt: limit)
      sizes.kept += others.kept
      sizes.heldOut += others.heldOut
      sizes.decoded = max(sizes.decoded, others.decoded)
    }
    return sizes
  }

  private func add(_ set: SampleSet, _ limit: Int, to sizes: inout PictureSizes) {
    let stores: [any PictureStore] =
      switch set.content {
      case .pictures(let store): [store]
      case .pairs(let input, let target): [input, target]
      case .array: []
      }
    guard set.count > 0 else { return }
    for store in stores {
      let stride = max(1, set.count / max(1, limit))
      let looked = Swift.stride(from: 0, to: set.count, by: stride).map { self.sizes(store, set.members[$0]) }
      let (all, overflow) = (looked.reduce(0) { $0 + $1.kept } / looked.count).multipliedReportingOverflow(
        by: set.count)
      let (sum, isMore) = sizes.kept.addingReportingOverflow(all)
      sizes.kept = overflow || isMore ? .max : sum
      sizes.decoded = max(sizes.decoded, looked.map(\.decoded).max() ?? 0)
    }
  }

  /// Of one picture: it is kept as it was decoded, or fitted to the source's shape.
  private func sizes(_ store: any PictureStore, _ index: Int) -> PictureSizes {
    let shape = parts.shape
    let count = shape.reduce(1, *)
    let values = count * MemoryLayout<Float>.size
    guard let files = store as? FilePictures else { return PictureSizes(kept: count, decoded: count + values) }
    guard let file = try? InputFile(path: files.paths[index]), let header = try? ImageFile.header(files.paths[index])
    else { return PictureSizes() }
    let own = header.height * header.width * header.channels
    let isAsItIs =
      description.augment.contains(where: \.isCrop) || [header.height, header.width, header.channels] == shape
    return PictureSizes(kept: isAsItIs ? own : values, decoded: file.byteCount + own + 2 * values)
  }
}
