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
      return scale == 0 ? 0 : Float(deviation) / abs(scale)
    }
    let noise = Noise.normals(values.count, &random)
    if Set(units).count == 1, let unit = units.first {
      for index in values.indices { values[index] += unit * noise[index] }
    } else {
      for index in values.indices { values[index] += units[index % channels] * noise[index] }
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
    // So little that its square is nothing: the kernel is one pixel.
    guard deviation * deviation > 0 else { return self }
    let radius = max(1, Int((4 * deviation + 0.5).rounded(.down)))
    let raw = (-radius...radius).map { LibraryMath.exponential(-0.5 * Double($0 * $0) / (deviation * deviation)) }
    let total = raw.reduce(0, +)
    let kernel = raw.map { Float($0 / total) }
    var across = [Float](repeating: 0, count: values.count)
    var down = across
    for row in 0..<height { blurRow(row, kernel, into: &across) }
    for row in 0..<height {
      for tap in kernel.indices {
        let from = min(max(row + tap - radius, 0), height - 1) * width * channels
        addScaled(across, from, kernel[tap], to: &down, row * width * channels, count: width * channels)
      }
    }
    return Raster(height: height, width: width, channels: channels, values: down)
  }

  /// Blurs along one row: the row with its border continued, shifted tap by tap.
  private func blurRow(_ row: Int, _ kernel: [Float], into output: inout [Float]) {
    let radius = kernel.count / 2
    let start = row * width * channels
    let first = values[start..<start + channels]
    let last = values[start + (width - 1) * channels..<start + width * channels]
    var wide: [Float] = []
    wide.reserveCapacity((width + 2 * radius) * channels)
    for _ in 0..<radius { wide += first }
    wide += values[start..<start + width * channels]
    for _ in 0..<radius { wide += last }
    for tap in kernel.indices {
      addScaled(wide, tap * channels, kernel[tap], to: &output, start, count: width * channels)
    }
  }
}
