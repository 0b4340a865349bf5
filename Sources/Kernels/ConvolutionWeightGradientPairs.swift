import NNKernels

/// Where pairs of pixels of a line lie, to be put side by side: `taps` kernel columns of `channels` channels each.
private struct PairSource {
  /// The first channel that is wanted, of the line's first pixel; nil where the line lies outside.
  var line: UnsafePointer<Float>?
  /// Pixels of the line, and words of each.
  var width: Int
  var words: Int
  var isBFloat16: Bool
  /// The first tap's first pixel, pixels from tap to tap, and from one pixel of a tap to its next.
  var first: Int
  var tapStep: Int
  var step: Int
  var taps: Int
  var channels: Int

  /// Copies `count` pixels of each tap to `target` `[pair][tap][channel]`, zeros for what lies outside, and up to a lane
  /// of anything behind everything.
  func pack(_ count: Int, _ target: UnsafeMutablePointer<Float>) {
    if Lane.hasBFloat16, isBFloat16 {
      pack(count, target, isBFloat16: true)
    } else {
      pack(count, target, isBFloat16: false)
    }
  }

  @inline(__always)
  private func pack(_ count: Int, _ target: UnsafeMutablePointer<Float>, isBFloat16: Bool) {
    var target = target
    for pixel in stride(from: 0, to: count, by: 2) {
      for tap in 0..<taps {
        let x = first + pixel * step + tap * tapStep
        let low = start(x)
        let high = pixel + 1 < count ? start(x + step) : nil
        if let low, let high {
          if isBFloat16 { joinWords(low, high, target) } else { pairFloats(low, high, target) }
        } else {
          pairEdge(low, high, target, isBFloat16: isBFloat16)
        }
        target += channels
      }
    }
  }

  @inline(__always)
  private func start(_ x: Int) -> UnsafePointer<Float>? {
    guard let line, x >= 0, x < width else { return nil }
    return line + x * words
  }

  @inline(__always)
  private func joinWords(
    _ low: UnsafePointer<Float>, _ high: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>
  ) {
    for lane in 0..<(channels + Lane.width - 1) / Lane.width {
      let word = lane * Lane.words(true)
      Lane(joining: low + word, high + word).store(target + lane * Lane.width)
    }
  }

  @inline(__always)
  private func pairFloats(
    _ low: UnsafePointer<Float>, _ high: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>
  ) {
    for channel in stride(from: 0, to: channels, by: Lane.width) {
      Lane(low + channel).paired(Lane(high + channel)).store(target + channel)
    }
  }

  @inline(never)
  private func pairEdge(
    _ low: UnsafePointer<Float>?, _ high: UnsafePointer<Float>?, _ target: UnsafeMutablePointer<Float>,
    isBFloat16: Bool
  ) {
    for lane in 0..<(channels + Lane.width - 1) / Lane.width {
      let word = lane * Lane.words(isBFloat16)
      let first = low.map { Lane($0 + word, isBFloat16: isBFloat16) } ?? Lane.zero
      let second = high.map { Lane($0 + word, isBFloat16: isBFloat16) } ?? Lane.zero
      first.paired(second).store(target + lane * Lane.width)
    }
  }
}

/// Adds the products of some output rows and columns of one image, as bf16, to the panels of all the task's blocks.
func accumulatePairs(
  _ arguments: UnsafePointer<WeightGradientArguments>, _ task: WeightGradientTask, _ image: Int, _ ys: Range<Int>,
  _ xs: Range<Int>, _ scratch: WeightGradientScratch
) {
  let plan = arguments.pointee.plan
  var (work, room) = (task, scratch)
  var pairs = PairChunk(arguments: arguments, image: image, ys: ys, xs: xs, room: scratch)
  if let first = task.blocks.first { work.select(first, plan) }
  if plan.swapped { pairs.packOutput(work) } else { pairs.packInput(work) }
  for block in task.blocks {
    work.select(block, plan)
    if plan.swapped { pairs.packInput(work) } else { pairs.packOutput(work) }
    pairs.multiply(work, room.panel)
    if !work.biasChannels.isEmpty {
      addChannelSums(arguments.pointee, work, image, ys, xs, pairs.stored(work), room.bias)
    }
    room.advance(plan)
  }
}

/// The pairs of pixels of a chunk: `[line][pair][kernel column][channel]` of the input, `[line][pair][channel]` of the
/// output.
private struct PairChunk {
  var arguments: UnsafePointer<WeightGradientArguments>
  var image: Int
  var ys: Range<Int>
  var xs: Range<Int>
  var room: WeightGradientScratch
  /// Channels of a pixel in either.
  var inputChannels = 0
  var outputChannels = 0

  @inline(__always) private var pairCount: Int { (xs.count + 1) / 2 }

