import NNRandom

/// Pictures that are run through a network outside of training.
extension Raster {
  /// The picture with rows below and columns to the right added by mirroring it (the border itself not repeated, where
  /// there is more than one pixel).
  public func padded(bottom: Int, right: Int) -> Raster {
    let rows = (0..<height + bottom).map { Raster.mirrored($0, height) }
    let columns = (0..<width + right).map { Raster.mirrored($0, width) }
    var result: [Float] = []
    result.reserveCapacity(rows.count * columns.count * channels)
    for row in rows {
      for column in columns {
        let start = (row * width + column) * channels
        result += values[start..<start + channels]
      }
    }
    return Raster(height: rows.count, width: columns.count, channels: channels, values: result)
  }

  private static func mirrored(_ index: Int, _ length: Int) -> Int {
    guard length > 1 else { return 0 }
    let period = 2 * (length - 1)
    let place = index % period
    return place < length ? place : period - place
  }

  /// The upper left part.
  public func cropped(height wantedHeight: Int, width wantedWidth: Int) -> Raster {
    let (height, width) = (min(wantedHeight, height), min(wantedWidth, width))
    var result: [Float] = []
    result.reserveCapacity(height * width * channels)
    for row in 0..<height {
      let start = row * self.width * channels
      result += values[start..<start + width * channels]
    }
    return Raster(height: height, width: width, channels: channels, values: result)
  }

  /// The largest central part with the wanted proportions, resized as pictures are for training.
  public func fitted(height newHeight: Int, width newWidth: Int) -> Raster {
    let region = Region.central(inHeight: height, inWidth: width, height: newHeight, width: newWidth)
    return resized(region, height: newHeight, width: newWidth)
  }

  /// The whole picture at another size: by area where it shrinks, bilinear where it grows.
  public func scaled(height newHeight: Int, width newWidth: Int) -> Raster {
    let whole = Region(top: 0, left: 0, height: Double(height), width: Double(width))
    return resized(whole, height: newHeight, width: newWidth)
  }
}

extension SourceDescription {
  /// A clean picture as evaluation would degrade the source's of this name. Nil where its size does
  /// not allow it (`downscale` must divide it).
  public func degraded(_ raster: Raster, named name: String) -> Raster? {
    var random = RandomStream(seed: 0, purpose: .degradation, index: StableHash.mixed(name))
    var result = raster
    for degradation in degrade {
      if case .downscale(let factor) = degradation,
        result.height % factor != 0 || result.width % factor != 0
      {
        return nil
      }
      degradation.apply(to: &result, mapping: mapping, random: &random)
    }
    return result
  }
}
