import NNFormats
import NNRandom
import TemporaryFolders
import Testing

@testable import NNData

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct SourceTests {
  private func images(_ path: String, shape: [Int]? = [8, 8, 3]) -> SourceDescription {
    SourceDescription(name: "photos", kind: .images(path), shape: shape)
  }

  private func message(_ description: SourceDescription) -> String {
    let error = #expect(throws: DataError.self) { try DataSource.open(description) }
    #expect(error?.fault == .data)
    return error?.description ?? ""
  }

  @Test func foldersPatternsListsAndSingleFilesAreFound() throws {
    let folder = try TemporaryFolder()
    try folder.writePictures(3, in: "a")
    try folder.writePictures(2)
    try folder.write(Array("# a list\r\np1.png\r\n\r\na/p0.png\n".utf8), "list.txt")
    try folder.write([1, 2, 3], "notes.csv")
    for (path, count) in [("", 5), ("a", 3), ("a/*.png", 3), ("**/p1.png", 2), ("list.txt", 2), ("p0.png", 1)] {
      #expect(try DataSource.open(images(folder.file(path))).trainingCount == count, "\(path)")
    }
    let list = try DataSource.open(images(folder.file("list.txt")))
    #expect(list.sampleTitle(.training, 0) == folder.file("p1.png"))
  }

  @Test func whatCannotBeOpenedIsSaidWithItsPath() throws {
    let folder = try TemporaryFolder()
    mkdir(folder.file("empty"), 0o700)
    mkdir(folder.file("texts"), 0o700)
    for name in ["a.txt", "b.txt", "c.csv"] { try folder.write(Array("text".utf8), "texts/" + name) }
    try folder.write(Array("a.png\n".utf8), "list.txt")
    let path = folder.path
    #expect(message(images(path + "/none")) == "cannot read \(path)/none: there is no such file or folder")
    #expect(message(images(path + "/empty")) == "cannot read \(path)/empty: the folder is empty")
    #expect(
      message(images(path + "/texts"))
        == "cannot read \(path)/texts: the folder holds no PNG or JPEG picture, but 3 files (.txt 2, .csv 1)")
    #expect(message(images(path + "/*.jpg")) == "cannot read \(path)/*.jpg: no file matches this pattern")
    #expect(message(images(path + "/list.txt")).contains("line 1 names \(path)/a.png, which is not a file"))
    #expect(message(images(path + "/texts/a.txt")).contains("which is not a file"))
  }

  @Test func impossibleDescriptionsAreRefused() throws {
    let folder = try TemporaryFolder()
    try folder.writePictures(2)
    let good = images(folder.path)
    let changes: [(String, (inout SourceDescription) -> Void)] = [
      ("shape", { $0.shape = nil }), ("shape", { $0.shape = [8, 8] }), ("shape", { $0.shape = [8, 8, 2] }),
      ("shape", { $0.shape = [0, 8, 3] }), ("shape", { $0.shape = [.max, .max, 3] }),
      ("shape", { $0.shape = [1 << 20, 1 << 20, 3] }), ("samples_per_epoch", { $0.samplesPerEpoch = 0 }),
      ("validation", { $0.validation = .fraction(1) }), ("validation", { $0.validation = .fraction(.nan) }),
      ("range", { $0.mapping = .range(low: 1, high: 0) }), ("range", { $0.mapping = .range(low: .nan, high: 0) }),
      ("std", { $0.mapping = .standardize(mean: [0], deviation: [0]) }),
      ("mean", { $0.mapping = .standardize(mean: [0, 1], deviation: [1]) }),
      ("downscale", { $0.degrade = [.downscale(3)] }), ("downscale", { $0.degrade = [.downscale(0)] }),
      ("noise", { $0.degrade = [.noise(-1)] }), ("mask", { $0.degrade = [.mask(1.5)] }),
      ("blur", { $0.degrade = [.blur(.infinity)] }), ("scale", { $0.augment = [.randomCrop(scale: 0...1)] }),
      ("rotate", { $0.augment = [.rotate(degrees: .nan)] }), ("brightness", { $0.augment = [.brightness(-1)] }),
    ]
    for (word, change) in changes {
      var description = good
      change(&description)
      #expect(message(description).contains(word))
    }
  }

  @Test func aProbeReadsHeadersOnlyAndNamesEveryBadFile() throws {
    let folder = try TemporaryFolder()
    try folder.writePictures(3)
    try folder.write(Array("text".utf8), "bad1.png")
    try folder.write([], "bad2.jpg")
    let (findings, count) = try DataSource.open(images(folder.path)).probe()
    #expect(count == 5)
    #expect(findings.map(\.path) == [folder.file("bad1.png"), folder.file("bad2.jpg")])
  }

  @Test func theSplitIsStableWhenFilesAreAdded() {
    let names = (0..<2000).map { "photo\($0).jpg" }
    let before = SplitRule.split(count: 1000, fraction: 0.1) { names[$0] }
    let after = SplitRule.split(count: 2000, fraction: 0.1) { names[$0] }
    #expect(after.validation.filter { $0 < 1000 } == before.validation)
    #expect((150...250).contains(after.validation.count), "\(after.validation.count)")
    #expect(Set(after.validation).isDisjoint(with: after.training))
    #expect(after.validation.count + after.training.count == 2000)
    #expect(StableHash.mixed("photo0.jpg") == 0xAACA_0A34_5AE4_B302)
  }

  @Test(arguments: [2, 3, 5, 10], [0.001, 0.1, 0.5, 0.999])
  func noPartIsEmpty(count: Int, fraction: Double) {
    for salt in 0..<50 {
      let parts = SplitRule.split(count: count, fraction: fraction) { "\(salt) \($0)" }
      #expect(!parts.training.isEmpty && !parts.validation.isEmpty)
    }
    #expect(SplitRule.split(count: 1, fraction: fraction) { "\($0)" }.training == [0])
  }

  @Test func digitsGiveImagesAndOneHotLabels() throws {
    let folder = Fixture.data + "digits/"
    var description = SourceDescription(
      name: "digits", kind: .idx(images: folder + "images.idx3-ubyte", labels: folder + "labels.idx1-ubyte"),
      shape: [8, 8, 1])
    description.validation = .fraction(0.2)
    let source = try DataSource.open(description)
    #expect(source.fields == [SampleField(name: "image", shape: [8, 8, 1]), SampleField(name: "label", shape: [10])])
    #expect(source.classCount == 10)
    #expect(source.trainingCount + source.validationCount == 1797)
    #expect((300...420).contains(source.validationCount))
    let batch = Batch(fields: source.fields, capacity: 16)
    try source.fill(batch, pass: .evaluation(.validation), index: 0)
    let labels = try #require(batch.values("label"))
    let truth = try IDX.open(folder + "labels.idx1-ubyte").readAll()
    let images = try IDX.open(folder + "images.idx3-ubyte").readAll()
    for slot in 0..<16 {
      let member = source.parts.validation.members[slot]
      let row = Array(labels[slot * 10..<slot * 10 + 10])
      #expect(row.reduce(0, +) == 1 && row[Int(truth[member])] == 1)
      let pixels = batch.values("image").map { Array($0[slot * 64..<slot * 64 + 64]) }
      #expect(pixels == images[member * 64..<member * 64 + 64].map { $0 * (1 / 255) })
    }
    description.shape = [28, 28, 1]
    #expect(message(description).contains("its samples are [8, 8, 1], but `shape` says [28, 28, 1]"))
  }

  @Test func arraysAreGivenUnchanged() throws {
    let folder = try TemporaryFolder()
    let values = (0..<5 * 12).map { Float($0) * 3 - 20 }
    try NPY.write(values, shape: [5, 2, 3, 2], to: folder.file("a.npy"))
    var description = SourceDescription(name: "a", kind: .npy(folder.file("a.npy")))
    description.mapping = .range(low: -1, high: 1)
    let source = try DataSource.open(description)
    #expect(source.fields == [SampleField(name: "image", shape: [2, 3, 2])])
    let batch = Batch(fields: source.fields, capacity: 5)
    try source.fill(batch, pass: .evaluation(.training), index: 0)
    #expect(batch.values("image").map(Array.init) == values)
    description.augment = [.flip(.horizontal)]
    #expect(message(description).contains("augment"))
    try NPY.write([], shape: [0, 3], to: folder.file("none.npy"))
    let empty = SourceDescription(name: "a", kind: .npy(folder.file("none.npy")))
    #expect(message(empty).contains("no samples: its shape is [0, "))
    let error = #expect(throws: DataError.self) { try DataSource.open(empty) }
    #expect(error?.help == ["its first number is that of samples: save it with one or more"])
  }

  @Test func aDegradedSourceHasInputAndTarget() throws {
    let folder = try TemporaryFolder()
    try folder.writePictures(3)
    var description = images(folder.path)
    description.degrade = [.noise(0.1), .downscale(2), .grayscale]
    let source = try DataSource.open(description)
    #expect(
      source.fields == [SampleField(name: "input", shape: [4, 4, 3]), SampleField(name: "target", shape: [8, 8, 3])])
    #expect(source.field(nil)?.name == "input")
    #expect(source.field("image") == nil)
    let plain = try DataSource.open(images(folder.path))
    #expect([nil, "input", "target", "image"].allSatisfy { plain.field($0)?.name == "image" })
    #expect(plain.field("label") == nil)
    let first = Batch(fields: source.fields, capacity: 3)
    let second = Batch(fields: source.fields, capacity: 3)
    try source.fill(first, pass: .evaluation(.training), index: 0)
    try source.fill(second, pass: .evaluation(.training), index: 0)
    #expect(first.values("input") == second.values("input"))
    let grey = try #require(first.values("input"))
    for (pixel, value) in Array(grey).enumerated() { #expect(value == grey[pixel / 3 * 3]) }
  }

  @Test func classesArePairedWithTheirFolders() throws {
    let folder = try TemporaryFolder()
    try folder.writePictures(2, in: "cats")
    try folder.writePictures(3, in: "dogs")
    let source = try DataSource.open(SourceDescription(name: "x", kind: .classes(folder.path), shape: [8, 8, 3]))
    #expect(source.classNames == ["cats", "dogs"])
    let batch = Batch(fields: source.fields, capacity: 5)
    try source.fill(batch, pass: .evaluation(.training), index: 0)
    #expect(batch.values("label").map(Array.init) == [1, 0, 1, 0, 0, 1, 0, 1, 0, 1])
  }

  @Test("files of one name in many folders are told apart by these, in the split and in their noise")
  func namesBelowTheFolder() throws {
    let folder = try TemporaryFolder()
    for number in 0..<40 { try folder.writePictures(1, in: "s\(number)") }
    var description = SourceDescription(name: "x", kind: .images(folder.path), shape: [8, 8, 3])
    description.validation = .fraction(0.3)
    let counts = [folder.path, folder.file("*/p0.png")].map { location in
      description.kind = .images(location)
      return (try? DataSource.open(description).validationCount) ?? 0
    }
    #expect((5...20).contains(counts[0]) && counts[0] == counts[1], "\(counts)")
  }

  @Test("pictures of an IDX file of floats are from 0 to 1", arguments: [Float.nan, 200, -0.5])
  func floatsOutOfRange(value: Float) throws {
    let folder = try TemporaryFolder()
    let bits =
      [UInt32](repeating: Float(0.5).bitPattern, count: 3 * 16) + [value.bitPattern] + [UInt32](repeating: 0, count: 15)
    let header: [UInt8] = [0, 0, 0x0D, 3, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4]
    let path = try folder.write(
      header + bits.flatMap { word in (0..<4).map { UInt8(word >> (24 - 8 * $0) & 255) } }, "x")
    let source = try DataSource.open(SourceDescription(name: "x", kind: .idx(images: path, labels: nil)))
    let batch = Batch(fields: source.fields, capacity: 4)
    let error = #expect(throws: DataError.self) {
      try source.fill(batch, pass: .evaluation(.training), index: 0)
    }
    #expect(error?.message.contains("image 3 has values that are not from 0, black, to 1, white") == true)
  }

  @Test func heldOutFoldersOfOneClassKeepItsNumber() throws {
    let folder = try TemporaryFolder()
    for name in ["all", "held"] { mkdir(folder.file(name), 0o700) }
    for name in ["all/cats", "all/dogs", "held/dogs"] { try folder.writePictures(2, in: name) }
    var description = SourceDescription(name: "x", kind: .classes(folder.file("all")), shape: [8, 8, 3])
    description.validation = .samples(.classes(folder.file("held")))
    let source = try DataSource.open(description)
    let batch = Batch(fields: source.fields, capacity: 2)
    try source.fill(batch, pass: .evaluation(.validation), index: 0)
    #expect(batch.values("label").map(Array.init) == [0, 1, 0, 1])
  }

  @Test func pairsGetTheSameAugmentation() throws {
    let folder = try TemporaryFolder()
    try folder.writePictures(3, in: "in")
    try folder.writePictures(3, in: "out")
    var description = SourceDescription(
      name: "x", kind: .pairs(input: folder.file("in"), target: folder.file("out")), shape: [8, 8, 3])
    description.augment = [.randomCrop(scale: 0.3...0.9), .flip(.both), .rotate(degrees: 20), .brightness(0.3)]
    let source = try DataSource.open(description)
    let batch = Batch(fields: source.fields, capacity: 3)
    try source.fill(batch, pass: .training(seed: 4, epoch: 2, shuffle: true), index: 0)
    #expect(batch.values("input") == batch.values("target"))
    try ImageFile.writePNG(Picture.image(9), to: folder.file("in/alone.png"))
    #expect(message(description).contains("alone.png: no picture called alone is in \(folder.file("out"))"))
  }

  @Test func drawnShapesNeedNoFiles() throws {
    var description = SourceDescription(name: "s", kind: .syntheticShapes, shape: [16, 16, 3])
    description.samplesPerEpoch = 20
    let source = try DataSource.open(description)
    #expect(source.trainingCount == 20)
    let batch = Batch(fields: source.fields, capacity: 2)
    try source.fill(batch, pass: .evaluation(.training), index: 0)
    let values = try #require(batch.values("image"))
    #expect(Set(values).count > 4)
    #expect(Array(values[..<768]) != Array(values[768...]))
  }
}