  /// Packs the input's rows or lanes of the task, of all lines that its kernel rows read.
  mutating func packInput(_ work: WeightGradientTask) {
    let a = arguments.pointee
    let (plan, g) = (a.plan, a.plan.geometry)
    inputChannels = plan.swapped ? work.lanes * Lane.width : work.rows.count
    let channel = work.group * g.groupInputs + (plan.swapped ? work.firstLane : work.rows.lowerBound)
    let isBFloat16 = plan.inputElement == .bfloat16
    let top = ys.lowerBound * g.strideHeight + work.kernelRows.lowerBound * g.dilationHeight - g.paddingTop
    var source = PairSource(
      line: nil, width: g.inputWidth, words: plan.inputWords, isBFloat16: isBFloat16,
      first: xs.lowerBound * g.strideWidth - g.paddingLeft, tapStep: g.dilationWidth, step: g.strideWidth,
      taps: g.kernelWidth, channels: inputChannels)
    let start = a.input + (isBFloat16 ? channel / 2 : channel)
    for slot in 0..<plan.pairedLines(ys.count) where isRead(slot, work) {
      let y = top + slot
      source.line = 0..<g.inputHeight ~= y ? start + (image * g.inputHeight + y) * g.inputWidth * plan.inputWords : nil
      source.pack(xs.count, room.lines + slot * inputLine)
    }
  }

  /// Whether one of the task's kernel rows reads this line for one of the output's.
  private func isRead(_ slot: Int, _ work: WeightGradientTask) -> Bool {
    let g = arguments.pointee.plan.geometry
    for row in 0..<work.kernelRows.count {
      let rest = slot - row * g.dilationHeight
      if rest >= 0, rest % g.strideHeight == 0, rest / g.strideHeight < ys.count { return true }
    }
    return false
  }

  /// Words of a line of the input's pairs.
  @inline(__always) private var inputLine: Int {
    pairCount * arguments.pointee.plan.geometry.kernelWidth * inputChannels
  }

  /// Packs the output's lanes or rows of the task.
  mutating func packOutput(_ work: WeightGradientTask) {
    let plan = arguments.pointee.plan
    outputChannels = plan.swapped ? work.rows.count : work.lanes * Lane.width
    let stored = stored(work)
    var source = PairSource(
      line: nil, width: xs.count, words: plan.outputWords, isBFloat16: plan.outputElement == .bfloat16, first: 0,
      tapStep: 0, step: 1, taps: 1, channels: outputChannels)
    for line in 0..<ys.count {
      source.line = stored.moved(lines: line, pixels: 0).start
      source.pack(xs.count, room.outputs + line * pairCount * outputChannels)
    }
  }

  /// The task's channels of the output where they lie.
  func stored(_ work: WeightGradientTask) -> Operand {
    let a = arguments.pointee
    let (plan, g) = (a.plan, a.plan.geometry)
    let channel = work.group * g.groupOutputs + (plan.swapped ? work.rows.lowerBound : work.firstLane)
    let pixel = (image * g.outputHeight + ys.lowerBound) * g.outputWidth + xs.lowerBound
    return Operand(
      start: a.output + pixel * plan.outputWords + (plan.outputElement == .bfloat16 ? channel / 2 : channel),
      line: g.outputWidth * plan.outputWords, pixel: plan.outputWords)
  }

  /// Adds all products to a block's panel.
  func multiply(_ work: WeightGradientTask, _ panel: UnsafeMutablePointer<Float>) {
    let plan = arguments.pointee.plan
    let g = plan.geometry
    var ahead = NoRequests(here: UnsafeRawPointer(panel))
    let output = Operand(
      start: UnsafePointer(room.outputs), line: pairCount * outputChannels, pixel: outputChannels)
    // The rows of neighbouring kernel columns follow each other, if there are as many as the panel has room for.
    let joins = !plan.swapped && work.rows.count == plan.rowsPerChunk
    for row in 0..<work.kernelRows.count {
      for column in 0..<(joins ? 1 : g.kernelWidth) {
        let input = Operand(
          start: UnsafePointer(room.lines) + row * g.dilationHeight * inputLine + column * inputChannels,
          line: g.strideHeight * inputLine, pixel: g.kernelWidth * inputChannels)
        var product = OuterProduct(
          lines: ys.count, pixels: pairCount, rows: plan.swapped ? output : input,
          lanes: plan.swapped ? input : output, laneCount: work.lanes, pairs: true)
        let rows = joins ? g.kernelWidth * work.rows.count : work.rows.count
        let target = panel + (row * g.kernelWidth + column) * plan.rowsPerChunk * work.lanes * Lane.width
        product.run(rows, PanelSums(place: target), &ahead)
      }
    }
  }
}
