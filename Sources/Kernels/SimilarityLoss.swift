import NNKernels

/// The window's means at a lane of places, of x, y, x² + y² and x · y: the variances are only ever added.
private struct WindowMeans {
  var x = WideLane.zero
  var y = WideLane.zero
  var squares = WideLane.zero
  var product = WideLane.zero
}

/// Equation 13's value at a place, and its derivatives for the means of x, x² and x · y.
private struct Similarity {
  var value: WideLane
  var ofX: WideLane
  var ofSquare: WideLane
  var ofProduct: WideLane

  @inline(__always) init(_ mean: WindowMeans) {
    let (one, two) = (WideLane(repeating: 1), WideLane(repeating: 2))
    let (c1, c2) = (WideLane(repeating: 0.01 * 0.01), WideLane(repeating: 0.03 * 0.03))
    let product = mean.x * mean.y
    let squares = mean.x * mean.x + mean.y * mean.y
    let (a1, a2) = (two * product + c1, two * (mean.product - product) + c2)
    let (b1, b2) = (one / (squares + c1), one / (mean.squares - squares + c2))
    value = a1 * a2 * b1 * b2
    ofX = two * (mean.y * (a2 - a1) * b1 * b2 - mean.x * value * (b1 - b2))
    ofSquare = WideLane.zero - value * b2
    ofProduct = two * a1 * b1 * b2
  }
}

/// The call, where it is: the compiler would copy all the weights of the window for each that is used.
private typealias Call = UnsafePointer<SimilarityArguments>

/// A task's lines of scratch memory: first the window's means down the rows, then the derivatives.
private struct Lines {
  var first: Doubles
  var distance: Int

  @inline(__always) init(_ a: borrowing SimilarityArguments, _ scratch: UnsafeMutableRawPointer) {
    first = scratch.assumingMemoryBound(to: Double.self) + a.lineMargin
    distance = a.lineMargin + a.lineLength
  }

  @inline(__always) subscript(_ line: Int) -> Doubles { first + line * distance }
}

/// Fills the lines with the window's means down the rows, from the task's row on.
@inline(__always) private func meanDown(_ a: SimilarityArguments, _ call: Call, _ task: Int, _ lines: Lines) {
  let size = a.width * a.channels
  let (sample, row) = (task / a.places.height, task % a.places.height)
  let start = (sample * a.height + row) * size
  forEachLane(0, size) { index, _ in
    var mean = WindowMeans()
    var position = start + index
    var tap = 0
    while tap < a.window {
      let weight = WideLane(repeating: call.pointee.weights[tap])
      let (x, y) = (widened(Lane(a.prediction + position)), widened(Lane(a.target + position)))
      mean.x = multiplyAdd(weight, x, mean.x)
      mean.y = multiplyAdd(weight, y, mean.y)
      mean.squares = multiplyAdd(weight, multiplyAdd(x, x, y * y), mean.squares)
      mean.product = multiplyAdd(weight, x * y, mean.product)
      position += size
      tap += 1
    }
    mean.x.store(lines[0] + index)
    mean.y.store(lines[1] + index)
    mean.squares.store(lines[2] + index)
    mean.product.store(lines[3] + index)
  }
}

/// The means of the lines along the row, at the places from `index` on.
@inline(__always) private func meanAcross(
  _ a: SimilarityArguments, _ call: Call, _ lines: Lines, _ index: Int
) -> WindowMeans {
  var mean = WindowMeans()
  var position = index
  var tap = 0
  while tap < a.window {
    let weight = WideLane(repeating: call.pointee.weights[tap])
    mean.x = multiplyAdd(weight, WideLane(lines[0] + position), mean.x)
    mean.y = multiplyAdd(weight, WideLane(lines[1] + position), mean.y)
    mean.squares = multiplyAdd(weight, WideLane(lines[2] + position), mean.squares)
    mean.product = multiplyAdd(weight, WideLane(lines[3] + position), mean.product)
    position += a.channels
    tap += 1
  }
  return mean
}

