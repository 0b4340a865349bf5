import NNFormats

extension DataSource {
  /// What a look at the files' headers finds wrong, without decoding, with how many files were looked at: at most
  /// `limit` of each part. For `nnc check`; damage further inside a file is only seen when it is decoded.
  public func probe(limit: Int = 1000) -> (broken: [DataError], count: Int) {
    let (training, validation) = (probe(parts.training, limit), probe(parts.validation, limit))
    return (training.broken + validation.broken, training.count + validation.count)
  }

  private func probe(_ set: SampleSet, _ limit: Int) -> (broken: [DataError], count: Int) {
    let stores: [any PictureStore] =
      switch set.content {
      case .pictures(let store): [store]
      case .pairs(let input, let target): [input, target]
      case .array: []
      }
    var (findings, count): ([DataError], Int) = ([], 0)
    for case let store as FilePictures in stores {
      for member in set.members.prefix(limit) {
        count += 1
        do throws(FileError) {
          _ = try ImageFile.header(store.paths[member])
        } catch {
          findings.append(DataError(source: description.name, error))
        }
      }
    }
    return (findings, count)
  }
}
