import Foundation
import NNCompiler
import NNRuntime
import Testing

@testable import NNDriver

@Suite struct TuningFileTests {
  private let file = TuningFile(
    processor: "A \"processor\"", kernels: "avx512",
    entries: [
      "forward 1×2": .init(algorithm: .direct, blockings: [2: .rows(4)]),
      "weights, kernel 3×3": .init(blockings: [1: .panels(rows: 32), 2: .panels(rows: 16)]),
      "adjoint": .init(algorithm: .winograd, blockings: [1: .strips(tiles: 48, blocks: 2)]),
    ])

  @Test("a file reads back as it was written; algorithms hold for any number of threads, blockings for one")
  func text() throws {
    #expect(TuningFile(parsing: Array(file.text.utf8)) == file)
    let two = file.tuning(threads: 2).choices
    #expect(two["forward 1×2"] == Tuning.Choice(algorithm: .direct, blocking: .rows(4)))
    #expect(two["adjoint"] == Tuning.Choice(algorithm: .winograd))
    #expect(file.tuning(threads: 3).algorithmsOnly == file.tuning(threads: 1).algorithmsOnly)
  }

  @Test("any prefix of a file, and any byte changed in it, is read or refused")
  func damage() {
    let bytes = Array(file.text.utf8)
    for count in bytes.indices {
      #expect(TuningFile(parsing: Array(bytes[..<count])) == nil || count == bytes.count - 1)
    }
    for place in bytes.indices {
      var changed = bytes
      changed[place] ^= 1
      _ = TuningFile(parsing: changed)
    }
  }

  @Test("the cache keeps what was measured with other numbers of threads, and drops another algorithm's blockings")
  func merging() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nnc-tuning-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let cache = TuningCache(folder: folder.appendingPathComponent("a/b").path)
    let kernels = try KernelTable.chosen("portable")
    #expect(cache.read(kernels) == (nil, nil))
    _ = try cache.keep(
      ["x": .init(blockings: [1: .rows(2)]), "y": .init(algorithm: .direct)], threads: 1, kernels: kernels)
    _ = try cache.keep(["x": .init(blockings: [2: .rows(3)]), "y": .init()], threads: 2, kernels: kernels)
    #expect(cache.read(kernels).file?.entries == ["x": .init(blockings: [1: .rows(2), 2: .rows(3)])])
    _ = try cache.keep(["x": .init(algorithm: .winograd)], threads: 2, kernels: kernels)
    #expect(cache.read(kernels).file?.entries == ["x": .init(algorithm: .winograd)])
    #expect(cache.read(kernels).warning == nil)
  }

  @Test("what several processes measure at once is all kept")
  func together() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nnc-tuning-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let cache = TuningCache(folder: folder.path)
    let kernels = try KernelTable.chosen("portable")
    DispatchQueue.concurrentPerform(iterations: 16) { index in
      _ = try? cache.keep(["\(index)": .init(algorithm: .direct)], threads: 1, kernels: kernels)
    }
    #expect(cache.read(kernels).file?.entries.count == 16)
  }
}

private func == (left: (file: TuningFile?, warning: String?), right: (TuningFile?, String?)) -> Bool {
  left.file == right.0 && left.warning == right.1
}
