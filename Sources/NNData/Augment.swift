import NNFormats
import NNRandom

extension Augmentation {
  var isCrop: Bool {
    if case .randomCrop = self { return true }
    return false
  }

  /// Applies this change to a picture; a crop gives `height` × `width`, and is drawn for a picture of `reference`'s size
  /// where there is one.
  func apply(
    to raster: inout Raster, height: Int, width: Int, like reference: PictureSize? = nil, random: inout RandomStream
  ) {
    switch self {
    case .randomCrop(let scale, let aspect):
      let region = Region.random(
        in: raster.size, like: reference, height: height, width: width, scale: scale,
        aspect: aspect, random: &random)
      raster = raster.resized(region, height: height, width: width)
    case .flip(let flip): raster.flip(flip, random: &random)
    case .rotate(let degrees): raster = raster.rotated(degrees: random.uniform(in: -abs(degrees)...abs(degrees)))
    case .brightness(let fraction): raster.blend(with: [0], factor: Self.factor(fraction, &random))
    case .contrast(let fraction):
      let grey = raster.luma()
      let mean = grey.reduce(0) { $0 + Double($1) } / Double(max(1, grey.count))
      raster.blend(with: [Float(mean)], factor: Self.factor(fraction, &random))
    case .saturation(let fraction): raster.blend(with: raster.luma(), factor: Self.factor(fraction, &random))
    case .hue(let fraction): raster.turnHue(by: random.uniform(in: -abs(fraction)...abs(fraction)))
    }
  }

  /// Uniform in [max(0, 1 − f), 1 + f], as torchvision's `ColorJitter` documents.
  private static func factor(_ fraction: Double, _ random: inout RandomStream) -> Float {
    Float(random.uniform(in: max(0, 1 - abs(fraction))...1 + abs(fraction)))
  }
}

extension Region {
  /// A random part of a picture of one size, drawn for one of another where `reference` is given: the same part of both.
  static func random(
    in size: PictureSize, like reference: PictureSize?, height: Int, width: Int, scale: ClosedRange<Double>,
    aspect: ClosedRange<Double>, random: inout RandomStream
  ) -> Region {
    let drawn = reference ?? size
    let region = Region.random(
      inHeight: drawn.height, inWidth: drawn.width, height: height, width: width, scale: scale, aspect: aspect,
      random: &random)
    if drawn == size { return region }
    let (down, across) = (
      Double(size.height) / Double(drawn.height), Double(size.width) / Double(drawn.width)
    )
    return Region(
      top: region.top * down, left: region.left * across, height: region.height * down, width: region.width * across)
  }

  /// torchvision's `RandomResizedCrop.get_params`: ten attempts at an area and an aspect that fit, then the largest
  /// central part.
  static func random(
    inHeight: Int, inWidth: Int, height: Int, width: Int, scale: ClosedRange<Double>, aspect: ClosedRange<Double>,
    random: inout RandomStream
  ) -> Region {
    let area = Double(inHeight) * Double(inWidth)
    let own = Double(width) / Double(height)
    for _ in 0..<10 {
      let part = area * random.uniform(in: scale)
      let ratio = own * logUniform(in: aspect, &random)
      let partWidth = (part * ratio).squareRoot().rounded()
      let partHeight = (part / ratio).squareRoot().rounded()
      guard partWidth >= 1, partHeight >= 1, partWidth <= Double(inWidth), partHeight <= Double(inHeight) else {
        continue
      }
      let top = random.integer(below: inHeight - Int(partHeight) + 1)
      let left = random.integer(below: inWidth - Int(partWidth) + 1)
      return Region(top: Double(top), left: Double(left), height: partHeight, width: partWidth)
    }
    return central(inHeight: inHeight, inWidth: inWidth, height: height, width: width)
  }

