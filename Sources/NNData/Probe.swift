import NNFormats

extension DataSource {
  /// What a look at the files' headers finds wrong, without decoding: at most `limit` files of each part are opened.
  /// For `nnc check`; damage further inside a file is only seen when it is decoded.
  public func probe(limit: Int = 1000) -> [DataError] {
    probe(parts.training, limit) + probe(parts.validation, limit)
  }

  private func probe(_ set: SampleSet, _ limit: Int) -> [DataError] {
    let stores: [any PictureStore] =
      switch set.content {
      case .pictures(let store): [store]
      case .pairs(let input, let target): [input, target]
      case .array: []
      }
    var findings: [DataError] = []
    for case let store as FilePictures in stores {
      for member in set.members.prefix(limit) {
        do throws(FileError) {
          _ = try ImageFile.header(store.paths[member])
        } catch {
          findings.append(DataError(source: description.name, error))
        }
      }
    }
    return findings
  }
}
