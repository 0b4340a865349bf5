import NNFormats

extension ValueMapping {
  /// A picture's samples as the network's numbers.
  public func map(_ raster: Raster) -> [Float] {
    if self == .unit { return raster.values }
    let maps = (0..<raster.channels).map { coefficients(channel: $0) }
    var values = raster.values
    for index in values.indices {
      let map = maps[index % maps.count]
      values[index] = values[index] * map.scale + map.offset
    }
    return values
  }

  /// The network's numbers `[height, width, channels]` as a picture of 0…1 (not clamped); nil when their number is not
  /// that of the shape.
  public func unmap(_ values: [Float], height: Int, width: Int, channels: Int) -> Raster? {
    let (row, first) = width.multipliedReportingOverflow(by: channels)
    let (total, second) = row.multipliedReportingOverflow(by: height)
    if first || second || height <= 0 || width <= 0 || channels <= 0 || total != values.count { return nil }
    let maps = (0..<channels).map { coefficients(channel: $0) }
    var output = values
    for index in output.indices {
      let map = maps[index % channels]
      output[index] = map.scale == 0 ? 0 : (output[index] - map.offset) / map.scale
    }
    return Raster(height: height, width: width, channels: channels, values: output)
  }
}
