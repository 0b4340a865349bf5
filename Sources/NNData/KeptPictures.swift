import NNFormats

extension DataSource {
  /// About how many bytes of pictures stay in memory once all have been seen, companions' included: by the headers of at
  /// most `limit` files of each part.
  public func keptPictureBytes(lookingAt limit: Int = 16) -> Int {
    companions.reduce(keptBytes(parts.training, limit) + keptBytes(parts.validation, limit)) {
      $0 + $1.keptPictureBytes(lookingAt: limit)
    }
  }

  private func keptBytes(_ set: SampleSet, _ limit: Int) -> Int {
    let stores: [any PictureStore] =
      switch set.content {
      case .pictures(let store): [store]
      case .pairs(let input, let target): [input, target]
      case .array: []
      }
    guard set.count > 0 else { return 0 }
    return stores.reduce(0) { sum, store in
      let stride = max(1, set.count / max(1, limit))
      let looked = Swift.stride(from: 0, to: set.count, by: stride).map { set.members[$0] }
      let bytes = looked.reduce(0) { $0 + keptBytes(store, $1) }
      let (all, overflow) = (bytes / looked.count).multipliedReportingOverflow(by: set.count)
      return sum + min(description.cacheBytes, overflow ? .max : all)
    }
  }

  /// Bytes of one picture as it is kept: as it was decoded, or fitted to the source's shape.
  private func keptBytes(_ store: any PictureStore, _ index: Int) -> Int {
    let shape = parts.shape
    let count = shape.reduce(1, *)
    guard let files = store as? FilePictures else { return count }
    guard let header = try? ImageFile.header(files.paths[index]) else { return 0 }
    let own = header.height * header.width * header.channels
    if description.augment.contains(where: \.isCrop) { return own }
    return [header.height, header.width, header.channels] == shape ? own : count * MemoryLayout<Float>.size
  }
}
