import NNRandom

extension Degradation {
  /// Applies this damage to a picture of 0…1; `mapping` says what one unit of the network's range is here.
  func apply(to raster: inout Raster, mapping: ValueMapping, random: inout RandomStream) {
    switch self {
    case .noise(let deviation): raster.addNoise(deviation, mapping: mapping, random: &random)
    case .blur(let deviation): raster = raster.blurred(deviation)
    case .downscale(let factor):
      let whole = Region(top: 0, left: 0, height: Double(raster.height), width: Double(raster.width))
      raster = raster.resized(whole, height: raster.height / factor, width: raster.width / factor)
    case .grayscale: raster.makeGrey()
    case .mask(let fraction): raster.mask(fraction, random: &random)
    }
  }
}

extension Raster {
  mutating func addNoise(_ deviation: Double, mapping: ValueMapping, random: inout RandomStream) {
    let units = (0..<channels).map { channel in
      let scale = mapping.coefficients(channel: channel).scale
      return scale == 0 ? 0 : deviation / Double(abs(scale))
    }
    for index in values.indices {
      values[index] += Float(units[index % channels] * random.normal())
    }
  }

  mutating func makeGrey() {
    let grey = luma()
    for index in values.indices { values[index] = grey[index / channels] }
  }

  mutating func mask(_ fraction: Double, random: inout RandomStream) {
    let region = Region.mask(inHeight: height, inWidth: width, fraction: fraction, random: &random)
    for row in Int(region.top)..<Int(region.top + region.height) {
      let start = (row * width + Int(region.left)) * channels
      for index in start..<start + Int(region.width) * channels { values[index] = 0 }
    }
  }

  /// Separable Gaussian blur, the kernel cut at four deviations and normalised (SciPy's default), the border continued.
  func blurred(_ deviation: Double) -> Raster {
    guard deviation > 0 else { return self }
    let radius = max(1, Int((4 * deviation + 0.5).rounded(.down)))
    let raw = (-radius...radius).map { exponential(-0.5 * Double($0 * $0) / (deviation * deviation)) }
    let total = raw.reduce(0, +)
    let kernel = raw.map { Float($0 / total) }
    let across = Self.convolve(values, kernel, count: height * width, extent: width, step: 1, channels)
    let values = Self.convolve(across, kernel, count: height * width, extent: height, step: width, channels)
    return Raster(height: height, width: width, channels: channels, values: values)
  }

  /// Convolves along one axis: `extent` pixels, `step` pixels apart.
  private static func convolve(
    _ source: [Float], _ kernel: [Float], count: Int, extent: Int, step: Int, _ channels: Int
  ) -> [Float] {
    let radius = kernel.count / 2
    var output = [Float](repeating: 0, count: source.count)
    for pixel in 0..<count {
      let place = pixel / step % extent
      for tap in kernel.indices {
        let other = min(max(place + tap - radius, 0), extent - 1)
        let from = (pixel + (other - place) * step) * channels
        for channel in 0..<channels {
          output[pixel * channels + channel] += kernel[tap] * source[from + channel]
        }
      }
    }
    return output
  }
}
