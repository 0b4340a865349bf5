import NNFormats

/// A picture at work: float32 samples with 0 black and 1 white, `[height, width, channels]`.
public struct Raster: Equatable, Sendable {
  /// Rows.
  public let height: Int
  /// Columns.
  public let width: Int
  /// Channels.
  public let channels: Int
  /// `height · width · channels` samples.
  public internal(set) var values: [Float]

  init(height: Int, width: Int, channels: Int, values: [Float]) {
    self.height = height
    self.width = width
    self.channels = channels
    self.values = values
  }

  /// A whole picture, unchanged.
  public init(_ image: Image) {
    self.init(height: image.height, width: image.width, channels: image.channels, values: image.unitFloats())
  }

  /// The largest central part of `image` with the wanted proportions, resized to `height` × `width` (area when it
  /// shrinks, bilinear when it grows) and brought to `channels`.
  public init(fitting image: Image, height: Int, width: Int, channels: Int) {
    let region = Region.central(inHeight: image.height, inWidth: image.width, height: height, width: width)
    self = image.resized(region, height: height, width: width).with(channels: channels)
  }

  /// The samples as an 8-bit picture (clamped, rounded); nil unless there are 1 or 3 channels.
  public var image: Image? {
    guard channels == 1 || channels == 3 else { return nil }
    return Image(width: width, height: height, channels: channels, pixels: .bytes(values.map(Image.quantize)))
  }

  /// The same with 1 channel (Rec. 601 luma, as PIL's `L`) or 3 (grey repeated). Other changes of channel counts repeat
  /// the luma.
  public func with(channels wanted: Int) -> Raster {
    if wanted == channels { return self }
    let grey = luma()
    if wanted == 1 { return Raster(height: height, width: width, channels: 1, values: grey) }
    var output = [Float](repeating: 0, count: grey.count * wanted)
    for pixel in grey.indices {
      for channel in 0..<wanted { output[pixel * wanted + channel] = grey[pixel] }
    }
    return Raster(height: height, width: width, channels: wanted, values: output)
  }

  /// 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), one value per pixel; the mean where there are not three channels.
  func luma() -> [Float] {
    if channels == 1 { return values }
    var output = [Float](repeating: 0, count: height * width)
    for pixel in output.indices {
      let place = pixel * channels
      if channels == 3 {
        output[pixel] = 0.299 * values[place] + 0.587 * values[place + 1] + 0.114 * values[place + 2]
      } else {
        output[pixel] = values[place..<place + channels].reduce(0, +) / Float(channels)
      }
    }
    return output
  }

  mutating func update(_ change: (Float) -> Float) {
    for index in values.indices { values[index] = change(values[index]) }
  }
}

/// Rows and columns of a picture.
struct PictureSize: Equatable {
  var height: Int
  var width: Int
}

extension Raster {
  /// Its rows and columns.
  var size: PictureSize { PictureSize(height: height, width: width) }
}

extension Image {
  /// Its rows and columns.
  var size: PictureSize { PictureSize(height: height, width: width) }
}

/// A rectangle of a picture, in pixels from the upper left corner; edges may lie between pixels.
struct Region: Equatable {
  var top: Double
  var left: Double
  var height: Double
  var width: Double

  /// The largest central rectangle with the proportions `width` : `height`.
  static func central(inHeight: Int, inWidth: Int, height: Int, width: Int) -> Region {
    let scale = min(Double(inWidth) / Double(width), Double(inHeight) / Double(height))
    let partHeight = Double(height) * scale
    let partWidth = Double(width) * scale
    return Region(
      top: (Double(inHeight) - partHeight) / 2, left: (Double(inWidth) - partWidth) / 2, height: partHeight,
      width: partWidth)
  }
}
