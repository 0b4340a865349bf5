import NNFormats
import TemporaryFolders
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The checked-in files and the real data.
enum Fixture {
  static let folder = String(#filePath.dropLast("Support.swift".count)) + "Fixtures/"
  static let data = String(#filePath.dropLast("Tests/NNDataTests/Support.swift".count)) + "Specs/data/"
}

/// Pictures for tests.
enum Picture {
  /// A smooth picture that depends on `number`.
  static func image(_ number: Int, width: Int = 20, height: Int = 14, channels: Int = 3) -> Image {
    var bytes: [UInt8] = []
    for row in 0..<height {
      for column in 0..<width {
        for channel in 0..<channels {
          bytes.append(UInt8((row * 11 + column * 7 + channel * 50 + number * 37) % 256))
        }
      }
    }
    return Image(width: width, height: height, channels: channels, pixels: .bytes(bytes))
      ?? Image(blankWidth: width, height: height)
  }
}

extension TemporaryFolder {
  /// Writes `count` PNG files `p0.png`, …
  func writePictures(_ count: Int, in sub: String = "", width: Int = 20, height: Int = 14) throws {
    if !sub.isEmpty { mkdir(file(sub), 0o700) }
    for number in 0..<count {
      let image = Picture.image(number, width: width, height: height)
      try ImageFile.writePNG(image, to: file((sub.isEmpty ? "" : sub + "/") + "p\(number).png"))
    }
  }
}
