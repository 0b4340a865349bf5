import CProcessor
import NNKernels

/// The part of a window that lies inside the input: window positions `start..<end`, the first at `origin + start`.
/// (A tuple, not a struct: a struct's metadata holds a copying function that the linker may share between
/// instruction sets.)
typealias WindowRange = (origin: Int, start: Int, end: Int)

/// The window of output position `output` along one axis.
@inline(__always) func windowRange(output: Int, stride: Int, padding: Int, kernel: Int, size: Int) -> WindowRange {
  let origin = output * stride - padding
  let start = origin < 0 ? (-origin < kernel ? -origin : kernel) : 0
  let room = size - origin
  let limit = room < kernel ? room : kernel
  return (origin, start, limit > start ? limit : start)
}

/// The output positions `start..<end` along one axis whose windows reach an input position.
typealias CoveringRange = (start: Int, end: Int)

/// The windows over input position `input`.
@inline(__always) func coveringRange(
  input: Int, stride: Int, padding: Int, kernel: Int, outputSize: Int
) -> CoveringRange {
  let last = (input + padding) / stride
  let before = input + padding - kernel
  return (before < 0 ? 0 : before / stride + 1, last < outputSize ? last + 1 : outputSize)
}

/// Writes the first `count` of the integers as bytes or as 16-bit integers.
@inline(__always) private func store<Index: FixedWidthInteger>(
  _ positions: LaneBits, to target: UnsafeMutablePointer<Index>, count: Int
) {
  if count >= Lane.width {
    for element in 0..<Lane.width { target[element] = Index(truncatingIfNeeded: positions[element]) }
  } else {
    for element in 0..<count { target[element] = Index(truncatingIfNeeded: positions[element]) }
  }
}

/// One row of the output, of `MaxPoolArguments`.
@Sendable func maxPool(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: MaxPoolArguments.self)
  if Lane.hasBFloat16, a.isBFloat16 {
    poolRow(a, task, isBFloat16: true)
  } else {
    poolRow(a, task, isBFloat16: false)
  }
}

@inline(__always) private func poolRow(_ a: MaxPoolArguments, _ task: Int, isBFloat16: Bool) {
  guard let argmax = a.argmax else {
    return forEachMaximum(a, task, isBFloat16: isBFloat16) { index, maximum, _, valid in
      maximum.store(a.output, at: index, count: valid, isBFloat16: isBFloat16)
    }
  }
  if a.shape.argmaxStride == 1 {
    let argmax = argmax.assumingMemoryBound(to: UInt8.self)
    forEachMaximum(a, task, isBFloat16: isBFloat16) { index, maximum, position, valid in
      maximum.store(a.output, at: index, count: valid, isBFloat16: isBFloat16)
      store(position, to: argmax + index, count: valid)
    }
  } else {
    let argmax = argmax.assumingMemoryBound(to: UInt16.self)
    forEachMaximum(a, task, isBFloat16: isBFloat16) { index, maximum, position, valid in
      maximum.store(a.output, at: index, count: valid, isBFloat16: isBFloat16)
      store(position, to: argmax + index, count: valid)
    }
  }
}

@inline(__always) private func forEachMaximum(
  _ a: MaxPoolArguments, _ task: Int, isBFloat16: Bool,
  _ body: (_ index: Int, _ maximum: Lane, _ position: LaneBits, _ valid: Int) -> Void
) {
  let s = a.shape
  let sample = task / s.outputHeight
  let rows = windowRange(
    output: task % s.outputHeight, stride: s.strideHeight, padding: s.paddingTop, kernel: s.kernelHeight, size: s.height
  )
  let image = sample * s.height * s.width * a.inputPitch
  var x = 0
  while x < s.outputWidth {
    let columns = windowRange(
      output: x, stride: s.strideWidth, padding: s.paddingLeft, kernel: s.kernelWidth, size: s.width)
    let index = (task * s.outputWidth + x) * s.channels
    forEachLane(0, s.channels) { channel, valid in
      let best = maximum(a.input, image + channel, a.inputPitch, rows, columns, s, isBFloat16: isBFloat16)
      body(index + channel, best.value, best.position, valid)
    }
    x += 1
  }
}

