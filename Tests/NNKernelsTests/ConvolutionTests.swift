import NNKernels
import enum NNTensor.ConvolutionDirection
import enum NNTensor.ConvolutionAlgorithm
import Testing

@Suite("Convolution kernels agree with a naive convolution in double precision")
struct ConvolutionTests {
  @Test("forward and adjoint, over random geometries and epilogues", arguments: NamedConvolutionKernels.all)
  func convolutions(table: NamedConvolutionKernels) {
    for seed in 0..<300 {
      var numbers = SeededNumbers(state: UInt64(seed))
      var geometry = ConvolutionGeometry.random(&numbers)
      if seed % 10 == 0 {
        geometry = .dense(
          batch: numbers.integer(1...67), inputs: numbers.integer(1...150), outputs: numbers.integer(1...150))
      }
      let direction: ConvolutionDirection = seed % 2 == 0 ? .forward : .adjoint
      let problem = RandomConvolution(geometry, direction, &numbers)
      let results = TaskOrder.allCases.map { problem.run(table.kernels, $0) }
      #expect(results[0].map(\.bitPattern) == results[1].map(\.bitPattern), "task order, seed \(seed), \(geometry)")
      #expect(results[0].map(\.bitPattern) == results[2].map(\.bitPattern), "task order, seed \(seed), \(geometry)")
      let worst = problem.error(results[0])
      #expect(worst < 1, "seed \(seed), \(direction), \(worst) × tolerance, \(geometry)")
    }
  }

  @Test("convolution with max pooling and its argmax", arguments: NamedConvolutionKernels.all)
  func pooling(table: NamedConvolutionKernels) {
    for seed in 0..<120 {
      var numbers = SeededNumbers(state: UInt64(1000 + seed))
      let geometry = ConvolutionGeometry.random(&numbers)
      let pool = (numbers.integer(1...3), numbers.integer(2...3))
      var problem = RandomConvolution(geometry, .forward, &numbers)
      (problem.accumulate, problem.gradient) = (false, .identity)
      if seed % 3 == 0 { problem.source[numbers.integer(0...problem.source.count - 1)] = .nan }
      let full = problem.run(table.kernels, .forwards)
      for order in TaskOrder.allCases {
        let (values, places) = problem.runPooled(table.kernels, pool, order)
        let expected = Self.pooled(full, geometry, pool)
        #expect(Self.same(values, expected.0), "seed \(seed), pool \(pool), \(geometry)")
        #expect(places == expected.1, "argmax, seed \(seed), pool \(pool), \(geometry)")
      }
    }
  }

  @Test(
    "four destinations at a time, where an adjoint of stride 2 has few channels", arguments: NamedConvolutionKernels.all
  )
  func quads(table: NamedConvolutionKernels) {
    for seed in 0..<60 {
      var numbers = SeededNumbers(state: UInt64(7000 + seed))
      let size = (numbers.integer(1...12), numbers.integer(1...40))
      let geometry = ConvolutionGeometry(
        batch: numbers.integer(1...2), input: (2 * size.0, 2 * size.1), inputChannels: numbers.integer(1...16),
        output: size, outputChannels: numbers.integer(1...40), kernel: (3, 3), stride: (2, 2), padding: (1, 1))
      let problem = RandomConvolution(geometry, .adjoint, &numbers)
      let results = TaskOrder.allCases.map { problem.run(table.kernels, $0) }
      #expect(results.allSatisfy { Self.same($0, results[0]) }, "task order, seed \(seed), \(geometry)")
      let worst = problem.error(results[0])
      #expect(worst < 1, "seed \(seed), \(worst) × tolerance, \(geometry)")
    }
  }

  @Test("a pixel alone, whose sums have parts", arguments: NamedConvolutionKernels.all)
  func alone(table: NamedConvolutionKernels) {
    for seed in 0..<60 {
      var numbers = SeededNumbers(state: UInt64(9200 + seed))
      let kernel = (numbers.integer(1...3), numbers.integer(1...3))
      let geometry = ConvolutionGeometry(
        batch: 1, input: (numbers.integer(1...3), numbers.integer(1...3)), inputChannels: numbers.integer(1...90),
        output: (1, 1), outputChannels: numbers.integer(1...150), kernel: kernel,
        padding: (numbers.integer(0...kernel.0 - 1), numbers.integer(0...kernel.1 - 1)))
      let problem = RandomConvolution(geometry, .forward, &numbers)
      let worst = problem.error(problem.run(table.kernels, .forwards))
      #expect(worst < 1, "seed \(seed), \(worst) × tolerance, \(geometry)")
    }
  }

