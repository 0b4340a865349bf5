import NNKernels

private typealias Doubles = UnsafeMutablePointer<Double>

/// Equation 13's value at a place, and its derivatives for the means of x, x² and x · y.
@inline(__always) private func similarity(
  _ x: Double, _ y: Double, _ xx: Double, _ yy: Double, _ xy: Double
) -> (value: Double, ofX: Double, ofSquare: Double, ofProduct: Double) {
  let (c1, c2) = (0.01 * 0.01, 0.03 * 0.03)
  let (a1, a2) = (2 * x * y + c1, 2 * (xy - x * y) + c2)
  let (b1, b2) = (1 / (x * x + y * y + c1), 1 / ((xx - x * x) + (yy - y * y) + c2))
  let value = a1 * a2 * b1 * b2
  let ofX = 2 * y * (a2 - a1) * b1 * b2 - 2 * x * value * (b1 - b2)
  return (value, ofX, -value * b2, 2 * a1 * b1 * b2)
}

/// Five lines: the window's means down the rows from `row` on, of x, y, x², y² and x · y.
@inline(__always) private func meansOfColumns(_ a: borrowing SimilarityArguments, _ start: Int, _ lines: Doubles) {
  let size = a.width * a.channels
  var index = 0
  while index < 5 * size {
    lines[index] = 0
    index += 1
  }
  var tap = 0
  while tap < a.window {
    let weight = a.weights[tap]
    let (first, second) = (a.prediction + start + tap * size, a.target + start + tap * size)
    index = 0
    while index < size {
      let (x, y) = (Double(first[index]), Double(second[index]))
      lines[index] += weight * x
      lines[size + index] += weight * y
      lines[2 * size + index] += weight * x * x
      lines[3 * size + index] += weight * y * y
      lines[4 * size + index] += weight * x * y
      index += 1
    }
    tap += 1
  }
}

/// The mean of a line along the row, from `index` on.
@inline(__always) private func mean(_ a: borrowing SimilarityArguments, _ line: Doubles, _ index: Int) -> Double {
  var sum = 0.0
  var tap = 0
  while tap < a.window {
    sum += a.weights[tap] * line[index + tap * a.channels]
    tap += 1
  }
  return sum
}

/// Calls `body` with what is at each place of a row of places.
@inline(__always) private func forEachPlace(
  _ a: borrowing SimilarityArguments, _ task: Int, _ lines: Doubles,
  _ body: (_ index: Int, _ value: (value: Double, ofX: Double, ofSquare: Double, ofProduct: Double)) -> Void
) {
  let size = a.width * a.channels
  let (sample, row) = (task / a.places.height, task % a.places.height)
  meansOfColumns(a, (sample * a.height + row) * size, lines)
  var index = 0
  while index < a.places.width * a.channels {
    let value = similarity(
      mean(a, lines, index), mean(a, lines + size, index), mean(a, lines + 2 * size, index),
      mean(a, lines + 3 * size, index), mean(a, lines + 4 * size, index))
    body(index, value)
    index += 1
  }
}

/// One row of places, of `SimilarityArguments`: the sum of 1 − similarity.
@Sendable func similarityPartials(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: SimilarityArguments.self)
  var sum = 0.0
  forEachPlace(a, task, scratch.assumingMemoryBound(to: Double.self)) { _, place in sum += 1 - place.value }
  a.partials?[task] = sum
}

/// One row of places, of `SimilarityArguments`: the three derivatives, spread along the row by the window.
@Sendable func similarityGradientRows(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: SimilarityArguments.self)
  guard let workspace = a.workspace else { return }
  let size = a.width * a.channels
  let lines = scratch.assumingMemoryBound(to: Double.self)
  let spread = lines + 5 * size
  var index = 0
  while index < 3 * size {
    spread[index] = 0
    index += 1
  }
  forEachPlace(a, task, lines) { index, place in
    var tap = 0
    while tap < a.window {
      let (weight, target) = (a.weights[tap], spread + index + tap * a.channels)
      target[0] += weight * place.ofX
      target[size] += weight * place.ofSquare
      target[2 * size] += weight * place.ofProduct
      tap += 1
    }
  }
  let result = workspace + 3 * task * size
  index = 0
  while index < 3 * size {
    result[index] = Float(spread[index])
    index += 1
  }
}

/// One row of dx, of `SimilarityArguments`: the rows of derivatives spread down by the window.
@Sendable func similarityGradient(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: SimilarityArguments.self)
  guard let workspace = a.workspace, let gradient = a.gradient, let upstream = a.upstream else { return }
  let size = a.width * a.channels
  let (sample, row) = (task / a.height, task % a.height)
  let first = row - a.window + 1 > 0 ? row - a.window + 1 : 0
  let last = row < a.places.height ? row : a.places.height - 1
  let scale = -Double(upstream[0]) / Double(a.meanCount)
  var index = 0
  while index < size {
    var (ofX, ofSquare, ofProduct) = (0.0, 0.0, 0.0)
    var place = first
    while place <= last {
      let weight = a.weights[row - place]
      let line = workspace + 3 * (sample * a.places.height + place) * size + index
      ofX += weight * Double(line[0])
      ofSquare += weight * Double(line[size])
      ofProduct += weight * Double(line[2 * size])
      place += 1
    }
    let position = task * size + index
    let (x, y) = (Double(a.prediction[position]), Double(a.target[position]))
    gradient[position] = Float(scale * (ofX + 2 * x * ofSquare + y * ofProduct))
    index += 1
  }
}

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
