import NNFormats
import TemporaryFolders
import Testing

@Suite struct SafetensorsTests {
  private static let small: [Float] = [0, 1, -2.5, 1e-3, 100, 3]

  @Test func tensorsOfEveryFloatTypeAreRead() throws {
    let file = try SafetensorsFile(path: Fixture.folder + "tensors.safetensors")
    #expect(file.metadata == ["made by": "a script: ä€😀\"\\"])
    #expect(file["f32"]?.shape == [2, 3])
    #expect(try file.read("f32") == Self.small)
    #expect(try file.read("f64") == Self.small)
    #expect(zip(try file.read("f16"), Self.small).allSatisfy { abs($0 - $1) <= abs($1) * 0x1p-11 })
    #expect(zip(try file.read("bf16"), Self.small).allSatisfy { abs($0 - $1) <= abs($1) * 0x1p-7 })
    #expect(try file.read("i64") == [0, 1, -2, 0, 100, 3])
    #expect(try file.read("scalar") == [2.5])
    #expect(try file.read("empty") == [])
    let error = #expect(throws: FileError.self) { try file.read("other") }
    #expect(error?.reason == "there is no tensor 'other' in it")
  }

  @Test func aWrittenFileReadsBack() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("w.safetensors")
    let layouts = [
      Safetensors.Layout(name: "b \"quoted\"\n", shape: [2, 2]), Safetensors.Layout(name: "a", shape: []),
      Safetensors.Layout(name: "none", shape: [0]),
    ]
    let values: [[Float]] = [[1, -2, .infinity, 0x1p-140], [7], []]
    try Safetensors.write(layouts, metadata: ["z": "1", "a": "ä"], to: path) { values[$0] }
    let file = try SafetensorsFile(path: path)
    #expect(file.entries.map(\.name) == layouts.map(\.name))
    #expect(file.metadata == ["z": "1", "a": "ä"])
    for (layout, wanted) in zip(layouts, values) { #expect(try file.read(layout.name) == wanted) }
    #expect(file.entries.allSatisfy { $0.byteOffset % 4 == 0 })
    #expect(file.entries[0].byteOffset % 8 == 0)
  }

  @Test func equalContentsMakeEqualFiles() throws {
    let folder = try TemporaryFolder()
    for name in ["1", "2"] {
      let metadata = Dictionary(uniqueKeysWithValues: (0..<20).map { ("key \($0)", "\($0)") })
      try Safetensors.write([.init(name: "a", shape: [1])], metadata: metadata, to: folder.file(name)) { _ in [1] }
    }
    #expect(try InputFile(path: folder.file("1")).readAll() == InputFile(path: folder.file("2")).readAll())
  }

  @Test func aFailedWriteLeavesTheOldFile() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([1, 2, 3], "w")
    #expect(throws: FileError.self) {
      try Safetensors.write([.init(name: "a", shape: [2])], to: path) { _ in [1] }
    }
    #expect(throws: FileError.self) {
      try Safetensors.write([.init(name: "a", shape: [1]), .init(name: "a", shape: [1])], to: path) { _ in [1] }
    }
    #expect(throws: FileError.self) {
      try Safetensors.write([.init(name: "a", shape: [.max, 2])], to: path) { _ in [1] }
    }
    #expect(try InputFile(path: path).readAll() == [1, 2, 3])
    #expect(folder.names == ["w"])
  }

  @Test(
    "headers that lie are refused with the reason",
    arguments: [
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, "does not fit"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,400]}}"#, "truncated"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, "gap before"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, "4 bytes follow"),
      (
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
        "overlaps"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
        "stands twice"
      ),
      (#"{"a":{"dtype":"F32","shape":[4611686018427387905,4],"data_offsets":[0,8]}}"#, "does not fit"),
      (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,8]}}"#, "whole number"),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, "ends before"),
      (#"{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}"#, "F8_E4M3"),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,99999999999999999999]}}"#, "whole number"),
      (#"{"__metadata__":{"a":1},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, "not a string"),
      (#"["a"]"#, "not an object"), (#"{"a":[[[[[[[[[[[[]]]]]]]]]]]]}"#, "nested"), (#"{"a"#, "inside a string"),
    ])
  func lies(header: String, reason: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(file(header: header), "lie")
    let error = #expect(throws: FileError.self) { try SafetensorsFile(path: path) }
    #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
  }

  @Test func aHugeHeaderLengthIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([UInt8](repeating: 0xFF, count: 64), "huge")
    #expect(throws: FileError.self) { try SafetensorsFile(path: path) }
  }

  @Test func everyTruncationIsAnError() throws {
    let bytes = try Fixture.bytes("tensors.safetensors")
    let folder = try TemporaryFolder()
    for length in 0..<bytes.count {
      let path = try folder.write(Array(bytes.prefix(length)), "cut")
      #expect(throws: FileError.self, "cut at \(length)") { try SafetensorsFile(path: path) }
    }
  }

  @Test func damagedHeadersNeverTrap() throws {
    let original = try Fixture.bytes("tensors.safetensors")
    let folder = try TemporaryFolder()
    var generator = TestGenerator(state: 5)
    let length = Int(original[0]) | Int(original[1]) << 8
    for _ in 0..<3000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let place = Int.random(in: 0..<8 + length, using: &generator)
        let digits = Array("0123456789[]{},\":\\".utf8)
        bytes[place] =
          Bool.random(using: &generator)
          ? bytes[place] ^ 1 << UInt8.random(in: 0...7, using: &generator)
          : digits[Int.random(in: 0..<digits.count, using: &generator)]
      }
      let path = try folder.write(bytes, "damaged")
      guard let file = try? SafetensorsFile(path: path) else { continue }
      for entry in file.entries { _ = try? file.read(entry.name) }
    }
  }

  private func file(header: String) -> [UInt8] {
    let text = Array(header.utf8)
    return [UInt8(text.count & 0xFF), UInt8(text.count >> 8), 0, 0, 0, 0, 0, 0] + text + [UInt8](repeating: 0, count: 8)
  }
}
