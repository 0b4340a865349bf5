import NNFormats
import TemporaryFolders
import Testing

@testable import NNData

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct OriginTests {
  private func message(_ description: SourceDescription) -> String {
    let error = #expect(throws: DataError.self) { try DataSource.open(description) }
    #expect(error?.fault == .data)
    return error?.description ?? ""
  }

  /// A record: the label and a picture whose red is `red`, green 10 and blue the row.
  private func record(_ label: UInt8, red: UInt8) -> [UInt8] {
    let blue = (0..<1024).map { UInt8($0 / 32) }
    return [label] + [UInt8](repeating: red, count: 1024) + [UInt8](repeating: 10, count: 1024) + blue
  }

  private func writeCIFAR(_ folder: TemporaryFolder) throws {
    for file in 1...5 {
      try folder.write(record(UInt8(file), red: UInt8(file * 20)) + record(0, red: 7), "data_batch_\(file).bin")
    }
    try folder.write(record(9, red: 99), "test_batch.bin")
  }

  @Test func cifarHasPlanarPicturesLabelsAndItsTestFileHeldOut() throws {
    let folder = try TemporaryFolder()
    try writeCIFAR(folder)
    try folder.write(Array((0..<10).map { "class \($0)\n" }.joined().utf8) + Array("\n".utf8), "batches.meta.txt")
    var description = SourceDescription(name: "c", kind: .cifar10(folder.path), shape: [32, 32, 3])
    description.labels = .index
    let source = try DataSource.open(description)
    #expect(source.fields == [SampleField(name: "image", shape: [32, 32, 3]), SampleField(name: "label", shape: [1])])
    #expect((source.trainingCount, source.validationCount, source.classCount) == (10, 1, 10))
    #expect(source.classNames[3] == "class 3")
    #expect(source.sampleTitle(.training, 5) == folder.file("data_batch_3.bin") + " (sample 1)")
    let batch = Batch(fields: source.fields, capacity: 10)
    try source.fill(batch, pass: .evaluation(.training), index: 0)
    #expect(batch.values("label").map(Array.init) == [1, 0, 2, 0, 3, 0, 4, 0, 5, 0])
    let values = try #require(batch.values("image")).map { ($0 * 255).rounded() }
    let pixel = 4 * 3072 + (17 * 32 + 5) * 3
    #expect(values[pixel..<pixel + 3] == [60, 10, 17])
    try source.fill(batch, pass: .evaluation(.validation), index: 0)
    #expect(batch.count == 1 && batch.values("label") == [9])
  }

  @Test func aShareOfCIFARIsHeldOutInsteadOfItsTestFile() throws {
    let folder = try TemporaryFolder()
    try writeCIFAR(folder)
    unlink(folder.file("test_batch.bin"))
    var description = SourceDescription(name: "c", kind: .cifar10(folder.path))
    #expect(message(description).contains("it holds no test_batch.bin"))
    description.validation = .fraction(0.3)
    let source = try DataSource.open(description)
    #expect(source.trainingCount + source.validationCount == 10 && source.validationCount > 0)
  }

  @Test func aCIFARFolderThatIsNoneIsExplained() throws {
    let folder = try TemporaryFolder()
    try writeCIFAR(folder)
    let description = SourceDescription(name: "c", kind: .cifar10(folder.path))
    try folder.write(Array(record(1, red: 0).dropLast(73)), "data_batch_2.bin")
    #expect(
      message(description)
        == "cannot read \(folder.file("data_batch_2.bin")): the file is truncated: a picture takes 3073 bytes, and after "
        + "0 of them 3000 are left")
    try folder.write(record(10, red: 0), "data_batch_2.bin")
    #expect(message(description).contains("the label of picture 0 is 10, not 0…9"))
    try folder.write([], "data_batch_2.bin")
    #expect(message(description).contains("the file is empty"))
    unlink(folder.file("data_batch_2.bin"))
    #expect(message(description).contains("it holds no data_batch_2.bin"))
    try folder.write([1], "data_batch_1")
    #expect(message(description).contains("pickles for Python"))
    let wrong = SourceDescription(name: "c", kind: .cifar10(folder.file("test_batch.bin")))
    #expect(message(wrong).contains("it is not a folder"))
    try writeCIFAR(folder)
    #expect(
      message(SourceDescription(name: "c", kind: .cifar10(folder.path), shape: [28, 28, 1]))
        .contains("its samples are [32, 32, 3], but `shape` says [28, 28, 1]"))
  }

  @Test func foldersOfClassesMustBeTwoAndHoldPictures() throws {
    let folder = try TemporaryFolder()
    let description = SourceDescription(name: "x", kind: .classes(folder.path), shape: [8, 8, 3])
    #expect(message(description).contains("it holds no folders; each class is a folder of pictures"))
    try folder.writePictures(2, in: "cats")
    #expect(message(description).contains("it holds one class only, cats"))
    mkdir(folder.file("dogs"), 0o700)
    #expect(message(description) == "cannot read \(folder.file("dogs")): the folder is empty")
    try folder.writePictures(1, in: "dogs")
    _ = try DataSource.open(description)
    try folder.writePictures(1)
    #expect(message(description).contains("p0.png: it lies beside the folders of the classes"))
  }

  @Test func everyKindTakesValidationFilesOfItsOwnKind() throws {
    let folder = try TemporaryFolder()
    for name in ["a", "b", "c", "classes", "held", "others"] { mkdir(folder.file(name), 0o700) }
    for name in ["a", "b", "c"] { try folder.writePictures(3, in: name) }
    for name in ["classes/cats", "classes/dogs", "held/dogs", "held/cats"] { try folder.writePictures(2, in: name) }
    for name in ["others/dogs", "others/zebras"] { try folder.writePictures(2, in: name) }
    try NPY.write([1, 2, 3, 4, 5, 6], shape: [3, 2], to: folder.file("a.npy"))
    try NPY.write([1, 2], shape: [1, 2], to: folder.file("b.npy"))
    try NPY.write([1, 2, 3], shape: [1, 3], to: folder.file("c.npy"))
    let digits = Fixture.data + "digits/"
    let idx = SourceDescription.Kind.idx(
      images: digits + "images.idx3-ubyte", labels: digits + "labels.idx1-ubyte")
    let file = { (name: String) in folder.file(name) }
    let pairs = SourceDescription.Kind.pairs(input: file("a"), target: file("b"))
    let kinds: [(SourceDescription.Kind, SourceDescription.Kind, count: Int)] = [
      (.images(file("a")), .images(file("b")), 3), (.syntheticShapes, .images(file("b")), 3),
      (.classes(file("classes")), .classes(file("held")), 4), (pairs, .pairs(input: file("b"), target: file("c")), 3),
      (idx, idx, 1797), (.npy(file("a.npy")), .npy(file("b.npy")), 1),
    ]
    for (kind, held, count) in kinds {
      var description = SourceDescription(name: "x", kind: kind)
      if case .idx = kind {} else if case .npy = kind {} else { description.shape = [8, 8, 3] }
      description.validation = .samples(held)
      #expect(try DataSource.open(description).validationCount == count, "\(kind)")
    }
    var description = SourceDescription(name: "x", kind: .npy(file("a.npy")))
    description.validation = .samples(.npy(file("c.npy")))
    #expect(message(description) == "the samples of `validation` are [3], those to train on are [2]")
    description = SourceDescription(name: "x", kind: .classes(file("classes")), shape: [8, 8, 3])
    description.validation = .samples(.classes(file("others")))
    #expect(message(description).contains("`validation` has a class `zebras`"))
    description = SourceDescription(name: "x", kind: idx)
    description.validation = .samples(.idx(images: digits + "images.idx3-ubyte", labels: nil))
    #expect(message(description).contains("`validation` has no labels"))
  }

  @Test(arguments: ["images", "idx", "cifar10", "classes", "synthetic"])
  func everyPictureSourceCanBeDegraded(name: String) throws {
    let folder = try TemporaryFolder()
    let digits = Fixture.data + "digits/"
    var description: SourceDescription
    switch name {
    case "images":
      try folder.writePictures(2)
      description = SourceDescription(name: "x", kind: .images(folder.path), shape: [8, 8, 3])
    case "idx":
      description = SourceDescription(
        name: "x", kind: .idx(images: digits + "images.idx3-ubyte", labels: digits + "labels.idx1-ubyte"))
    case "cifar10":
      try writeCIFAR(folder)
      description = SourceDescription(name: "x", kind: .cifar10(folder.path))
    case "classes":
      try folder.writePictures(2, in: "cats")
      try folder.writePictures(2, in: "dogs")
      description = SourceDescription(name: "x", kind: .classes(folder.path), shape: [8, 8, 3])
    default: description = SourceDescription(name: "x", kind: .syntheticShapes, shape: [8, 8, 1])
    }
    description.degrade = [.noise(0.1), .blur(0.5), .downscale(2), .grayscale, .mask(0.25)]
    let source = try DataSource.open(description)
    let labelled = ["idx", "cifar10", "classes"].contains(name)
    #expect(source.fields.map(\.name) == ["input", "target"] + (labelled ? ["label"] : []))
    #expect(source.fields[0].shape.dropLast() == source.fields[1].shape.dropLast().map { $0 / 2 }[...])
    let batch = Batch(fields: source.fields, capacity: 2)
    try source.fill(batch, pass: .training(seed: 1, epoch: 0, shuffle: true), index: 0)
    #expect(batch.values("input")?.allSatisfy(\.isFinite) == true)
  }

  @Test func keysThatDoNotGoWithAKindSaySo() throws {
    let folder = try TemporaryFolder()
    try NPY.write([1, 2], shape: [1, 2], to: folder.file("a.npy"))
    var array = SourceDescription(name: "x", kind: .npy(folder.file("a.npy")))
    array.degrade = [.grayscale]
    #expect(message(array).contains("`degrade` works on pictures"))
    var pairs = SourceDescription(
      name: "x", kind: .pairs(input: folder.path, target: folder.path), shape: [8, 8, 3])
    pairs.degrade = [.grayscale]
    #expect(message(pairs).contains("`degrade` does not go with `pairs`"))
    var drawn = SourceDescription(name: "x", kind: .syntheticShapes, shape: [8, 8, 3])
    #expect(try DataSource.open(drawn).trainingCount == 1000)
    drawn.broken = .skip
    #expect(message(drawn).contains("`broken` is for sources with a file per picture"))
    drawn = SourceDescription(name: "x", kind: .cifar10(folder.path))
    drawn.mapping = .standardize(mean: [0, 0], deviation: [1])
    #expect(message(drawn).contains("data_batch_1.bin"))
  }
}