@inline(__always) private func maximum(
  _ input: Source, _ first: Int, _ pitch: Int, _ rows: WindowRange, _ columns: WindowRange, _ s: PoolingShape,
  isBFloat16: Bool
) -> (value: Lane, position: LaneBits) {
  var best = Lane(repeating: -Float.infinity)
  var position = LaneBits(repeating: Int32(truncatingIfNeeded: rows.start * s.kernelWidth + columns.start))
  var row = rows.start
  while row < rows.end {
    let line = first + ((rows.origin + row) * s.width + columns.origin) * pitch
    var column = columns.start
    while column < columns.end {
      let value = Lane(input, at: line + column * pitch, isBFloat16: isBFloat16)
      let wins = (value .> best) .| (value .!= value)
      best.select(value, where: wins)
      position.select(LaneBits(repeating: Int32(truncatingIfNeeded: row * s.kernelWidth + column)), where: wins)
      column += 1
    }
    row += 1
  }
  return (best, position)
}

/// One row of dx, of `MaxPoolGradientArguments`.
@Sendable func maxPoolGradient(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: MaxPoolGradientArguments.self)
  if Lane.hasBFloat16, a.isBFloat16 {
    chooseIndex(a, task, isBFloat16: true)
  } else {
    chooseIndex(a, task, isBFloat16: false)
  }
}

@inline(__always) private func chooseIndex(_ a: MaxPoolGradientArguments, _ task: Int, isBFloat16: Bool) {
  if a.shape.argmaxStride == 1 {
    chooseActivation(a, a.argmax.assumingMemoryBound(to: UInt8.self), task, isBFloat16: isBFloat16)
  } else {
    chooseActivation(a, a.argmax.assumingMemoryBound(to: UInt16.self), task, isBFloat16: isBFloat16)
  }
}

@inline(__always) private func chooseActivation<Index: FixedWidthInteger>(
  _ a: MaxPoolGradientArguments, _ argmax: UnsafePointer<Index>, _ task: Int, isBFloat16: Bool
) {
  guard let output = a.output, a.kind != .identity else {
    return scatterRow(a, argmax, task, isBFloat16: isBFloat16) { index in
      Lane(a.outputGradient, at: index, isBFloat16: isBFloat16)
    }
  }
  let slope = Lane(repeating: a.kind == .relu ? 0 : a.slope)
  scatterRow(a, argmax, task, isBFloat16: isBFloat16) { index in
    let dy = Lane(a.outputGradient, at: index, isBFloat16: isBFloat16)
    return (dy * slope).selecting(dy, where: Lane(output, at: index, isBFloat16: isBFloat16) .> Lane.zero)
  }
}

/// How many gradients ahead memory is asked for: what stores wait for comes late where another core has it.
private let gradientsAhead = 1024

@inline(__always) private func scatterRow<Index: FixedWidthInteger>(
  _ a: MaxPoolGradientArguments, _ argmax: UnsafePointer<Index>, _ task: Int, isBFloat16: Bool,
  _ gradient: (Int) -> Lane
) {
  let s = a.shape
  let y = task % s.height
  let firstOutputRow = task / s.height * s.outputHeight
  let rows = coveringRange(
    input: y, stride: s.strideHeight, padding: s.paddingTop, kernel: s.kernelHeight, outputSize: s.outputHeight)
  var x = 0
  while x < s.width {
    let columns = coveringRange(
      input: x, stride: s.strideWidth, padding: s.paddingLeft, kernel: s.kernelWidth, outputSize: s.outputWidth)
    let target = (task * s.width + x) * s.channels
    forEachLane(0, s.channels) { channel, valid in
      var sum = Lane.zero
      var row = rows.start
      while row < rows.end {
        var column = columns.start
        while column < columns.end {
          let index = ((firstOutputRow + row) * s.outputWidth + column) * s.channels + channel
          let position =
            (y + s.paddingTop - row * s.strideHeight) * s.kernelWidth + x + s.paddingLeft - column * s.strideWidth
          let here = positions(argmax + index) .== LaneBits(repeating: Int32(truncatingIfNeeded: position))
          sum += Lane.zero.selecting(gradient(index), where: here)
          column += 1
        }
        row += 1
      }
      sum.store(a.inputGradient, at: target + channel, count: valid, isBFloat16: isBFloat16)
      let ahead = target + channel + gradientsAhead
      processor_prefetch_write(a.inputGradient + (isBFloat16 ? ahead / 2 : ahead))
    }
    x += 1
  }
}

/// A lane of stored positions.
@inline(__always) private func positions<Index: FixedWidthInteger>(_ source: UnsafePointer<Index>) -> LaneBits {
  var result = LaneBits.zero
  for element in 0..<Lane.width { result[element] = Int32(truncatingIfNeeded: source[element]) }
  return result
}
