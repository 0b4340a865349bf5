import NNFormats

/// Builds the parts of a source out of its description: finds files, reads headers, checks shapes.
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

  let description: SourceDescription

  /// Opens the source; decodes no picture.
  func open() throws(DataError) -> Found {
    switch description.kind {
    case .images(let location):
      return try pictures(FilePictures(paths: try file { () throws(FileError) in try PictureFiles.find(location) }))
    case .idx(let images, let labels): return try idx(images, labels)
    case .npy(let path): return try npy(path)
    case .classes(let folder): return try classes(folder)
    case .pairs(let input, let target): return try pairs(input, target)
    case .syntheticShapes:
      let shape = try pictureShape()
      return try pictures(
        ShapePictures(count: description.samplesPerEpoch ?? 1000, height: shape[0], width: shape[1]))
    }
  }

  private func pictures(_ store: any PictureStore, labels: [Int]? = nil) throws(DataError) -> Found {
    let shape = try pictureShape()
    guard case .images(let location) = description.validation else {
      return found(.pictures(store), count: store.count, shape: shape, labels: labels, key: store.key)
    }
    guard case .images = description.kind else {
      throw fail(location, "a folder of validation images goes with `images` only")
    }
    let held = FilePictures(paths: try file { () throws(FileError) in try PictureFiles.find(location) })
    return Found(
      training: set(.pictures(store), Array(0..<store.count), labels),
      validation: set(.pictures(held), Array(0..<held.count), nil), shape: shape)
  }

  private func idx(_ images: String, _ labelPath: String?) throws(DataError) -> Found {
    let store = try file { () throws(FileError) in try IDXPictures(try IDX.open(images)) }
    try assertShape(store.shape, of: images)
    guard let labelPath else {
      return try filled(images, store.count) { () throws(DataError) in try pictures(idx: store, labels: nil) }
    }
    let array = try file { () throws(FileError) in try IDX.open(labelPath) }
    let labels = try readLabels(array)
    if labels.count != store.count {
      throw fail(labelPath, "it holds \(labels.count) labels for the \(store.count) images of \(images)")
    }
    return try filled(images, store.count) { () throws(DataError) in try pictures(idx: store, labels: labels) }
  }

  private func pictures(idx store: IDXPictures, labels: [Int]?) throws(DataError) -> Found {
    if case .images(let location) = description.validation {
      throw fail(location, "a folder of validation images goes with `images` only")
    }
    return found(.pictures(store), count: store.count, shape: store.shape, labels: labels, key: store.key)
  }

  private func npy(_ path: String) throws(DataError) -> Found {
    let array = try file { () throws(FileError) in try NPY.open(path) }
    if array.shape.count != 2 && array.shape.count != 4 || array.shape.dropFirst().contains(0) {
      throw fail(path, "its shape is \(array.shape); samples are [N, height, width, channels] or [N, features]")
    }
    if !description.augment.isEmpty || !description.degrade.isEmpty {
      throw fail(path, "`augment` and `degrade` work on pictures, not on the numbers of a .npy file")
    }
    if case .images(let location) = description.validation {
      throw fail(location, "a folder of validation images goes with `images` only")
    }
    let shape = Array(array.shape.dropFirst())
    try assertShape(shape, of: path)
    return try filled(path, array.shape[0]) {
      found(.array(array), count: array.shape[0], shape: shape, labels: nil) { String($0) }
    }
  }

  private func classes(_ folder: String) throws(DataError) -> Found {
    let names = try file { () throws(FileError) in try Folder.names(in: folder) }
    var paths: [String] = []
    var labels: [Int] = []
    var classNames: [String] = []
    for name in names {
      let path = Folder.join(folder, name)
      guard try file({ () throws(FileError) in try Folder.kind(of: path) }) == .folder else { continue }
      let files = try file { () throws(FileError) in try PictureFiles.inFolder(path) }
      paths += files
      labels += [Int](repeating: classNames.count, count: files.count)
      classNames.append(name)
    }
    if classNames.isEmpty { throw fail(folder, "it holds no folders; each class is a folder of pictures") }
    var result = try pictures(FilePictures(paths: paths), labels: labels)
    result.classCount = classNames.count
    result.classNames = classNames
    return result
  }

  private func pairs(_ input: String, _ target: String) throws(DataError) -> Found {
    if !description.degrade.isEmpty { throw fail(nil, "`degrade` does not go with `pairs`: its inputs are given") }
    if case .images(let location) = description.validation {
      throw fail(location, "a folder of validation images goes with `images` only")
    }
    let inputs = try file { () throws(FileError) in try PictureFiles.find(input) }
    let targets = try file { () throws(FileError) in try PictureFiles.find(target) }
    let joined = try PairJoin(source: description.name, input: input, target: target).join(inputs, targets)
    let stores = (FilePictures(paths: joined.map(\.input)), FilePictures(paths: joined.map(\.target)))
    return found(
      .pairs(input: stores.0, target: stores.1), count: joined.count, shape: try pictureShape(), labels: nil,
      key: stores.1.key)
  }

  private func found(
    _ content: SampleSet.Content, count: Int, shape: [Int], labels: [Int]?, key: (Int) -> String
  ) -> Found {
    var fraction = 0.0
    if case .fraction(let value) = description.validation { fraction = value }
    let parts = SplitRule.split(count: count, fraction: fraction, key: key)
    return Found(
      training: set(content, parts.training, labels), validation: set(content, parts.validation, labels), shape: shape,
      classCount: labels.flatMap { $0.max() }.map { $0 + 1 })
  }

  private func set(_ content: SampleSet.Content, _ members: [Int], _ labels: [Int]?) -> SampleSet {
    SampleSet(
      content: content, members: members, labels: labels, cache: PictureCache(budget: description.cacheBytes))
  }

  private func readLabels(_ array: StoredArray) throws(DataError) -> [Int] {
    guard array.shape.count == 1 || array.shape.count == 2 && array.shape[1] == 1 else {
      throw fail(array.path, "its shape is \(array.shape); labels are [count]")
    }
    let values = try file { () throws(FileError) in try array.readAll() }
    guard let wrong = values.firstIndex(where: { !($0 >= 0 && $0 < 65536 && $0 == $0.rounded()) }) else {
      return values.map { Int($0) }
    }
    throw fail(array.path, "label \(wrong) is \(values[wrong]); labels are whole numbers from 0 to 65535")
  }

  /// The description's `[height, width, channels]`.
  private func pictureShape() throws(DataError) -> [Int] {
    guard let shape = description.shape else { throw fail(nil, "pictures need a `shape`") }
    guard shape.count == 3, shape.allSatisfy({ $0 > 0 && $0 <= 1 << 20 }), [1, 3].contains(shape[2]),
      shape[0] * shape[1] <= ImageFile.maximumPixels
    else {
      throw fail(
        nil, "`shape` \(shape) is not [height, width, channels] with 1 or 3 channels and at most 64 megapixels")
    }
    return shape
  }

  private func assertShape(_ actual: [Int], of path: String) throws(DataError) {
    guard let shape = description.shape, shape != actual else { return }
    throw fail(path, "its samples are \(actual), but `shape` says \(shape)")
  }

  private func filled(_ path: String, _ count: Int, _ make: () throws(DataError) -> Found) throws(DataError) -> Found {
    if count == 0 { throw fail(path, "it holds no samples") }
    return try make()
  }

  private func fail(_ path: String?, _ message: String) -> DataError {
    DataError(source: description.name, path: path, path.map { "cannot use \($0): \(message)" } ?? message)
  }

  private func file<Value>(_ body: () throws(FileError) -> Value) throws(DataError) -> Value {
    do throws(FileError) { return try body() } catch { throw DataError(source: description.name, error) }
  }
}
