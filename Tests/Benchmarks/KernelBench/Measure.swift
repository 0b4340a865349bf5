import NNKernels
import NNRuntime

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Rates of repeated runs.
typealias Sample = [Double]

extension [Double] {
  /// The fastest run: what the code can do on a machine that others use too.
  var best: Double { self.max() ?? 0 }
}

/// Seconds that this thread has run: others may use the machine meanwhile.
func now() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// Seconds of the faster of two runs of `body`.
func seconds(_ body: () -> Void) -> Double {
  var best = Double.infinity
  for _ in 0..<2 {
    let start = now()
    body()
    best = min(best, now() - start)
  }
  return best
}

/// GFLOP/s of products that never leave the registers.
func peakRate(_ kernels: ConvolutionKernels) -> Double {
  let sink = Buffer(64)
  var operations = 0.0
  let time = seconds { operations = kernels.registerProducts(500_000, sink.floats) }
  return operations / time * 1e-9
}

/// Memory as the runtime has it, in huge pages where the system does, with small numbers in it.
final class Buffer {
  let floats: UnsafeMutablePointer<Float>
  private let memory: Memory

  init(_ count: Int) {
    guard let memory = try? Memory(count * 4 + 128, for: "a benchmark") else {
      preconditionFailure("no memory for \(count) values")
    }
    self.memory = memory
    floats = memory.start.bindMemory(to: Float.self, capacity: count + 32)
    for index in 0..<count + 32 { floats[index] = Float((index &* 7919) % 2003 - 1001) * 1e-3 }
  }
}

/// `value` with one decimal.
func fixed(_ value: Double) -> String {
  let tenths = Int((value * 10).rounded())
  return "\(tenths / 10).\(tenths % 10)"
}

/// `text` filled up with spaces.
func padded(_ text: String, _ width: Int, left: Bool = false) -> String {
  let fill = String(repeating: " ", count: max(0, width - text.count))
  return left ? text + fill : fill + text
}