  @Test("several taps to a few channels, source channels in lanes", arguments: NamedConvolutionKernels.all)
  func narrow(table: NamedConvolutionKernels) {
    let shape = table.kernels.shape
    if shape.laneWidth < 8 { return }
    let whole = ConvolutionGeometry(
      batch: 1, input: (4, 4), inputChannels: 3, output: (1, 1), outputChannels: 64, kernel: (4, 4))
    for choice in [AlgorithmChoice.fastest, .direct] {
      #expect(whole.algorithm(.adjoint, packsOnce: true, shape: shape, choice: choice) == .direct)
    }
    for seed in 0..<160 {
      var numbers = SeededNumbers(state: UInt64(21_000 + seed))
      let direction: ConvolutionDirection = seed % 2 == 0 ? .forward : .adjoint
      let few = numbers.integer(1...4)
      let many = shape.laneWidth * numbers.integer(1...3)
      let kernel = (numbers.integer(1...5), numbers.integer(2...7))
      let stride = (numbers.integer(1...2), numbers.integer(1...3))
      let dilation = (numbers.integer(1...2), numbers.integer(1...2))
      let output = (numbers.integer(1...6), numbers.integer(1...40))
      let padding = (numbers.integer(0...kernel.0 - 1), numbers.integer(0...kernel.1 - 1))
      func size(_ output: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ padding: Int) -> Int {
        max(1, (output - 1) * stride + (kernel - 1) * dilation + 1 - 2 * padding)
      }
      let geometry = ConvolutionGeometry(
        batch: numbers.integer(1...2),
        input: (
          size(output.0, kernel.0, stride.0, dilation.0, padding.0),
          size(output.1, kernel.1, stride.1, dilation.1, padding.1)
        ), inputChannels: direction == .forward ? many : few, output: output,
        outputChannels: direction == .forward ? few : many, kernel: kernel, stride: stride, padding: padding,
        dilation: dilation)
      // A kernel that covers the whole image makes a matrix product, of which the image's values are channels.
      if geometry.canonical != geometry { continue }
      let rule = geometry.algorithm(direction, packsOnce: true, shape: shape, choice: .direct)
      #expect(rule == .narrow, "\(geometry)")
      let problem = RandomConvolution(geometry, direction, &numbers)
      let results = TaskOrder.allCases.map { problem.run(table.kernels, $0, .narrow) }
      #expect(results.allSatisfy { Self.same($0, results[0]) }, "task order, seed \(seed), \(geometry)")
      let worst = problem.error(results[0], .narrow)
      #expect(worst < 1, "seed \(seed), \(direction), \(worst) × tolerance, \(geometry)")
    }
  }

  @Test("tap by tap, where a block has many weights", arguments: NamedConvolutionKernels.all)
  func byTaps(table: NamedConvolutionKernels) {
    let width = table.kernels.shape.blockWidth
    for seed in 0..<60 {
      var numbers = SeededNumbers(state: UInt64(25_000 + seed))
      let direction: ConvolutionDirection = seed % 2 == 0 ? .forward : .adjoint
      let kernel = (numbers.integer(2...4), numbers.integer(2...4))
      let stride = (numbers.integer(1...2), numbers.integer(1...3))
      let dilation = (numbers.integer(1...2), numbers.integer(1...2))
      let padding = (numbers.integer(0...kernel.0 - 1), numbers.integer(0...kernel.1 - 1))
      let output = (numbers.integer(2...6), numbers.integer(2...7))
      func size(_ output: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ padding: Int) -> Int {
        max(2, (output - 1) * stride + (kernel - 1) * dilation + 1 - 2 * padding)
      }
      let phases = direction == .forward ? 1 : stride.0 * stride.1
      let sources = ceilingQuotient(16 * 1024 * phases, kernel.0 * kernel.1 * width) + numbers.integer(0...9)
      let destinations = width + numbers.integer(0...width / 2)
      let groups = numbers.integer(1...2)
      let geometry = ConvolutionGeometry(
        batch: numbers.integer(1...4),
        input: (
          size(output.0, kernel.0, stride.0, dilation.0, padding.0),
          size(output.1, kernel.1, stride.1, dilation.1, padding.1)
        ), inputChannels: groups * (direction == .forward ? sources : destinations), output: output,
        outputChannels: groups * (direction == .forward ? destinations : sources), kernel: kernel, stride: stride,
        padding: padding, dilation: dilation, groups: groups)
      if geometry.canonical != geometry { continue }
      let problem = RandomConvolution(geometry, direction, &numbers)
      let results = TaskOrder.allCases.map { problem.run(table.kernels, $0) }
      #expect(results.allSatisfy { Self.same($0, results[0]) }, "task order, seed \(seed), \(geometry)")
      let gaps = (numbers.integer(1...40), numbers.integer(1...40))
      let others = [
        problem.run(table.kernels, .shuffled, gaps: gaps), problem.run(table.kernels, .forwards, blocking: .rows(1)),
        problem.run(table.kernels, .forwards, blocking: .rows(1000)),
      ]
      #expect(others.allSatisfy { Self.same($0, results[0]) }, "pixels apart, other tasks, seed \(seed), \(geometry)")
      let worst = problem.error(results[0])
      #expect(worst < 1, "seed \(seed), \(direction), \(worst) × tolerance, \(geometry)")
      let plan = ConvolutionPlan(geometry, direction, shape: table.kernels.shape)
      guard case .direct(let cut) = plan.cut, cut.goesByTaps else {
        let phase = geometry.horizontalPhase(0, direction).destinationCount
        #expect(geometry.verticalPhase(0, direction).destinationCount * phase < 4, "\(geometry)")
        continue
      }
      let unpacked = problem.run(table.kernels, .shuffled, .unpacked, gaps: gaps)
      #expect(Self.same(unpacked, results[0]), "weights as they are, seed \(seed), \(direction), \(geometry)")
    }
  }

