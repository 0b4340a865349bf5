import NNKernels
import NNRandom
import NNRuntime
import Testing

/// The other kernels of a table, with its name.
struct VectorTable: CustomTestStringConvertible {
  let testDescription: String
  let kernels: VectorKernels
  let multipliesBFloat16: Bool

  static let available = KernelTable.tested.map {
    VectorTable(testDescription: $0.name, kernels: $0.vector, multipliesBFloat16: $0.multipliesBFloat16)
  }
}

/// Memory as the runtime provides it: 64-byte aligned, 64 readable bytes behind, here filled with NaNs that must stay.
final class Memory<Element: BitwiseCopyable> {
  let count: Int
  private let raw: UnsafeMutableRawPointer
  var pointer: UnsafeMutablePointer<Element> { raw.assumingMemoryBound(to: Element.self) }
  var source: UnsafePointer<Element> { UnsafePointer(pointer) }

  init(_ values: [Element]) {
    count = values.count
    raw = .allocate(byteCount: count * MemoryLayout<Element>.stride + 64, alignment: 64)
    set(values)
    for byte in 0..<64 { padding[byte] = 0xFF }
  }

  deinit { raw.deallocate() }

  private var padding: UnsafeMutablePointer<UInt8> {
    (raw + count * MemoryLayout<Element>.stride).assumingMemoryBound(to: UInt8.self)
  }

  func set(_ values: [Element]) {
    for (index, value) in values.enumerated() { pointer[index] = value }
  }

  var values: [Element] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
  var bytes: [UInt8] { Array(UnsafeRawBufferPointer(start: raw, count: count * MemoryLayout<Element>.stride)) }
  var paddingIsUntouched: Bool { (0..<64).allSatisfy { padding[$0] == 0xFF } }
}

typealias Floats = Memory<Float>

extension Memory where Element == Float {
  /// Values that no kernel may read before writing.
  convenience init(unset count: Int) { self.init([Float](repeating: .nan, count: count)) }
}

/// Runs tasks 0..<`tasks`, in order, then again from the same start in a shuffled order: same bits, padding untouched.
func run<Arguments, Element>(
  _ kernel: KernelFunction, _ arguments: Arguments, tasks: Int, changes outputs: Memory<Element>...,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let before = outputs.map(\.values)
  runTasks(kernel, arguments, Array(0..<tasks))
  let inOrder = outputs.map(\.bytes)
  for (output, values) in zip(outputs, before) { output.set(values) }
  var random = RandomStream(seed: 9, purpose: .testing, index: UInt64(tasks))
  runTasks(kernel, arguments, random.permutation(tasks))
  #expect(outputs.map(\.bytes) == inOrder, "another order of tasks gives other bits", sourceLocation: sourceLocation)
  #expect(outputs.allSatisfy { $0.paddingIsUntouched }, "wrote behind the end", sourceLocation: sourceLocation)
}

private func runTasks<Arguments>(_ kernel: KernelFunction, _ arguments: Arguments, _ tasks: [Int]) {
  let scratch = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
  defer { scratch.deallocate() }
  withUnsafePointer(to: arguments) { pointer in
    for task in tasks { kernel(UnsafeRawPointer(pointer), task, scratch) }
  }
}

/// Each value within `relative` of the expected one, or within `absolute`; NaN and infinity exactly.
func expectClose(
  _ actual: [Float], _ expected: [Double], relative: Double = 2e-6, absolute: Double = 1e-7, _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.count == expected.count, sourceLocation: sourceLocation)
  for (index, (a, e)) in zip(actual, expected).enumerated() where !isClose(Double(a), e, relative, absolute) {
    Issue.record("\(what) value \(index): \(a), expected \(e)", sourceLocation: sourceLocation)
    return
  }
}

private func isClose(_ actual: Double, _ expected: Double, _ relative: Double, _ absolute: Double) -> Bool {
  if expected.isNaN || actual.isNaN { return expected.isNaN && actual.isNaN }
  if expected.isInfinite { return actual == expected }
  return abs(actual - expected) <= max(absolute, relative * abs(expected))
}

extension RandomStream {
  /// Uniform numbers.
  mutating func floats(_ count: Int, _ range: ClosedRange<Float> = -2...2) -> [Float] {
    (0..<count).map { _ in uniform(in: range) }
  }

  /// One of the values.
  mutating func pick<Value>(_ values: [Value]) -> Value { values[integer(below: values.count)] }

  /// A number of channels: edges of lanes and everything else up to 67.
  mutating func channels() -> Int { pick([1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 33, 64, 1 + integer(below: 67)]) }
}

/// A stream for one test.
func testStream(_ seed: UInt64) -> RandomStream { RandomStream(seed: seed, purpose: .testing) }

/// Counts of values: none, one, edges of lanes and of tasks.
let elementCounts = [0, 1, 3, 4, 15, 16, 17, 31, 100, 16_385, 32_775]
