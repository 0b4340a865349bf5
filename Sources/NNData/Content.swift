import NNFormats

/// The samples of some files, before they are split.
struct Content {
  var samples: SampleSet.Content
  var count: Int
  /// The shape of the clean sample.
  var shape: [Int]
  /// What the validation split hashes.
  var key: (Int) -> String
  var labels: [Int]?
  var classCount: Int?
  var classNames: [String] = []
}

/// Finds the files of a kind of source and reads the headers of arrays.
struct ContentOpener {
  let description: SourceDescription

  /// Opens what `kind` names: the description's own, or the one of its validation.
  func open(_ kind: SourceDescription.Kind) throws(DataError) -> Content {
    switch kind {
    case .images(let location):
      let shape = try pictureShape()
      let paths = try file { () throws(FileError) in try PictureFiles.find(location) }
      return pictures(FilePictures(paths: paths, root: PictureFiles.root(of: location)), shape: shape)
    case .idx(let images, let labels): return try idx(images, labels)
    case .cifar10(let folder): return try cifar10(folder, files: CIFAR10.trainingNames)
    case .npy(let path): return try npy(path)
    case .classes(let folder): return try classes(folder)
    case .pairs(let input, let target): return try pairs(input, target)
    case .syntheticShapes:
      let shape = try pictureShape()
      let count = description.samplesPerEpoch ?? 1000
      return pictures(ShapePictures(count: count, height: shape[0], width: shape[1]), shape: shape)
    }
  }

  /// The test file of CIFAR-10.
  func cifar10Test(_ folder: String) throws(DataError) -> Content {
    try cifar10(folder, files: [CIFAR10.testName])
  }

  private func pictures(_ store: any PictureStore, shape: [Int]) -> Content {
    Content(samples: .pictures(store), count: store.count, shape: shape, key: store.key)
  }

  private func idx(_ images: String, _ labelPath: String?) throws(DataError) -> Content {
    let store = try file { () throws(FileError) in try IDXPictures(try IDX.open(images)) }
    try assertShape(store.shape, of: images)
    if store.count == 0 { throw fail(images, "it holds no samples", help: FileError.Remedy.fetchAgain.text) }
    var content = pictures(store, shape: store.shape)
    guard let labelPath else { return content }
    let labels = try readLabels(try file { () throws(FileError) in try IDX.open(labelPath) })
    if labels.count != store.count {
      throw fail(
        labelPath, "it holds \(labels.count) labels for the \(store.count) images of \(images)",
        help: "name two files that belong together, and copy or download the one that is not whole again")
    }
    content.labels = labels
    content.classCount = labels.max().map { $0 + 1 }
    return content
  }

  private func cifar10(_ folder: String, files: [String]) throws(DataError) -> Content {
    let store = try file { () throws(FileError) in
      try CIFARPictures(files.map { name throws(FileError) in try CIFAR10.open(name, in: folder) })
    }
    try assertShape(CIFARPictures.shape, of: folder)
    var content = pictures(store, shape: CIFARPictures.shape)
    content.labels = store.labels
    content.classCount = CIFAR10.classCount
    content.classNames = try file { () throws(FileError) in try CIFAR10.classNames(in: folder) }
    return content
  }

  private func npy(_ path: String) throws(DataError) -> Content {
    let array = try file { () throws(FileError) in try NPY.open(path) }
    if array.shape.count != 2 && array.shape.count != 4 || array.shape.dropFirst().contains(0) {
      throw fail(
        path, "its shape is \(array.shape); samples are [N, height, width, channels] or [N, features]",
        help: "save it in such a shape: `numpy.save(path, array.reshape(…))`")
    }
    let shape = Array(array.shape.dropFirst())
    try assertShape(shape, of: path)
    if array.shape[0] == 0 {
      let help = "its first number is that of samples: save it with one or more"
      throw fail(path, "it holds no samples: its shape is \(array.shape)", help: help)
    }
    return Content(samples: .array(array), count: array.shape[0], shape: shape) { String($0) }
  }