  /// A rectangle of `fraction` of the area, anywhere inside; width ÷ height is log-uniform in 1/2…2 as far as it fits.
  static func mask(inHeight: Int, inWidth: Int, fraction: Double, random: inout RandomStream) -> Region {
    let area = Double(inHeight) * Double(inWidth) * min(max(fraction, 0), 1)
    let ratio = logUniform(in: 0.5...2, &random)
    let height = min(Double(inHeight), max((area / ratio).squareRoot(), area / Double(inWidth))).rounded()
    let width = height == 0 ? 0 : min(Double(inWidth), (area / height).rounded())
    let top = random.integer(below: inHeight - Int(height) + 1)
    let left = random.integer(below: inWidth - Int(width) + 1)
    return Region(top: Double(top), left: Double(left), height: height, width: width)
  }

  private static func logUniform(in range: ClosedRange<Double>, _ random: inout RandomStream) -> Double {
    let place = random.uniformDouble()
    if range.lowerBound == range.upperBound { return range.lowerBound }
    return LibraryMath.power(range.upperBound / range.lowerBound, place) * range.lowerBound
  }
}

extension Raster {
  mutating func flip(_ flip: Augmentation.Flip, random: inout RandomStream) {
    if flip != .vertical && random.bernoulli(0.5) { mirror(columns: true) }
    if flip != .horizontal && random.bernoulli(0.5) { mirror(columns: false) }
  }

  /// Exchanges left and right (`columns`) or top and bottom.
  mutating func mirror(columns: Bool) {
    var output = values
    for row in 0..<height {
      for column in 0..<width {
        let fromRow = columns ? row : height - 1 - row
        let fromColumn = columns ? width - 1 - column : column
        for channel in 0..<channels {
          output[(row * width + column) * channels + channel] =
            values[(fromRow * width + fromColumn) * channels + channel]
        }
      }
    }
    values = output
  }

  /// Turned counter-clockwise about the centre, bilinear, black outside: PIL's `rotate(angle, Image.BILINEAR)`.
  func rotated(degrees: Double) -> Raster {
    let turn = LibraryMath.unitCircle(degrees: -degrees)
    let centreX = Double(width) / 2
    let centreY = Double(height) / 2
    var output = [Float](repeating: 0, count: values.count)
    for row in 0..<height {
      for column in 0..<width {
        let x = Double(column) + 0.5 - centreX
        let y = Double(row) + 0.5 - centreY
        let sourceX = turn.cosine * x + turn.sine * y + centreX
        let sourceY = turn.cosine * y - turn.sine * x + centreY
        guard sourceX >= 0, sourceY >= 0, sourceX < Double(width), sourceY < Double(height) else { continue }
        interpolate(row: sourceY - 0.5, column: sourceX - 0.5, into: &output, at: (row * width + column) * channels)
      }
    }
    return Raster(height: height, width: width, channels: channels, values: output)
  }

  private func interpolate(row: Double, column: Double, into output: inout [Float], at place: Int) {
    let top = Int(row.rounded(.down))
    let left = Int(column.rounded(.down))
    let down = Float(row - Double(top))
    let right = Float(column - Double(left))
    let upper = max(top, 0) * width
    let lower = min(top + 1, height - 1) * width
    let first = max(left, 0)
    let second = min(left + 1, width - 1)
    for channel in 0..<channels {
      let above = mix(
        values[(upper + first) * channels + channel], values[(upper + second) * channels + channel], right)
      let below = mix(
        values[(lower + first) * channels + channel], values[(lower + second) * channels + channel], right)
      output[place + channel] = mix(above, below, down)
    }
  }

  private func mix(_ first: Float, _ second: Float, _ part: Float) -> Float { first + (second - first) * part }

  /// `other + (value − other) · factor`, clamped to 0…1 (PIL's `ImageEnhance`); `other` is one value, or one per pixel.
  mutating func blend(with other: [Float], factor: Float) {
    for index in values.indices {
      let base = other.count == 1 ? other[0] : other[index / channels]
      values[index] = min(max(base + (values[index] - base) * factor, 0), 1)
    }
  }
}
