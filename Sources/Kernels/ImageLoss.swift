import NNKernels

/// One row, of `VariationArguments`: Σ |difference| to the pixels right and below.
@Sendable func variationPartials(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: VariationArguments.self)
  let size = a.width * a.channels
  let row = a.prediction + task * size
  var sum = differences(row, row + a.channels, size - a.channels)
  if task % a.height < a.height - 1 { sum += differences(row, row + size, size) }
  a.partials?[task] = sum
}

/// Σ |first − second|: in lanes of single precision over 1,024 values, then in double.
@inline(__always) private func differences(_ first: Source, _ second: Source, _ count: Int) -> Double {
  var total = 0.0
  var start = 0
  while start < count {
    let end = start + 1024 < count ? start + 1024 : count
    var sum = Lane.zero
    forEachLane(start, end) { index, valid in
      sum += keepFirst(valid, of: magnitude(Lane(first + index) - Lane(second + index)), fill: 0)
    }
    total += horizontalDoubleSum(sum)
    start = end
  }
  return total
}

/// One row of dx, of `VariationArguments`.
@Sendable func variationGradient(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: VariationArguments.self)
  guard let gradient = a.gradient, let upstream = a.upstream else { return }
  let size = a.width * a.channels
  let (row, target) = (a.prediction + task * size, gradient + task * size)
  let scale = Float(Double(upstream[0]) / Double(a.meanCount))
  forEachLane(0, size) { Lane.zero.store(target + $0, count: $1) }
  addSigns(row, row + a.channels, target, size - a.channels, scale)
  addSigns(row + a.channels, row, target + a.channels, size - a.channels, scale)
  if task % a.height > 0 { addSigns(row, row - size, target, size, scale) }
  if task % a.height < a.height - 1 { addSigns(row, row + size, target, size, scale) }
}

/// target += sign(first − second) · scale; 0 where they are equal.
@inline(__always) private func addSigns(
  _ first: Source, _ second: Source, _ target: Target, _ count: Int, _ scale: Float
) {
  forEachLane(0, count) { index, valid in
    let difference = Lane(first + index) - Lane(second + index)
    let sign = withSign(Lane(repeating: scale), of: difference)
    let signed = Lane.zero.selecting(scale < 0 ? -sign : sign, where: difference .!= Lane.zero)
    (Lane(target + index) + signed).store(target + index, count: valid)
  }
}