  @Test("tap by tap, each sum is that of a tile of registers to the bit", arguments: NamedConvolutionKernels.all)
  func byTapsAlike(table: NamedConvolutionKernels) {
    let width = table.kernels.shape.blockWidth
    let (sources, columns, wide) = (ceilingQuotient(2 * 1024, width) + 3, 11, 40)
    func geometry(_ columns: Int) -> ConvolutionGeometry {
      ConvolutionGeometry(
        batch: 1, input: (5, columns), inputChannels: sources, output: (5, columns), outputChannels: width,
        kernel: (3, 3), padding: (1, 1))
    }
    for seed in 0..<6 {
      var numbers = SeededNumbers(state: UInt64(26_000 + seed))
      var problem = RandomConvolution(geometry(wide), .forward, &numbers)
      (problem.accumulate, problem.gradient) = (false, .identity)
      var part = problem
      part.geometry = geometry(columns)
      func left(_ values: [Float], _ channels: Int, _ columns: Int) -> [Float] {
        (0..<5).flatMap { values[$0 * wide * channels..<($0 * wide + columns) * channels] }
      }
      part.source = left(problem.source, sources, columns)
      (part.old, part.saved) = (left(problem.old, width, columns), left(problem.saved, width, columns))
      let cuts = [problem, part].map { ConvolutionPlan($0.geometry, .forward, shape: table.kernels.shape).cut }
      let isByTaps = cuts.map { if case .direct(let cut) = $0 { cut.goesByTaps } else { false } }
      #expect(isByTaps == [false, true])
      let (tiles, taps) = (problem.run(table.kernels, .forwards), part.run(table.kernels, .forwards))
      for row in 0..<5 {
        // The last column has another neighbour.
        let range = 0..<(columns - 1) * width
        let (a, b) = (
          tiles[(row * wide * width)...].prefix(range.count), taps[(row * columns * width)...].prefix(range.count)
        )
        #expect(Self.same(Array(a), Array(b)), "row \(row), seed \(seed)")
      }
    }
  }