@Suite struct BrokenPictureTests {
  private func source(
    _ folder: TemporaryFolder, _ change: (inout SourceDescription) -> Void = { _ in }
  ) throws
    -> DataSource
  {
    try folder.writePictures(6)
    let whole = try InputFile(path: folder.file("p3.png")).readAll()
    try folder.write(Array(whole.prefix(whole.count / 2)), "p3.png")
    var description = SourceDescription(name: "x", kind: .images(folder.path), shape: [8, 8, 3])
    description.broken = .skip
    change(&description)
    return try DataSource.open(description)
  }

  @Test func evaluationLeavesTheBrokenOut() throws {
    let folder = try TemporaryFolder()
    let source = try source(folder)
    #expect(source.brokenPictures.isEmpty)
    var counts: [Int] = []
    let loader = BatchLoader(source: source, batchSize: 2, schedule: .evaluation(.training), threads: 2)
    while let batch = try loader.next() { counts.append(batch.count) }
    #expect(counts == [2, 1, 2])
    #expect(source.brokenPictures.map(\.path) == [folder.file("p3.png")])
  }

  @Test func trainingDrawsTheNextWholeSampleOnAnyNumberOfThreads() throws {
    let folder = try TemporaryFolder()
    let source = try source(folder)
    let plain = Batch(fields: source.fields, capacity: 6)
    try source.fill(plain, pass: .training(seed: 1, epoch: 0, shuffle: false), index: 0)
    #expect(plain.count == 6)
    let values = try #require(plain.values("image"))
    #expect(values[3 * 192..<4 * 192] == values[4 * 192..<5 * 192].prefix(192))
    for threads in 1...3 {
      let schedule = BatchLoader.Schedule.training(seed: 5, shuffle: true, from: BatchPosition())
      let loader = BatchLoader(source: try self.source(folder), batchSize: 4, schedule: schedule, threads: threads)
      let direct = Batch(fields: source.fields, capacity: 4)
      for number in 0..<6 {
        let batch = try #require(try loader.next())
        try source.fill(direct, pass: .training(seed: 5, epoch: number / 2, shuffle: true), index: number % 2)
        #expect(batch.count == direct.count && batch.values("image") == direct.values("image"))
      }
    }
  }

