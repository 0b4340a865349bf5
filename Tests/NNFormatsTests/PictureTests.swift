import NNFormats
import TemporaryFolders
import Testing

@Suite struct PictureTests {
  @Test(
    "8-bit PNG of every colour type decodes to what Pillow gives",
    arguments: [
      "grey8", "greyalpha8", "rgb8", "rgba8", "interlaced", "gamma", "grey1", "grey2", "grey4", "palette",
      "palettealpha",
    ])
  func png(name: String) throws {
    let image = try ImageFile.read(Fixture.folder + name + ".png")
    let expected = try NPY.read(Fixture.folder + name + ".npy")
    #expect((image.width, image.height) == (7, 5))
    #expect(image.channels == (expected.shape.count == 3 ? 3 : 1))
    #expect(image.quantized().map { Float($0) } == expected.values)
    guard case .bytes = image.pixels else {
      Issue.record("an 8-bit file has become floats")
      return
    }
  }

  @Test(
    "16-bit PNG keeps its 16 bits, whatever its gamma chunk says, and beside an alpha channel",
    arguments: ["grey16", "rgb16", "rgb16gamma", "rgba16", "rgba16interlaced"])
  func deepPNG(name: String) throws {
    let image = try ImageFile.read(Fixture.folder + name + ".png")
    let expected = try NPY.read(Fixture.folder + name + ".npy").values
    #expect(image.unitFloats().map { ($0 * 65535).rounded() } == expected)
  }

  @Test("JPEG decodes to what Pillow gives", arguments: ["rgb", "grey", "progressive", "cmyk"])
  func jpeg(name: String) throws {
    let image = try ImageFile.read(Fixture.folder + name + ".jpg")
    let expected = try NPY.read(Fixture.folder + name + ".npy")
    #expect([image.height, image.width] == Array(expected.shape.prefix(2)))
    #expect(image.channels == (name == "grey" ? 1 : 3))
    let worst = zip(image.quantized(), expected.values).map { abs(Float($0) - $1) }.max() ?? 255
    #expect(worst <= 2, "worst difference \(worst)")
  }

  @Test("the EXIF orientation is honoured", arguments: 1...8)
  func orientation(number: Int) throws {
    var bytes = try Fixture.bytes("exif.jpg")
    let tag = try #require(bytes.indices.first { Array(bytes[$0...].prefix(4)) == [0x01, 0x12, 0x00, 0x03] })
    bytes[tag + 9] = UInt8(number)
    let folder = try TemporaryFolder()
    let path = try folder.write(bytes, "turned.jpg")
    let image = try ImageFile.read(path)
    let header = try ImageFile.header(path)
    let row = try NPY.open(Fixture.folder + "orientations.npy").read(rows: number - 1..<number).map { Int($0) }
    #expect([image.height, image.width] == Array(row[0..<2]))
    #expect((header.height, header.width) == (image.height, image.width))
    let pixels = image.quantized().map { Int($0) }
    let corners = [0, image.width - 1, (image.height - 1) * image.width]
    for (index, corner) in corners.enumerated() {
      for channel in 0..<3 { #expect(abs(pixels[corner * 3 + channel] - row[2 + index * 3 + channel]) <= 2) }
    }
  }

  @Test("a file cut at any place is an error, never a half picture", arguments: ["rgb8.png", "grey16.png", "rgb.jpg"])
  func truncation(name: String) throws {
    let bytes = try Fixture.bytes(name)
    let folder = try TemporaryFolder()
    for length in 0..<bytes.count - 2 {
      let path = try folder.write(Array(bytes.prefix(length)), "cut")
      let error = #expect(throws: FileError.self, "\(name) cut at \(length)") { try ImageFile.read(path) }
      #expect(error?.path == path)
      #expect(error?.fault == .data)
    }
  }

  @Test("bytes between a JPEG's segments are passed over, and hide no damage")
  func strayBytes() throws {
    let bytes = try Fixture.bytes("exif.jpg")
    let folder = try TemporaryFolder()
    func marker(_ byte: UInt8) throws -> Int {
      try #require(bytes.indices.dropLast().first { bytes[$0] == 0xFF && bytes[$0 + 1] == byte })
    }
    let whole = try ImageFile.read(Fixture.folder + "exif.jpg")
    for place in [2, try marker(0xC0), try marker(0xDA)] {
      var strayed = bytes
      strayed.insert(contentsOf: [0, 7], at: place)
      let path = try folder.write(strayed, "stray.jpg")
      #expect(try ImageFile.read(path) == whole, "at \(place)")
      #expect(try ImageFile.header(path).width == whole.width)
      let cut = try folder.write(Array(strayed.prefix(strayed.count - 12)), "cut.jpg")
      #expect(throws: FileError.self, "at \(place)") { try ImageFile.read(cut) }
    }
  }

  @Test func aPNGThatWentThroughATextTransferIsNamedAsSuch() throws {
    let bytes = try Fixture.bytes("rgb8.png")
    let folder = try TemporaryFolder()
    let path = try folder.write(Array(bytes.prefix(4)) + bytes.dropFirst(5), "text.png")
    let error = #expect(throws: FileError.self) { try ImageFile.read(path) }
    #expect(error?.reason == "the PNG data is damaged, as by a transfer in text mode")
  }

  @Test("a photograph cut in the middle is called truncated", arguments: ["photos/coffee.jpg", "photos/cell.png"])
  func truncatedPhotograph(name: String) throws {
    let bytes = try InputFile(path: Fixture.data + name).readAll()
    let folder = try TemporaryFolder()
    let path = try folder.write(Array(bytes.prefix(bytes.count / 2)), "half")
    let error = #expect(throws: FileError.self) { try ImageFile.read(path) }
    #expect(error?.description == "cannot read \(path): the file is truncated")
  }

  @Test(
    "damaged pictures never trap", arguments: ["rgb8.png", "palette.png", "rgb.jpg", "progressive.jpg", "exif.jpg"])
  func mutations(name: String) throws {
    let original = try Fixture.bytes(name)
    let folder = try TemporaryFolder()
    var generator = TestGenerator(state: 7)
    var (decoded, refused) = (0, 0)
    for _ in 0..<400 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      let path = try folder.write(bytes, "damaged")
      do throws(FileError) {
        let header = try ImageFile.header(path)
        let image = try ImageFile.read(path)
        #expect((header.width, header.height, header.channels) == (image.width, image.height, image.channels))
        decoded += 1
      } catch {
        #expect(error.path == path && error.fault == .data)
        refused += 1
      }
    }
    // A PNG's checksums notice nearly all that is changed.
    #expect(refused > 0 && (decoded > 0 || name.hasSuffix("png")), "\(decoded) decoded, \(refused) refused")
  }

