/// Turning the colour circle, in HSV (A. R. Smith, "Color Gamut Transform Pairs", 1978), as torchvision's `adjust_hue`.
extension Raster {
  /// Adds `turn` (1 is the whole circle) to each pixel's hue; saturation and value stay. Pictures without colour stay.
  mutating func turnHue(by turn: Double) {
    guard channels == 3, turn != 0 else { return }
    for start in stride(from: 0, to: values.count, by: 3) {
      let (red, green, blue) = (values[start], values[start + 1], values[start + 2])
      let largest = max(red, green, blue)
      let chroma = largest - min(red, green, blue)
      guard chroma > 0 else { continue }
      let sector: Float
      if largest == red {
        sector = (green - blue) / chroma
      } else if largest == green {
        sector = 2 + (blue - red) / chroma
      } else {
        sector = 4 + (red - green) / chroma
      }
      let hue = sector + Float(turn) * 6
      values[start] = Self.component(5, hue, value: largest, chroma: chroma)
      values[start + 1] = Self.component(3, hue, value: largest, chroma: chroma)
      values[start + 2] = Self.component(1, hue, value: largest, chroma: chroma)
    }
  }

  /// `V - C · max(0, min(k, 4 - k, 1))` with `k = (n + H) mod 6`: n is 5 for red, 3 for green, 1 for blue.
  private static func component(_ offset: Float, _ hue: Float, value: Float, chroma: Float) -> Float {
    var k = (offset + hue).truncatingRemainder(dividingBy: 6)
    if k < 0 { k += 6 }
    return value - chroma * max(0, min(k, 4 - k, 1))
  }
}