  @Test func aSourceWithoutAWholePictureFails() throws {
    let folder = try TemporaryFolder()
    for number in 0..<3 { try folder.write(Array("text".utf8), "p\(number).png") }
    var description = SourceDescription(name: "x", kind: .images(folder.path), shape: [8, 8, 3])
    description.broken = .skip
    let source = try DataSource.open(description)
    let batch = Batch(fields: source.fields, capacity: 1)
    let error = #expect(throws: DataError.self) {
      try source.fill(batch, pass: .training(seed: 1, epoch: 0, shuffle: true), index: 0)
    }
    #expect(error?.message == "every picture of `x` is broken")
  }

  @Test("pairs have the same path below their folders, whether these are named with a slash or without")
  func pairsBelowFolders() throws {
    let folder = try TemporaryFolder()
    for place in ["in", "in/a", "in/b", "same", "same/a", "same/b", "other", "other/b", "other/c"] {
      try folder.writePictures(2, in: place)
    }
    for slash in ["", "/", "//"] {
      func open(_ target: String) throws -> DataSource {
        let kind = SourceDescription.Kind.pairs(input: folder.file("in") + slash, target: folder.file(target) + slash)
        return try DataSource.open(SourceDescription(name: "x", kind: kind, shape: [8, 8, 3]))
      }
      #expect(try open("same").trainingCount == 6)
      #expect(throws: DataError.self) { try open("other") }
    }
  }

  @Test("an ending is what follows the last point of a name, not one of a folder's")
  func pairsBelowFoldersWithPoints() throws {
    let folder = try TemporaryFolder()
    for place in ["in", "in/v1.0", "out", "out/v1.0"] {
      try folder.writePictures(1, in: place)
      for name in ["a", "b"] {
        let bytes = try InputFile(path: folder.file("\(place)/p0.png")).readAll()
        try AtomicFile.write(bytes, to: folder.file("\(place)/\(name)"))
      }
    }
    for place in ["in", "in/v1.0", "out", "out/v1.0"] { unlink(folder.file("\(place)/p0.png")) }
    let kind = SourceDescription.Kind.pairs(input: folder.file("in"), target: folder.file("out"))
    #expect(try DataSource.open(SourceDescription(name: "x", kind: kind, shape: [8, 8, 3])).trainingCount == 4)
  }

  @Test func pairsAreLeftOutWhereEitherIsBroken() throws {
    let folder = try TemporaryFolder()
    try folder.writePictures(3, in: "in")
    try folder.writePictures(3, in: "out")
    try folder.write(Array("text".utf8), "out/p1.png")
    var description = SourceDescription(
      name: "x", kind: .pairs(input: folder.file("in"), target: folder.file("out")), shape: [8, 8, 3])
    description.broken = .skip
    let source = try DataSource.open(description)
    let batch = Batch(fields: source.fields, capacity: 3)
    try source.fill(batch, pass: .evaluation(.training), index: 0)
    #expect(batch.count == 2)
    #expect(batch.values("input") == batch.values("target"))
  }
}

