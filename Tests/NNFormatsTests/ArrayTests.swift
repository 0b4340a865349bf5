import NNFormats
import TemporaryFolders
import Testing

@Suite struct ArrayTests {
  private static let small: [Float] = [0, 1, -2.5, 1e-3, 100, 3]

  @Test(
    "NumPy files of every plain type convert to float32", arguments: ["f4", "f8", "f2", "i8", "i4", "i2", "i1", "b1"])
  func types(kind: String) throws {
    let (shape, values) = try NPY.read(Fixture.folder + "type_\(kind).npy")
    #expect(shape == [2, 3])
    switch kind {
    case "f4", "f8": #expect(values == Self.small)
    case "f2": #expect(zip(values, Self.small).allSatisfy { abs($0 - $1) <= abs($1) * 0x1p-11 })
    case "b1": #expect(values == [0, 1, 1, 1, 1, 1])
    default: #expect(values == Self.small.map { $0.rounded(.towardZero) })
    }
  }

  @Test func unsignedBytesVersion2AndScalarsAreRead() throws {
    #expect(try NPY.read(Fixture.folder + "type_u1.npy").values == [0, 1, 255, 7, 100, 3])
    #expect(try NPY.read(Fixture.folder + "version2.npy").values == Self.small)
    let scalar = try NPY.read(Fixture.folder + "scalar.npy")
    #expect(scalar.shape == [])
    #expect(scalar.values == [2.5])
  }

  @Test(
    "what cannot be read is refused with its reason",
    arguments: [
      ("bigendian", "big-endian"), ("fortran", "Fortran order"), ("objects", "Python objects"), ("records", "records"),
    ])
  func refused(name: String, reason: String) throws {
    let error = #expect(throws: FileError.self) { try NPY.open(Fixture.folder + name + ".npy") }
    #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
  }

  @Test("a written array reads back, by rows too", arguments: [[2, 3], [6], [1, 2, 3], [0, 4], []])
  func roundTrip(shape: [Int]) throws {
    let values = (0..<shape.reduce(1, *)).map { Float($0) * 1.5 - 2 }
    let folder = try TemporaryFolder()
    try NPY.write(values, shape: shape, to: folder.file("a.npy"))
    let array = try NPY.open(folder.file("a.npy"))
    #expect(array.shape == shape)
    #expect(try array.readAll() == values)
    if let rows = shape.first {
      #expect(try (0..<rows).flatMap { try array.read(rows: $0..<$0 + 1) } == values)
      #expect(throws: FileError.self) { try array.read(rows: 0..<rows + 1) }
    }
    #expect(NPY.header(shape: shape).count % 64 == 0)
  }

  @Test func aHeaderMatchesNumPysOwn() throws {
    let theirs = try Fixture.bytes("type_f4.npy")
    let ours = NPY.header(shape: [2, 3])
    #expect(Array(theirs.prefix(ours.count)) == ours)
  }

  @Test func valuesThatDoNotFillTheShapeAreNotWritten() throws {
    let folder = try TemporaryFolder()
    #expect(throws: FileError.self) { try NPY.write([1, 2], shape: [3], to: folder.file("a.npy")) }
    #expect(folder.names == [])
  }

  @Test func theDigitsAreRead() throws {
    let images = try IDX.open(Fixture.data + "digits/images.idx3-ubyte")
    let labels = try IDX.open(Fixture.data + "digits/labels.idx1-ubyte")
    #expect(images.shape == [1797, 8, 8])
    #expect(labels.shape == [1797])
    #expect(Set(try labels.readAll()) == Set((0..<10).map { Float($0) }))
    let first = try images.read(rows: 0..<1)
    #expect(try Array(images.readAll().prefix(64)) == first)
  }

  @Test("arrays cut at any place are errors", arguments: ["type_f4.npy", "version2.npy"])
  func truncation(name: String) throws {
    let bytes = try Fixture.bytes(name)
    let folder = try TemporaryFolder()
    for length in 0..<bytes.count {
      let path = try folder.write(Array(bytes.prefix(length)), "cut.npy")
      #expect(throws: FileError.self, "cut at \(length)") { try NPY.read(path) }
    }
    let digits = try InputFile(path: Fixture.data + "digits/labels.idx1-ubyte").readAll()
    for length in [0, 1, 3, 4, 7, 8, 100, digits.count - 1] {
      let path = try folder.write(Array(digits.prefix(length)), "cut.idx")
      #expect(throws: FileError.self, "cut at \(length)") { try IDX.open(path) }
    }
  }

  @Test func damagedHeadersNeverTrap() throws {
    let folder = try TemporaryFolder()
    var generator = TestGenerator(state: 11)
    let npy = try Fixture.bytes("type_f4.npy")
    let idx: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8]
    for _ in 0..<2000 {
      let first = try folder.write(mutated(npy, using: &generator), "a.npy")
      if let array = try? NPY.open(first), array.shape.reduce(1, *) < 1000 { _ = try? array.readAll() }
      let second = try folder.write(mutated(idx, using: &generator), "a.idx")
      if let array = try? IDX.open(second) { _ = try? array.readAll() }
    }
  }

  private func mutated(_ original: [UInt8], using generator: inout TestGenerator) -> [UInt8] {
    var bytes = original
    for _ in 0..<Int.random(in: 1...3, using: &generator) {
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      let digits = Array("0123456789(),'-".utf8)
      bytes[place] =
        Bool.random(using: &generator)
        ? bytes[place] ^ 1 << UInt8.random(in: 0...7, using: &generator) : digits[Int(generator.next() % 15)]
    }
    return bytes
  }
}