/// One row of places, of `SimilarityArguments`: the sum of 1 − similarity.
@Sendable func similarityPartials(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let call = arguments.assumingMemoryBound(to: SimilarityArguments.self)
  let a = call.pointee
  let lines = Lines(a, scratch)
  meanDown(a, call, task, lines)
  let count = a.places.width * a.channels
  var (whole, rest) = (WideLane.zero, 0.0)
  forEachLane(0, count) { index, valid in
    let distance = WideLane(repeating: 1) - Similarity(meanAcross(a, call, lines, index)).value
    if valid == Lane.width { whole += distance } else { rest = horizontalSum(distance, count: valid) }
  }
  a.partials?[task] = horizontalSum(whole, count: Lane.width) + rest
}

/// One row of places, of `SimilarityArguments`: the three derivatives, spread along the row by the window.
@Sendable func similarityGradientRows(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let call = arguments.assumingMemoryBound(to: SimilarityArguments.self)
  let a = call.pointee
  guard let workspace = a.workspace else { return }
  let lines = Lines(a, scratch)
  meanDown(a, call, task, lines)
  derive(a, call, lines)
  let size = a.width * a.channels
  let result = workspace + 3 * task * size
  forEachLane(0, size) { index, valid in
    var (ofX, ofSquare, ofProduct) = (WideLane.zero, WideLane.zero, WideLane.zero)
    var position = index
    var tap = 0
    while tap < a.window {
      let weight = WideLane(repeating: call.pointee.weights[tap])
      ofX = multiplyAdd(weight, WideLane(lines[0] + position), ofX)
      ofSquare = multiplyAdd(weight, WideLane(lines[1] + position), ofSquare)
      ofProduct = multiplyAdd(weight, WideLane(lines[2] + position), ofProduct)
      position -= a.channels
      tap += 1
    }
    narrowed(ofX).store(result + index, count: valid)
    narrowed(ofSquare).store(result + size + index, count: valid)
    narrowed(ofProduct).store(result + 2 * size + index, count: valid)
  }
}

/// Puts the derivatives at each place where the first three lines have its means, which later places need no more, and
/// zeros wherever the window reaches from the row's values but has no place.
@inline(__always) private func derive(_ a: SimilarityArguments, _ call: Call, _ lines: Lines) {
  let count = a.places.width * a.channels
  forEachLane(0, count) { index, _ in
    let place = Similarity(meanAcross(a, call, lines, index))
    place.ofX.store(lines[0] + index)
    place.ofSquare.store(lines[1] + index)
    place.ofProduct.store(lines[2] + index)
  }
  var line = 0
  while line < 3 {
    forEachLane(-a.lineMargin, 0) { index, _ in WideLane.zero.store(lines[line] + index) }
    forEachLane(count, a.width * a.channels) { index, _ in WideLane.zero.store(lines[line] + index) }
    line += 1
  }
}

/// One row of dx, of `SimilarityArguments`: the rows of derivatives spread down by the window.
@Sendable func similarityGradient(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let call = arguments.assumingMemoryBound(to: SimilarityArguments.self)
  let a = call.pointee
  guard let workspace = a.workspace, let gradient = a.gradient, let upstream = a.upstream else { return }
  let size = a.width * a.channels
  let (sample, row) = (task / a.height, task % a.height)
  let first = row - a.window + 1 > 0 ? row - a.window + 1 : 0
  let last = row < a.places.height ? row : a.places.height - 1
  let scale = WideLane(repeating: -Double(upstream[0]) / Double(a.meanCount))
  let (x, y) = (a.prediction + task * size, a.target + task * size)
  forEachLane(0, size) { index, valid in
    var (ofX, ofSquare, ofProduct) = (WideLane.zero, WideLane.zero, WideLane.zero)
    var line = Source(workspace) + 3 * (sample * a.places.height + first) * size + index
    var place = first
    while place <= last {
      let weight = WideLane(repeating: call.pointee.weights[row - place])
      ofX = multiplyAdd(weight, widened(Lane(line)), ofX)
      ofSquare = multiplyAdd(weight, widened(Lane(line + size)), ofSquare)
      ofProduct = multiplyAdd(weight, widened(Lane(line + 2 * size)), ofProduct)
      line += 3 * size
      place += 1
    }
    let (x, y) = (widened(Lane(x + index)), widened(Lane(y + index)))
    let sum = ofX + WideLane(repeating: 2) * x * ofSquare + y * ofProduct
    narrowed(scale * sum).store(gradient + task * size + index, count: valid)
  }
}