@Suite struct RunDegradationTests {
  @Test func noiseDependsOnThePicturesName() throws {
    var description = SourceDescription(name: "x", kind: .images("x"), shape: [14, 20, 3])
    description.degrade = [.noise(0.1)]
    let clean = Raster(Picture.image(0))
    let first = try #require(description.degraded(clean, named: "a.png"))
    #expect(try #require(description.degraded(clean, named: "a.png")).values == first.values)
    #expect(try #require(description.degraded(clean, named: "b.png")).values != first.values)
  }
}

@Suite struct CompanionTests {
  private func open(_ name: String, _ count: Int, _ folder: TemporaryFolder) throws -> DataSource {
    try folder.writePictures(count, in: name)
    var description = SourceDescription(name: name, kind: .images(folder.file(name)), shape: [8, 8, 3])
    if name == "photos" { description.validation = .fraction(0.4) }
    return try DataSource.open(description)
  }

  @Test func companionsComeAlongInTheBatchesOfTheLeadingSource() throws {
    let folder = try TemporaryFolder()
    let (photos, others) = (try open("photos", 10, folder), try open("others", 3, folder))
    let both = photos.accompanied(by: [others])
    #expect(both.fields.map(\.name) == ["image", "others.image"])
    #expect(both.field(ofPort: "others.image")?.name == "others.image")
    #expect(both.field(ofPort: "others.target")?.name == "others.image")
    #expect(both.field(ofPort: "photos.image")?.name == "image")
    #expect(both.field(ofPort: "photos.label") == nil && both.source(ofPort: "others.image") === others)
    for shuffle in [false, true] {
      let pass = DataSource.Pass.training(seed: 3, epoch: 1, shuffle: shuffle)
      let batch = Batch(fields: both.fields, capacity: 4)
      let alone = Batch(fields: photos.fields, capacity: 4)
      for index in 0..<both.batchCount(pass, batchSize: 4) {
        try both.fill(batch, pass: pass, index: index)
        try photos.fill(alone, pass: pass, index: index)
        #expect(batch.count == alone.count && batch.values("image") == alone.values("image"))
        let others = try #require(batch.values("others.image"))
        #expect(others.count == batch.count * 192 && Set(others).count > 4)
      }
    }
    let held = Batch(fields: both.fields, capacity: 16)
    try both.fill(held, pass: .evaluation(.validation), index: 0)
    #expect(held.count == photos.validationCount)
  }

