import NNFormats

/// The weights with which source samples along one axis make the output samples.
struct AxisFilter {
  /// For each output sample its first source sample.
  private(set) var starts: [Int] = []
  /// Weights per output sample; unused ones are 0.
  private(set) var taps = 1
  /// `starts.count · taps` weights.
  private(set) var weights: [Float] = []

  /// Resamples `length` source units from `origin` (of `extent` there are) to `count` samples: the mean over each
  /// output sample's area when shrinking, linear interpolation between sample centres when growing.
  init(origin: Double, length: Double, extent: Int, count: Int) {
    let scale = length / Double(count)
    let first = min(max(Int(origin.rounded(.down)), 0), extent - 1)
    let last = min(max(Int((origin + length - 1e-9).rounded(.down)), first), extent - 1)
    taps = scale >= 1 ? min(Int(scale.rounded(.up)) + 1, last - first + 1) : min(2, last - first + 1)
    starts.reserveCapacity(count)
    weights.reserveCapacity(count * taps)
    for index in 0..<count {
      if scale >= 1 {
        appendArea(from: origin + Double(index) * scale, scale, bounds: first...last)
      } else {
        appendLinear(at: origin + (Double(index) + 0.5) * scale - 0.5, bounds: first...last)
      }
    }
  }

  private mutating func appendArea(from low: Double, _ scale: Double, bounds: ClosedRange<Int>) {
    let latest = bounds.upperBound - taps + 1
    let start = max(bounds.lowerBound, min(Int((low + 1e-9).rounded(.down)), latest))
    starts.append(start)
    var shares = [Double](repeating: 0, count: taps)
    for tap in 0..<taps {
      let pixel = Double(start + tap)
      shares[tap] = max(0, min(pixel + 1, low + scale) - max(pixel, low))
    }
    let total = shares.reduce(0, +)
    weights.append(contentsOf: shares.map { Float(total > 0 ? $0 / total : 1 / Double(taps)) })
  }

  private mutating func appendLinear(at centre: Double, bounds: ClosedRange<Int>) {
    let inside = min(max(centre, Double(bounds.lowerBound)), Double(bounds.upperBound))
    let start = max(bounds.lowerBound, min(Int(inside.rounded(.down)), bounds.upperBound - taps + 1))
    let part = Float(inside - Double(start))
    starts.append(start)
    weights.append(contentsOf: taps == 1 ? [1] : [1 - part, part])
  }
}

extension Image {
  /// `region` of the picture, resized.
  func resized(_ region: Region, height: Int, width: Int) -> Raster {
    let rows = AxisFilter(origin: region.top, length: region.height, extent: self.height, count: height)
    let columns = AxisFilter(origin: region.left, length: region.width, extent: self.width, count: width)
    switch pixels {
    case .bytes(let bytes): return resample(bytes, rows, columns, self.width, channels, scale: 1 / 255)
    case .floats(let floats): return resample(floats, rows, columns, self.width, channels, scale: 1)
    }
  }
}

extension Raster {
  /// `region` of the picture, resized.
  func resized(_ region: Region, height: Int, width: Int) -> Raster {
    let rows = AxisFilter(origin: region.top, length: region.height, extent: self.height, count: height)
    let columns = AxisFilter(origin: region.left, length: region.width, extent: self.width, count: width)
    return resample(values, rows, columns, self.width, channels, scale: 1)
  }
}

private protocol Sample {
  var float: Float { get }
}
extension UInt8: Sample {
  fileprivate var float: Float { Float(self) }
}
extension Float: Sample {
  fileprivate var float: Float { self }
}

/// Columns first, one source row at a time, each row then added to the output rows that it is part of.
private func resample<Element: Sample>(
  _ source: [Element], _ rows: AxisFilter, _ columns: AxisFilter, _ sourceWidth: Int, _ channels: Int, scale: Float
) -> Raster {
  let width = columns.starts.count
  let height = rows.starts.count
  var output = [Float](repeating: 0, count: height * width * channels)
  var line = [Float](repeating: 0, count: width * channels)
  var lineRow = -1
  for row in 0..<height {
    for tap in 0..<rows.taps {
      let weight = rows.weights[row * rows.taps + tap] * scale
      if weight == 0 { continue }
      let sourceRow = rows.starts[row] + tap
      if sourceRow != lineRow {
        shrinkRow(source, sourceRow * sourceWidth * channels, columns, channels, &line)
        lineRow = sourceRow
      }
      let base = row * width * channels
      for index in 0..<line.count { output[base + index] += weight * line[index] }
    }
  }
  return Raster(height: height, width: width, channels: channels, values: output)
}

private func shrinkRow<Element: Sample>(
  _ source: [Element], _ rowStart: Int, _ columns: AxisFilter, _ channels: Int, _ line: inout [Float]
) {
  let taps = columns.taps
  for column in columns.starts.indices {
    let place = rowStart + columns.starts[column] * channels
    if channels == 3 {
      var sum = SIMD4<Float>()
      for tap in 0..<taps {
        let pixel = place + tap * 3
        let weight = columns.weights[column * taps + tap]
        sum += weight * SIMD4(source[pixel].float, source[pixel + 1].float, source[pixel + 2].float, 0)
      }
      line[column * 3] = sum.x
      line[column * 3 + 1] = sum.y
      line[column * 3 + 2] = sum.z
      continue
    }
    for channel in 0..<channels {
      var sum: Float = 0
      for tap in 0..<taps {
        sum += columns.weights[column * taps + tap] * source[place + tap * channels + channel].float
      }
      line[column * channels + channel] = sum
    }
  }
}
