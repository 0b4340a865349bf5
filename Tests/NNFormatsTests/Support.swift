import NNFormats

/// The checked-in files and the real data.
enum Fixture {
  static let folder = String(#filePath.dropLast("Support.swift".count)) + "Fixtures/"
  static let data = String(#filePath.dropLast("Tests/NNFormatsTests/Support.swift".count)) + "Specs/data/"

  static func bytes(_ name: String) throws -> [UInt8] { try InputFile(path: folder + name).readAll() }
}

/// A small deterministic generator for tests (SplitMix64).
struct TestGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word >> 31
  }
}
