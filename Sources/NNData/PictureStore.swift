import NNFormats
import NNRandom

/// Numbered pictures.
protocol PictureStore: Sendable {
  /// How many there are.
  var count: Int { get }
  /// What the validation split hashes: the file's name below the source's folder, or the sample's number.
  func key(_ index: Int) -> String
  /// What a person calls this sample.
  func title(_ index: Int) -> String
  /// Decodes a picture. Safe to call from several threads.
  func picture(_ index: Int) throws(FileError) -> Image
}

/// Picture files.
struct FilePictures: PictureStore {
  let paths: [String]
  /// The folder that they are named below.
  let root: String

  var count: Int { paths.count }
  func key(_ index: Int) -> String { Folder.path(paths[index], below: root) }
  func title(_ index: Int) -> String { paths[index] }
  func picture(_ index: Int) throws(FileError) -> Image { try ImageFile.read(paths[index]) }
}

/// The images of an IDX file: unsigned bytes, or floats of 0…1.
struct IDXPictures: PictureStore {
  let array: StoredArray

  /// Checks that the array holds pictures.
  init(_ array: StoredArray) throws(FileError) {
    let isPicture = array.shape.count == 3 || array.shape.count == 4 && [1, 3].contains(array.shape[3])
    guard isPicture, !array.shape.dropFirst().contains(0) else {
      throw FileError(
        array.path, .read, "its shape is \(array.shape); images are [count, height, width]",
        remedy: .other("name a file of images, as MNIST's train-images-idx3-ubyte"))
    }
    guard [.uint8, .float32, .float64].contains(array.type) else {
      throw FileError(
        array.path, .read, "its values are \(array.type.rawValue); images are unsigned bytes or floats",
        remedy: .saveAs("unsigned bytes"))
    }
    self.array = array
  }

  /// `[height, width, channels]`.
  var shape: [Int] { [array.shape[1], array.shape[2], array.shape.count == 4 ? array.shape[3] : 1] }
  var count: Int { array.shape[0] }
  func key(_ index: Int) -> String { String(index) }
  func title(_ index: Int) -> String { "\(array.path) (sample \(index))" }

  func picture(_ index: Int) throws(FileError) -> Image {
    let values = try array.read(rows: index..<index + 1)
    guard array.type == .uint8 || values.allSatisfy({ (0...1).contains($0) }) else {
      throw FileError(
        array.path, .read, "image \(index) has values that are not from 0, black, to 1, white",
        remedy: .saveAs("unsigned bytes"))
    }
    let pixels = array.type == .uint8 ? Image.Pixels.bytes(values.map { UInt8($0) }) : .floats(values)
    guard let image = Image(width: shape[1], height: shape[0], channels: shape[2], pixels: pixels) else {
      throw FileError(array.path, .read, "its shape is \(array.shape)")
    }
    return image
  }
}

/// Discs, boxes and triangles in random places and colours, the same picture for the same index.
struct ShapePictures: PictureStore {
  let count: Int
  let height: Int
  let width: Int

  func key(_ index: Int) -> String { String(index) }
  func title(_ index: Int) -> String { "drawn shapes \(index)" }

  func picture(_ index: Int) throws(FileError) -> Image {
    var random = RandomStream(seed: 0, purpose: .synthesis, index: UInt64(index))
    var bytes = [UInt8](repeating: 0, count: height * width * 3)
    let ground = Self.colour(&random)
    for place in bytes.indices { bytes[place] = ground[place % 3] }
    for _ in 0..<2 + random.integer(below: 4) { draw(&bytes, &random) }
    return Image(width: width, height: height, channels: 3, pixels: .bytes(bytes))
      ?? Image(blankWidth: width, height: height)
  }

  private static func colour(_ random: inout RandomStream) -> [UInt8] {
    (0..<3).map { _ in UInt8(random.integer(below: 256)) }
  }

  private func draw(_ bytes: inout [UInt8], _ random: inout RandomStream) {
    let colour = Self.colour(&random)
    let kind = random.integer(below: 3)
    let radius = random.uniform(in: 0.1...0.3) * Double(min(height, width))
    let centreY = random.uniformDouble() * Double(height)
    let centreX = random.uniformDouble() * Double(width)
    for row in 0..<height {
      for column in 0..<width {
        let y = (Double(row) + 0.5 - centreY) / radius
        let x = (Double(column) + 0.5 - centreX) / radius
        guard Self.covers(kind, x, y) else { continue }
        for channel in 0..<3 { bytes[(row * width + column) * 3 + channel] = colour[channel] }
      }
    }
  }

  private static func covers(_ kind: Int, _ x: Double, _ y: Double) -> Bool {
    switch kind {
    case 0: return x * x + y * y <= 1
    case 1: return abs(x) <= 1 && abs(y) <= 1
    default: return y <= 1 && y >= 2 * abs(x) - 1
    }
  }
}
