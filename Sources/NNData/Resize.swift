import NNFormats

/// The weights with which source samples along one axis make the output samples.
struct AxisFilter {
  /// For each output sample its first source sample.
  fileprivate(set) var starts: [Int] = []
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

/// Adds `weight · source[from...]` to `output[to...]`.
func addScaled(
  _ source: [Float], _ from: Int, _ weight: Float, to output: inout [Float], _ to: Int, count: Int
) {
  precondition(from >= 0 && to >= 0 && from + count <= source.count && to + count <= output.count)
  source.withUnsafeBufferPointer { input in
    output.withUnsafeMutableBufferPointer { output in
      for index in 0..<count { output[to + index] += weight * input[from + index] }
    }
  }
}

private protocol Sample {
  var float: Float { get }
}
extension UInt8: Sample {
  @inline(__always) fileprivate var float: Float { Float(self) }
}
extension Float: Sample {
  @inline(__always) fileprivate var float: Float { self }
}

/// For each output row, the source rows that it covers are summed, then the sum is resampled along the row.
private func resample<Element: Sample>(
  _ source: [Element], _ rows: AxisFilter, _ columns: AxisFilter, _ sourceWidth: Int, _ channels: Int, scale: Float
) -> Raster {
  let width = columns.starts.count
  let height = rows.starts.count
  let first = columns.starts.min() ?? 0
  let last = (columns.starts.max() ?? 0) + columns.taps
  let compact = columns.moved(by: -first)
  var line = [Float](repeating: 0, count: (last - first) * channels)
  var output = [Float](repeating: 0, count: height * width * channels)
  for row in 0..<height {
    for index in line.indices { line[index] = 0 }
    for tap in 0..<rows.taps {
      let start = ((rows.starts[row] + tap) * sourceWidth + first) * channels
      let weight = rows.weights[row * rows.taps + tap] * scale
      if weight != 0 { addRow(source[start..<start + line.count], weight, to: &line) }
    }
    if channels == 3 {
      compact.resampleColours(line, into: &output, at: row * width * 3)
    } else {
      compact.resample(line, channels, into: &output, at: row * width * channels)
    }
  }
  return Raster(height: height, width: width, channels: channels, values: output)
}

private func addRow<Element: Sample>(_ row: ArraySlice<Element>, _ weight: Float, to line: inout [Float]) {
  row.withUnsafeBufferPointer { row in
    line.withUnsafeMutableBufferPointer { line in
      for index in 0..<min(line.count, row.count) { line[index] += weight * row[index].float }
    }
  }
}

extension AxisFilter {
  fileprivate func moved(by offset: Int) -> AxisFilter {
    var copy = self
    copy.starts = starts.map { $0 + offset }
    return copy
  }

  fileprivate func resample(_ line: [Float], _ channels: Int, into output: inout [Float], at base: Int) {
    for index in starts.indices {
      for channel in 0..<channels {
        var sum: Float = 0
        for tap in 0..<taps { sum += weights[index * taps + tap] * line[(starts[index] + tap) * channels + channel] }
        output[base + index * channels + channel] = sum
      }
    }
  }

  fileprivate func resampleColours(_ line: [Float], into output: inout [Float], at base: Int) {
    for index in starts.indices {
      var red: Float = 0
      var green: Float = 0
      var blue: Float = 0
      var place = starts[index] * 3
      for weight in weights[index * taps..<(index + 1) * taps] {
        red += weight * line[place]
        green += weight * line[place + 1]
        blue += weight * line[place + 2]
        place += 3
      }
      output[base + index * 3] = red
      output[base + index * 3 + 1] = green
      output[base + index * 3 + 2] = blue
    }
  }
}