  @Test func whatIsNotAPictureIsNamed() throws {
    let folder = try TemporaryFolder()
    let cases: [([UInt8], String)] = [
      ([], "the file is empty"),
      (Array("hello, this is a text\n".utf8), "it is a text file, not a PNG or JPEG picture"),
      (Array("GIF89a".utf8) + [0, 1], "it is a GIF picture, not a PNG or JPEG picture"),
      ([0, 1, 2, 3, 4, 5], "it is an unknown kind of file, not a PNG or JPEG picture"),
    ]
    for (bytes, reason) in cases {
      let path = try folder.write(bytes, "a.png")
      let error = #expect(throws: FileError.self) { try ImageFile.read(path) }
      #expect(error?.description == "cannot read \(path): \(reason)")
    }
    #expect(throws: FileError.self) { try ImageFile.read(folder.path) }
    let missing = #expect(throws: FileError.self) { try ImageFile.read(folder.file("none.png")) }
    #expect(missing?.fault == .data)
  }

  @Test func picturesAbove64MegapixelsAreRefusedByTheirHeader() throws {
    var bytes = try Fixture.bytes("rgb8.png")
    bytes.replaceSubrange(16..<24, with: [0, 0, 0x20, 0, 0, 0, 0x20, 0])
    let folder = try TemporaryFolder()
    let path = try folder.write(bytes, "huge.png")
    let error = #expect(throws: FileError.self) { try ImageFile.header(path) }
    #expect(error?.reason == "the picture is 8192×8192, more than 64 megapixels")
    #expect(throws: FileError.self) { try ImageFile.read(path) }
  }

  @Test("a written PNG reads back unchanged", arguments: [1, 3])
  func roundTrip(channels: Int) throws {
    var generator = TestGenerator(state: 3)
    let samples = (0..<33 * 17 * channels).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let image = try #require(Image(width: 33, height: 17, channels: channels, pixels: .bytes(samples)))
    let folder = try TemporaryFolder()
    try ImageFile.writePNG(image, to: folder.file("out.png"))
    #expect(try ImageFile.read(folder.file("out.png")) == image)
    #expect(folder.names == ["out.png"])
  }

  @Test func theShippedPhotographsDecode() throws {
    let paths = try Folder.files(below: Fixture.data + "photos")
    #expect(paths.count == 10)
    for path in paths {
      let header = try ImageFile.header(path)
      let image = try ImageFile.read(path)
      #expect((header.width, header.height, header.channels) == (image.width, image.height, image.channels))
    }
  }
}