  @Test func samplesOfTheSameNumbersComeTogether() throws {
    let folder = try TemporaryFolder()
    try folder.writePictures(10, in: "in")
    try folder.writePictures(10, in: "out")
    try folder.write(Array("text".utf8), "out/p3.png")
    func open(_ name: String, _ fraction: Double) throws -> DataSource {
      var description = SourceDescription(name: name, kind: .images(folder.file(name)), shape: [8, 8, 3])
      (description.validation, description.broken) = (.fraction(fraction), .skip)
      return try DataSource.open(description)
    }
    let input = try open("in", 0.3)
    let (paired, apart) = (input.accompanied(by: [try open("out", 0.3)]), input.accompanied(by: [try open("out", 0)]))
    for pass in [DataSource.Pass.training(seed: 1, epoch: 0, shuffle: true), .evaluation(.validation)] {
      let batch = Batch(fields: paired.fields, capacity: 16)
      try paired.fill(batch, pass: pass, index: 0)
      #expect(batch.count > 0 && batch.values("image") == batch.values("out.image"))
    }
    let batch = Batch(fields: apart.fields, capacity: 16)
    try apart.fill(batch, pass: .training(seed: 1, epoch: 0, shuffle: true), index: 0)
    #expect(batch.values("image") != batch.values("out.image"))
    // Two that belong together, beside one that leads.
    try folder.writePictures(4, in: "lead")
    let both = try open("lead", 0).accompanied(by: [input, try open("out", 0.3)])
    for pass in [DataSource.Pass.training(seed: 1, epoch: 0, shuffle: true), .evaluation(.training)] {
      let batch = Batch(fields: both.fields, capacity: 4)
      try both.fill(batch, pass: pass, index: 0)
      #expect(batch.count == 4 && batch.values("in.image") == batch.values("out.image"))
    }
  }

  @Test func cropsOfPairsShowTheSamePart() throws {
    let folder = try TemporaryFolder()
    try folder.writePictures(1, in: "in", width: 36, height: 24)
    let small = Picture.image(0, width: 36, height: 24)
    let large = Raster(small).resized(
      Region(top: 0, left: 0, height: 24, width: 36), height: 48, width: 72)
    let pixels = large.values.map { UInt8(($0 * 255).rounded()) }
    mkdir(folder.file("out"), 0o700)
    let image = try #require(Image(width: 72, height: 48, channels: 3, pixels: .bytes(pixels)))
    try ImageFile.writePNG(image, to: folder.file("out/p0.png"))
    var description = SourceDescription(
      name: "x", kind: .pairs(input: folder.file("in"), target: folder.file("out")), shape: [12, 12, 3])
    (description.augment, description.samplesPerEpoch) = ([.randomCrop(scale: 0.6...0.7)], 200)
    let source = try DataSource.open(description)
    let batch = Batch(fields: source.fields, capacity: 200)
    try source.fill(batch, pass: .training(seed: 1, epoch: 0, shuffle: true), index: 0)
    let (input, target) = (try #require(batch.values("input")), try #require(batch.values("target")))
    let largest = zip(input, target).map { abs($0 - $1) }.max() ?? 1
    #expect(largest < 0.2, "\(largest)")
  }
}
