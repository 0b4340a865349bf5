import NNDriver
import NNRuntime
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct LinearityTests {
  @Test("four times the layers take about four times the processor's time to check and to plan")
  func timeGrowsWithLayers() throws {
    // A pass whose time grows with the square of the layers comes to about sixteen.
    var ratios: [Double] = []
    for _ in 0..<3 {
      let few = try Self.seconds(layers: 300)
      ratios.append(try Self.seconds(layers: 1200) / few)
      if ratios[ratios.count - 1] < 7 { return }
    }
    Issue.record("the times' ratios were \(ratios)")
  }

  @Test(
    "keeping a limit of memory takes a few times as long as doing without, and so does finding that there is no way")
  func limits() throws {
    let free = CheckedSpec.check(
      bytes: Array(Self.spec(layers: 250).utf8), path: "deep.yaml", kernels: try KernelTable.chosen(), threads: 4)
    let most = try #require(try free.plans().trainingMemory)
    // Hopeless; with no room for what layers compute; with a little less than they take.
    for limit in [1 << 20, most.total - most.arena, most.total - most.arena / 4] {
      var ratios: [Double] = []
      for _ in 0..<12 {
        let base = try Self.seconds(layers: 250)
        let start = Self.now
        let text = Self.spec(layers: 250, settings: ", memory_limit: \(limit / 1024) KiB")
        let checked = CheckedSpec.check(
          bytes: Array(text.utf8), path: "deep.yaml", kernels: try KernelTable.chosen(), threads: 4)
        if let plan = try? checked.plans().train(batch: 4) { #expect(plan.unlimited != nil) }
        ratios.append((Self.now - start) / base)
        if ratios[ratios.count - 1] < 10 { break }
      }
      print("\(limit) bytes: \(ratios.map { ($0 * 10).rounded() / 10 }) times as long")
      #expect(ratios.contains { $0 < 10 }, "\(limit) bytes: \(ratios) times as long")
    }
  }

  /// The time of this thread, which other tests do not add to.
  private static func seconds(layers: Int) throws -> Double {
    let text = spec(layers: layers)
    let start = now
    let checked = CheckedSpec.check(bytes: Array(text.utf8), path: "deep.yaml", kernels: try KernelTable.chosen())
    let plans = try checked.plans()
    let train = try #require(plans.train(batch: 4))
    #expect(plans.run(batch: 1).steps.count > layers && train.steps.count > 3 * layers)
    #expect(train.arena.bytes < train.arena.lowerBoundBytes * 11 / 10)
    return now - start
  }

  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private static func spec(layers: Int, settings: String = "") -> String {
    let convolutions = String(repeating: "  - conv: {filters: 3, activation: relu}\n", count: layers)
    return """
      nnc: 1
      data: {shapes: {synthetic: shapes, shape: [8, 8, 3]}}
      network:
      \(convolutions)loss: mse
      train: {epochs: 1, batch_size: 4, optimizer: adam\(settings)}

      """
  }
}