  private func classes(_ folder: String) throws(DataError) -> Content {
    let shape = try pictureShape()
    // One class cannot be learnt, and can be measured: held-out folders are matched with the others by their names.
    let fewest = description.kind == .classes(folder) ? 2 : 1
    let found = try file { () throws(FileError) in try ClassFolders.find(folder, fewest: fewest) }
    var content = pictures(FilePictures(paths: found.paths, root: folder), shape: shape)
    content.labels = found.labels
    content.classCount = found.names.count
    content.classNames = found.names
    return content
  }

  private func pairs(_ input: String, _ target: String) throws(DataError) -> Content {
    let shape = try pictureShape()
    let inputs = try file { () throws(FileError) in try PictureFiles.find(input) }
    let targets = try file { () throws(FileError) in try PictureFiles.find(target) }
    let joined = try PairJoin(source: description.name, input: input, target: target).join(inputs, targets)
    let left = FilePictures(paths: joined.map(\.input), root: PictureFiles.root(of: input))
    let right = FilePictures(paths: joined.map(\.target), root: PictureFiles.root(of: target))
    return Content(samples: .pairs(input: left, target: right), count: joined.count, shape: shape, key: right.key)
  }

  private func readLabels(_ array: StoredArray) throws(DataError) -> [Int] {
    guard array.shape.count == 1 || array.shape.count == 2 && array.shape[1] == 1 else {
      throw fail(
        array.path, "its shape is \(array.shape); labels are [count]",
        help: "name a file of labels, as MNIST's train-labels-idx1-ubyte")
    }
    let values = try file { () throws(FileError) in try array.readAll() }
    guard let wrong = values.firstIndex(where: { !($0 >= 0 && $0 < 65536 && $0 == $0.rounded()) }) else {
      return values.map { Int($0) }
    }
    throw fail(array.path, "label \(wrong) is \(values[wrong]); labels are whole numbers from 0 to 65535")
  }

  /// The description's `[height, width, channels]`.
  private func pictureShape() throws(DataError) -> [Int] {
    guard let shape = description.shape else {
      throw DataError(source: description.name, part: .shape, "pictures need a `shape`")
    }
    guard shape.count == 3, shape.allSatisfy({ $0 > 0 && $0 <= 1 << 20 }), [1, 3].contains(shape[2]),
      shape[0] * shape[1] <= ImageFile.maximumPixels
    else {
      throw DataError(
        source: description.name, part: .shape,
        "`shape` \(shape) is not [height, width, channels] with 1 or 3 channels and at most 64 megapixels",
        help: shapeHelp(shape))
    }
    return shape
  }

  private func shapeHelp(_ shape: [Int]) -> [String] {
    guard shape.count == 3 else { return ["write for instance `shape: [64, 64, 3]`"] }
    guard [1, 3].contains(shape[2]) else {
      return ["pictures have 3 channels, or 1 where they are grey: `shape: [\(shape[0]), \(shape[1]), 3]`"]
    }
    return ["write a smaller height and width"]
  }

  private func assertShape(_ actual: [Int], of path: String) throws(DataError) {
    guard let shape = description.shape, shape != actual else { return }
    throw DataError(
      source: description.name, path: path, part: .shape,
      "cannot use \(path): its samples are \(actual), but `shape` says \(shape)",
      help: ["write `shape: \(actual)`, or leave it out"])
  }

  private func fail(_ path: String, _ message: String, help: String? = nil) -> DataError {
    DataError(
      source: description.name, path: path, "cannot use \(path): \(message)", help: help.map { [$0] } ?? [])
  }

  private func file<Value>(_ body: () throws(FileError) -> Value) throws(DataError) -> Value {
    do throws(FileError) { return try body() } catch { throw DataError(source: description.name, error) }
  }
}
