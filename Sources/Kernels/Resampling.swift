import NNKernels

/// One row of the output, of `UpsampleArguments`.
@Sendable func upsampleNearest(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: UpsampleArguments.self)
  let source = a.input + task / a.factorHeight * a.width * a.inputPitch
  let target = a.output + task * a.width * a.factorWidth * a.outputPitch
  var x = 0
  while x < a.width {
    forEachLane(0, a.channels) { channel, valid in
      let value = Lane(source + x * a.inputPitch + channel)
      var copy = 0
      while copy < a.factorWidth {
        value.store(target + (x * a.factorWidth + copy) * a.outputPitch + channel, count: valid)
        copy += 1
      }
    }
    x += 1
  }
}

/// One row of dx, of `UpsampleArguments`.
@Sendable func upsampleNearestGradient(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: UpsampleArguments.self)
  let rowSize = a.width * a.factorWidth * a.inputPitch
  let source = a.input + task * a.factorHeight * rowSize
  let target = a.output + task * a.width * a.outputPitch
  var x = 0
  while x < a.width {
    forEachLane(0, a.channels) { channel, valid in
      var sum = Lane.zero
      var row = 0
      while row < a.factorHeight {
        let line = source + row * rowSize + x * a.factorWidth * a.inputPitch + channel
        var column = 0
        while column < a.factorWidth {
          sum += Lane(line + column * a.inputPitch)
          column += 1
        }
        row += 1
      }
      sum.store(target + x * a.outputPitch + channel, count: valid)
    }
    x += 1
  }
}

/// Where an output position reads along one axis: `first` with weight 1 − `fraction`, `second` with `fraction`.
typealias BilinearTap = (first: Int, second: Int, fraction: Float)

/// The source of `output` at `factor`: (output + ½) / factor − ½, clamped to `size` positions.
@inline(__always) func bilinearTap(output: Int, factor: Int, size: Int) -> BilinearTap {
  let numerator = 2 * output + 1 - factor
  let clamped = numerator < 0 ? 0 : numerator
  let first = clamped / (2 * factor)
  let fraction = Float(clamped % (2 * factor)) / Float(2 * factor)
  return (first, first + 1 < size ? first + 1 : first, fraction)
}

/// One row of the output, of `UpsampleArguments`.
@Sendable func upsampleBilinear(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: UpsampleArguments.self)
  let outputHeight = a.height * a.factorHeight
  let outputWidth = a.width * a.factorWidth
  let rowSize = a.width * a.inputPitch
  let image = a.input + task / outputHeight * a.height * rowSize
  let row = bilinearTap(output: task % outputHeight, factor: a.factorHeight, size: a.height)
  let (above, below) = (image + row.first * rowSize, image + row.second * rowSize)
  let lower = Lane(repeating: row.fraction)
  let upper = Lane(repeating: 1 - row.fraction)
  var x = 0
  while x < outputWidth {
    let column = bilinearTap(output: x, factor: a.factorWidth, size: a.width)
    let right = Lane(repeating: column.fraction)
    let left = Lane(repeating: 1 - column.fraction)
    let (first, second) = (column.first * a.inputPitch, column.second * a.inputPitch)
    let target = a.output + (task * outputWidth + x) * a.outputPitch
    forEachLane(0, a.channels) { channel, valid in
      let top = left * Lane(above + first + channel) + right * Lane(above + second + channel)
      let bottom = left * Lane(below + first + channel) + right * Lane(below + second + channel)
      (upper * top + lower * bottom).store(target + channel, count: valid)
    }
    x += 1
  }
}

/// One row of dx, of `UpsampleArguments`, whose pixels follow each other: gathers from the output rows that read this row.
@Sendable func upsampleBilinearGradient(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: UpsampleArguments.self)
  let outputHeight = a.height * a.factorHeight
  let rowSize = a.width * a.factorWidth * a.inputPitch
  let y = task % a.height
  let gradient = a.input + task / a.height * outputHeight * rowSize
  let target = a.output + task * a.width * a.channels
  forEachLane(0, a.width * a.channels) { index, valid in Lane.zero.store(target + index, count: valid) }
  var row = (y - 1) * a.factorHeight < 0 ? 0 : (y - 1) * a.factorHeight
  let end = (y + 2) * a.factorHeight < outputHeight ? (y + 2) * a.factorHeight : outputHeight
  while row < end {
    let tap = bilinearTap(output: row, factor: a.factorHeight, size: a.height)
    let weight = (tap.first == y ? 1 - tap.fraction : 0) + (tap.second == y ? tap.fraction : 0)
    if weight != 0 { addBilinearRow(a, gradient + row * rowSize, target, weight) }
    row += 1
  }
}

/// Adds one output row's gradient, times `weight`, to a row of dx.
@inline(__always) private func addBilinearRow(
  _ a: UpsampleArguments, _ gradient: Source, _ target: Target, _ weight: Float
) {
  var x = 0
  while x < a.width * a.factorWidth {
    let tap = bilinearTap(output: x, factor: a.factorWidth, size: a.width)
    let source = gradient + x * a.inputPitch
    let (left, right) = (Lane(repeating: weight * (1 - tap.fraction)), Lane(repeating: weight * tap.fraction))
    let (first, second) = (target + tap.first * a.channels, target + tap.second * a.channels)
    forEachLane(0, a.channels) { channel, valid in
      let dy = Lane(source + channel)
      multiplyAdd(dy, left, Lane(first + channel)).store(first + channel, count: valid)
      multiplyAdd(dy, right, Lane(second + channel)).store(second + channel, count: valid)
    }
    x += 1
  }
}
