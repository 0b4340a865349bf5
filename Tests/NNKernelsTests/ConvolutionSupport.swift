import NNKernels
import NNRuntime
import enum NNTensor.ElementType
import Testing

extension KernelTable {
  /// The tables that tests go through: every one that this processor can run, or the one that `NNC_KERNELS` names.
  static let tested: [KernelTable] = {
    guard let wish = Knob.kernels.value else { return available }
    let tables = available.filter { $0.name == wish }
    precondition(!tables.isEmpty, "this processor has no kernels that NNC_KERNELS calls \(wish)")
    return tables
  }()
}

/// A table of kernels with its name.
struct NamedConvolutionKernels: Sendable, CustomTestStringConvertible {
  var name: String
  var kernels: ConvolutionKernels
  var multipliesBFloat16: Bool
  var testDescription: String { name }

  static let all = KernelTable.tested.map {
    NamedConvolutionKernels(name: $0.name, kernels: $0.convolution, multipliesBFloat16: $0.multipliesBFloat16)
  }
}

/// SplitMix64: small, seeded, the same everywhere.
struct SeededNumbers {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func integer(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() % UInt64(range.count))
  }

  mutating func float() -> Float { Float(Int64(next() >> 40) - (1 << 23)) / Float(1 << 23) }

  mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in float() } }
}

/// 64-byte aligned floats with 16 NaNs before and behind them; `guardsIntact` tells whether those are still there.
final class GuardedBuffer {
  let count: Int
  let floats: UnsafeMutablePointer<Float>
  private let memory: UnsafeMutableRawPointer

  init(_ values: [Float]) {
    count = values.count
    memory = .allocate(byteCount: (count + 32) * 4 + 64, alignment: 64)
    let all = memory.bindMemory(to: Float.self, capacity: count + 32)
    all.initialize(repeating: .nan, count: count + 32)
    floats = all + 16
    for (index, value) in values.enumerated() { floats[index] = value }
  }

  /// The numbers as they are stored, an even number of them where two share a word.
  convenience init(_ values: [Float], _ element: ElementType) {
    let words = stride(from: 0, to: values.count, by: 2).map { index in
      element == .float32 ? 0 : Float(bitPattern: values[index].bfloat16 | values[index + 1].bfloat16 << 16)
    }
    self.init(element == .float32 ? values : words)
  }

  deinit { memory.deallocate() }

  /// What is stored.
  func values(_ element: ElementType) -> [Float] {
    guard element == .bfloat16 else { return values }
    return values.flatMap { word in
      [Float(bitPattern: word.bitPattern << 16), Float(bitPattern: word.bitPattern & 0xFFFF_0000)]
    }
  }

  var values: [Float] { (0..<count).map { floats[$0] } }
  var guardsIntact: Bool { (1...16).allSatisfy { floats[-$0].isNaN && floats[count + $0 - 1].isNaN } }
}

extension Float {
  /// The bits of the nearest bf16 number, ties to even.
  fileprivate var bfloat16: UInt32 {
    isNaN ? 0x7FC0 : (bitPattern &+ 0x7FFF &+ ((bitPattern >> 16) & 1)) >> 16
  }

  /// The nearest bf16 number.
  var asBFloat16: Float { Float(bitPattern: bfloat16 << 16) }
}

/// In which order a stage's tasks run: results must not depend on it.
enum TaskOrder: CaseIterable {
  case forwards, backwards, shuffled

  func tasks(_ count: Int) -> [Int] {
    switch self {
    case .forwards: return Array(0..<count)
    case .backwards: return Array((0..<count).reversed())
    case .shuffled:
      var numbers = SeededNumbers(state: UInt64(count))
      var tasks = Array(0..<count)
      for index in tasks.indices { tasks.swapAt(index, numbers.integer(0...count - 1)) }
      return tasks
    }
  }
}