  @Test("matrix products of few pixels, weights as they are", arguments: NamedConvolutionKernels.all)
  func unpacked(table: NamedConvolutionKernels) {
    for seed in 0..<120 {
      var numbers = SeededNumbers(state: UInt64(27_000 + seed))
      let direction: ConvolutionDirection = seed % 2 == 0 ? .forward : .adjoint
      let kernel = numbers.integer(0...3) == 0 ? (numbers.integer(1...3), numbers.integer(1...3)) : (1, 1)
      let geometry = ConvolutionGeometry(
        batch: numbers.integer(1...16), input: kernel,
        inputChannels: seed % 20 == 1 ? numbers.integer(4000...9000) : numbers.integer(1...300), output: (1, 1),
        outputChannels: seed % 20 == 0 ? numbers.integer(4000...9000) : numbers.integer(1...600), kernel: kernel)
      var problem = RandomConvolution(geometry, direction, &numbers)
      if !geometry.keepsChannels(direction) { problem.bias = nil }
      let results = TaskOrder.allCases.map { problem.run(table.kernels, $0, .unpacked) }
      #expect(results.allSatisfy { Self.same($0, results[0]) }, "task order, seed \(seed), \(geometry)")
      let gaps = (numbers.integer(1...40), numbers.integer(1...40))
      let apart = problem.run(table.kernels, .shuffled, .unpacked, gaps: gaps)
      #expect(Self.same(apart, results[0]), "pixels apart, seed \(seed), \(geometry)")
      let worst = problem.error(results[0], .unpacked)
      #expect(worst < 1, "seed \(seed), \(direction), \(worst) × tolerance, \(geometry)")
      let shape = table.kernels.shape
      let rule = geometry.algorithm(direction, packsOnce: false, shape: shape, choice: .fastest)
      #expect((rule == .unpacked) == (geometry.weightCount >= 16 * 1024), "\(geometry)")
      #expect(geometry.algorithm(direction, packsOnce: true, shape: shape, choice: .fastest) != .unpacked)
    }
  }

  @Test("one tap to a few channels, pixels in lanes", arguments: NamedConvolutionKernels.all)
  func fewChannels(table: NamedConvolutionKernels) {
    for seed in 0..<60 {
      var numbers = SeededNumbers(state: UInt64(9000 + seed))
      let (size, stride) = ((numbers.integer(1...9), numbers.integer(1...70)), numbers.integer(1...2))
      let geometry = ConvolutionGeometry(
        batch: numbers.integer(1...2), input: (size.0 * stride, size.1 * stride),
        inputChannels: 16 * numbers.integer(1...4), output: size, outputChannels: numbers.integer(1...5),
        kernel: (1, 1),
        stride: (stride, stride))
      var problem = RandomConvolution(geometry, .forward, &numbers)
      (problem.accumulate, problem.gradient) = (false, .identity)
      let results = TaskOrder.allCases.map { problem.run(table.kernels, $0) }
      #expect(results.allSatisfy { Self.same($0, results[0]) }, "task order, seed \(seed), \(geometry)")
      let worst = problem.error(results[0])
      #expect(worst < 1, "seed \(seed), \(worst) × tolerance, \(geometry)")
    }
  }

  @Test("rows of 2×2 windows of a picture, with zeros around it", arguments: NamedConvolutionKernels.all)
  func picturePooling(table: NamedConvolutionKernels) {
    for seed in 0..<40 {
      var numbers = SeededNumbers(state: UInt64(8000 + seed))
      let size = (numbers.integer(2...20), numbers.integer(2...40))
      let geometry = ConvolutionGeometry(
        batch: numbers.integer(1...2), input: size, inputChannels: [1, 3, 4][seed % 3], output: size,
        outputChannels: numbers.integer(1...40), kernel: (3, 3), padding: (1, 1))
      var problem = RandomConvolution(geometry, .forward, &numbers)
      (problem.accumulate, problem.gradient, problem.activation) = (false, .identity, .relu)
      let full = problem.run(table.kernels, .forwards)
      let expected = Self.pooled(full, geometry, (2, 2))
      let (values, places) = problem.runPooled(table.kernels, (2, 2), .shuffled)
      #expect(Self.same(values, expected.0), "seed \(seed), \(geometry)")
      #expect(places == expected.1, "argmax, seed \(seed), \(geometry)")
    }
  }

  /// Equal values, NaN equal to NaN.
  static func same(_ a: [Float], _ b: [Float]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
  }

  static func pooled(_ full: [Float], _ g: ConvolutionGeometry, _ pool: (Int, Int)) -> ([Float], [UInt8]) {
    var values: [Float] = []
    var places: [UInt8] = []
    for n in 0..<g.batch {
      for y in 0..<g.outputHeight / pool.0 {
        for x in 0..<g.outputWidth / pool.1 {
          for o in 0..<g.outputChannels {
            var (best, place) = (-Float.infinity, UInt8(0))
            for index in 0..<pool.0 * pool.1 {
              let line = n * g.outputHeight + y * pool.0 + index / pool.1
              let value = full[(line * g.outputWidth + x * pool.1 + index % pool.1) * g.outputChannels + o]
              if value > best || value.isNaN { (best, place) = (value, UInt8(index)) }
            }
            values.append(best)
            places.append(place)
          }
        }
      }
    }
    return (values, places)
  }
}
