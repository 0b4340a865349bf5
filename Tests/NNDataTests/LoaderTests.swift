import NNFormats
import TemporaryFolders
import Testing

@testable import NNData

@Suite struct LoaderTests {
  private func description(_ path: String) -> SourceDescription {
    var description = SourceDescription(name: "photos", kind: .images(path), shape: [8, 8, 3])
    description.mapping = .range(low: -1, high: 1)
    description.augment = [
      .randomCrop(scale: 0.3...0.9), .flip(.horizontal), .rotate(degrees: 10), .brightness(0.2), .contrast(0.2),
      .saturation(0.2),
    ]
    description.degrade = [.blur(0.7), .noise(0.1), .mask(0.2)]
    description.validation = .fraction(0.3)
    description.samplesPerEpoch = 17
    return description
  }

  @Test("prefetched batches are those produced directly", arguments: [1, 2, 3])
  func equality(threads: Int) throws {
    let folder = try TemporaryFolder()
    try folder.writePictures(7)
    let source = try DataSource.open(description(folder.path))
    let loader = BatchLoader(
      source: try DataSource.open(description(folder.path)), batchSize: 5,
      schedule: .training(seed: 42, shuffle: true, from: BatchPosition()), threads: threads)
    let direct = Batch(fields: source.fields, capacity: 5)
    for number in 0..<12 {
      let batch = try #require(try loader.next())
      try source.fill(direct, pass: .training(seed: 42, epoch: number / 4, shuffle: true), index: number % 4)
      #expect((batch.epoch, batch.index, batch.count) == (number / 4, number % 4, number % 4 == 3 ? 2 : 5))
      #expect(batch.isLastOfEpoch == (number % 4 == 3))
      #expect(batch.values("input") == direct.values("input"))
      #expect(batch.values("target") == direct.values("target"))
    }
  }

  @Test func loadingFromAnyPlaceContinuesTheSameStream() throws {
    let folder = try TemporaryFolder()
    try folder.writePictures(5)
    let source = try DataSource.open(description(folder.path))
    let all = BatchLoader(
      source: source, batchSize: 4, schedule: .training(seed: 1, shuffle: true, from: BatchPosition()))
    for _ in 0..<7 { _ = try all.next() }
    let resumed = BatchLoader(
      source: source, batchSize: 4,
      schedule: .training(seed: 1, shuffle: true, from: BatchPosition(epoch: 1, batch: 2)), threads: 2)
    for _ in 0..<4 { #expect(try all.next()?.values("input") == resumed.next()?.values("input")) }
  }

  @Test func anEvaluationGivesEachSampleOnceThenNil() throws {
    let folder = try TemporaryFolder()
    try folder.writePictures(7)
    let source = try DataSource.open(description(folder.path))
    for split in [DataSource.Split.training, .validation] {
      let loader = BatchLoader(source: source, batchSize: 2, schedule: .evaluation(split), threads: 2)
      var count = 0
      while let batch = try loader.next() { count += batch.count }
      #expect(count == source.sampleCount(.evaluation(split)))
      #expect(try loader.next() == nil)
    }
  }

  @Test func anEpochDrawsEverySampleEquallyOften() throws {
    let order = EpochOrder(count: 10)
    let draws = (0..<30).map { order.sample(seed: 5, epoch: 3, draw: $0) }
    for turn in 0..<3 { #expect(Set(draws[turn * 10..<turn * 10 + 10]).count == 10) }
    #expect(Array(draws[0..<10]) != Array(draws[10..<20]))
    #expect(draws != (0..<30).map { order.sample(seed: 5, epoch: 4, draw: $0) })
    #expect(draws == (0..<30).reversed().map { EpochOrder(count: 10).sample(seed: 5, epoch: 3, draw: $0) }.reversed())
  }

  @Test func aBrokenFileIsReportedAtItsTurnAndNamed() throws {
    let folder = try TemporaryFolder()
    try folder.writePictures(6)
    let whole = try InputFile(path: folder.file("p3.png")).readAll()
    try folder.write(Array(whole.prefix(whole.count / 2)), "p3.png")
    let source = try DataSource.open(SourceDescription(name: "x", kind: .images(folder.path), shape: [8, 8, 3]))
    let loader = BatchLoader(source: source, batchSize: 1, schedule: .evaluation(.training), threads: 3)
    for _ in 0..<3 { #expect(try loader.next() != nil) }
    for _ in 0..<2 {
      let error = #expect(throws: DataError.self) { try loader.next() }
      #expect(error?.description == "cannot read \(folder.file("p3.png")): the file is truncated")
      #expect(error?.fault == .data)
    }
  }

  @Test func batchesAreFilledAgainUnlessTheyAreHeld() throws {
    let folder = try TemporaryFolder()
    try folder.writePictures(4)
    let source = try DataSource.open(description(folder.path))
    let loader = BatchLoader(
      source: source, batchSize: 2, schedule: .training(seed: 1, shuffle: true, from: BatchPosition()))
    var seen: Set<ObjectIdentifier> = []
    for _ in 0..<40 {
      guard let batch = try loader.next() else { break }
      seen.insert(ObjectIdentifier(batch))
    }
    #expect(seen.count <= 5, "\(seen.count) batches were allocated")
    let held = try #require(try loader.next())
    let values = held.values("input").map(Array.init)
    for _ in 0..<10 { _ = try loader.next() }
    #expect(held.values("input").map(Array.init) == values)
  }

  @Test func aLoaderStopsAtAnyMoment() throws {
    let folder = try TemporaryFolder()
    try folder.writePictures(4)
    let source = try DataSource.open(description(folder.path))
    for count in 0..<8 {
      let loader = BatchLoader(
        source: source, batchSize: 2, schedule: .training(seed: 1, shuffle: true, from: BatchPosition()),
        threads: 1 + count % 3, ahead: 1 + count % 2)
      for _ in 0..<count { _ = try loader.next() }
      if count % 2 == 0 { loader.stop() }
    }
  }

  @Test func withoutShufflingSamplesComeInTheirOrder() throws {
    let folder = try TemporaryFolder()
    try folder.writePictures(3)
    let source = try DataSource.open(SourceDescription(name: "x", kind: .images(folder.path), shape: [8, 8, 3]))
    let first = Batch(fields: source.fields, capacity: 3)
    let second = Batch(fields: source.fields, capacity: 3)
    try source.fill(first, pass: .training(seed: 1, epoch: 0, shuffle: false), index: 0)
    try source.fill(second, pass: .evaluation(.training), index: 0)
    #expect(first.values("image") == second.values("image"))
  }

  @Test func sourcesOfOtherNamesDrawOtherNumbers() throws {
    let folder = try TemporaryFolder()
    try folder.writePictures(4)
    var other = description(folder.path)
    other.name = "paintings"
    let values = try [description(folder.path), other].map { description in
      let source = try DataSource.open(description)
      let batch = Batch(fields: source.fields, capacity: 4)
      try source.fill(batch, pass: .training(seed: 1, epoch: 0, shuffle: true), index: 0)
      return batch.values("input").map(Array.init)
    }
    #expect(values[0] != values[1])
  }
}