/// Runs one stage with scratch memory full of NaN.
func runStage<Arguments>(
  _ kernel: KernelFunction, _ arguments: Arguments, tasks: Int, scratchBytes: Int, order: TaskOrder
) -> Bool {
  let scratch = GuardedBuffer([Float](repeating: .nan, count: (scratchBytes + 3) / 4))
  withUnsafePointer(to: arguments) { pointer in
    for task in order.tasks(tasks) { kernel(UnsafeRawPointer(pointer), task, scratch.floats) }
  }
  return scratch.guardsIntact
}

/// A sum in double precision with the sum of its terms' sizes, which bounds the rounding error.
struct ReferenceSum {
  var value = 0.0
  var size = 0.0

  mutating func add(_ term: Double) {
    value += term
    size += abs(term)
  }
}

extension [ReferenceSum] {
  /// Gives each of the first `count` sums, images of so many channels, the largest size of its channel in its image.
  mutating func spreadSizes(count: Int, images: Int, channels: Int) {
    let image = count / images
    var largest = [Double](repeating: 0, count: images * channels)
    for index in 0..<count {
      let place = index / image * channels + index % channels
      largest[place] = Swift.max(largest[place], self[index].size)
    }
    for index in 0..<count { self[index].size = largest[index / image * channels + index % channels] }
  }
}

extension ConvolutionGeometry {
  /// A random small geometry, with odd sizes, dilation, groups and asymmetric padding.
  static func random(_ numbers: inout SeededNumbers) -> ConvolutionGeometry {
    while true {
      let geometry = anySize(&numbers)
      if geometry.operations < 4e6 { return geometry }
    }
  }

  private static func anySize(_ numbers: inout SeededNumbers) -> ConvolutionGeometry {
    let groups = numbers.integer(0...3) == 0 ? numbers.integer(1...5) : 1
    let most = groups > 1 ? 67 / groups : 67
    func size(_ numbers: inout SeededNumbers) -> Int {
      numbers.integer(0...4) == 0 ? numbers.integer(20...40) : numbers.integer(1...13)
    }
    func small(_ numbers: inout SeededNumbers, _ most: Int) -> Int {
      numbers.integer(0...1) == 0 ? 1 : numbers.integer(1...most)
    }
    let kernel = (numbers.integer(1...4), numbers.integer(1...5))
    return ConvolutionGeometry(
      batch: numbers.integer(1...3), input: (size(&numbers), size(&numbers)),
      inputChannels: groups * numbers.integer(1...most), output: (size(&numbers) % 14 + 1, size(&numbers)),
      outputChannels: groups * numbers.integer(1...most), kernel: kernel,
      stride: (small(&numbers, 4), small(&numbers, 4)),
      padding: (numbers.integer(-1...kernel.0), numbers.integer(-1...kernel.1)),
      dilation: (small(&numbers, 3), small(&numbers, 3)), groups: groups)
  }

  /// Calls `body` with the flat indices of input, weight and output of every product inside the image.
  func forEachProduct(_ body: (_ input: Int, _ weight: Int, _ output: Int) -> Void) {
    for n in 0..<batch {
      for y in 0..<outputHeight {
        for x in 0..<outputWidth {
          for ky in 0..<kernelHeight {
            let iy = y * strideHeight - paddingTop + ky * dilationHeight
            guard iy >= 0, iy < inputHeight else { continue }
            for kx in 0..<kernelWidth {
              let ix = x * strideWidth - paddingLeft + kx * dilationWidth
              guard ix >= 0, ix < inputWidth else { continue }
              forEachChannel(
                (n * inputHeight + iy) * inputWidth + ix, ky * kernelWidth + kx,
                (n * outputHeight + y) * outputWidth + x, body)
            }
          }
        }
      }
    }
  }

  private func forEachChannel(_ input: Int, _ tap: Int, _ output: Int, _ body: (Int, Int, Int) -> Void) {
    for group in 0..<groups {
      for i in 0..<groupInputs {
        for o in group * groupOutputs..<(group + 1) * groupOutputs {
          body(
            input * inputChannels + group * groupInputs + i, (tap * groupInputs + i) * outputChannels + o,
            output * outputChannels + o)
        }
      }
    }
  }
}
