import NNPlan
import NNTensor
import Testing

@testable import NNCompiler

@Suite("What is put together lies where it was made") struct ViewTests {
  private func plan(_ layers: String, channels: Int = 3, joins: Bool = true, limit: Int? = nil) throws -> Plan {
    let model = try model(layers: layers, shape: [16, 16, channels], batch: 2)
    var options = CompilerOptions(tiles: tiles)
    (options.joinsViews, options.arenaLimit) = (joins, limit)
    return Compiler(options: options).plan(model.runGraph, name: "test", purpose: .run, batch: 2)
  }

  private func copies(_ plan: Plan) -> Int {
    plan.steps.count {
      switch $0.kernel {
      case .concatenate, .slice: true
      default: false
      }
    }
  }

  private func views(_ plan: Plan) -> Int { plan.buffers.indices.count { plan.isView(BufferID($0)) } }

  @Test("a U-Net's plans copy nothing, and take less memory") func uNet() throws {
    #expect(try copies(plan(joining, joins: false)) == 1)
    let run = try plan(joining)
    #expect(copies(run) == 0 && views(run) == 2)
    #expect(try run.arena.bytes < plan(joining, joins: false).arena.bytes)
    let training = trainingPlan(try model(layers: joining, shape: [64, 64, 3], batch: 2, loss: "mse"), batch: 2)
    #expect(copies(training) == 0 && views(training) == 4)
  }

  @Test("what the host sees, or a kernel that knows nothing of other channels, is copied") func copied() throws {
    let picture = try plan("conv: {filters: 16}\nconcat: {from: [previous, input]}\nconv: {filters: 4}")
    #expect(copies(picture) == 1 && views(picture) == 2)
    let shuffled = try plan(
      "conv: {name: a, filters: 64}\ndepth_to_space: 2\nconv: {name: b, filters: 64, stride: 2}\n"
        + "concat: {from: [a, b]}\nconv: {filters: 4}")
    #expect(copies(shuffled) == 1)
    let narrow = try plan(
      "conv: {name: a, filters: 3}\nconv: {name: b, filters: 4}\nconcat: {from: [a, b]}\nconv: {filters: 4}")
    #expect(copies(narrow) == 1 && views(narrow) == 0)
  }

  @Test("what is put together twice is copied once, and so is what is there twice") func twice() throws {
    let two = try plan(
      "conv: {name: a, filters: 16}\nconv: {name: b, filters: 16}\nconcat: {name: c, from: [a, b]}\n"
        + "conv: {name: d, filters: 16}\nconcat: {from: [a, d]}\nconv: {filters: 4}")
    #expect(copies(two) == 1 && views(two) == 4)
    let same = try plan("conv: {name: a, filters: 16}\nconcat: {from: [a, a]}\nconv: {filters: 4}")
    #expect(copies(same) == 1 && views(same) == 2)
  }

  @Test("what is put together of what was put together lies in it") func nested() throws {
    let nested = try plan(
      "conv: {name: a, filters: 16}\nconv: {name: b, filters: 16}\nconcat: {name: c, from: [a, b]}\n"
        + "conv: {name: d, filters: 16}\nconcat: {from: [d, c]}\nconv: {filters: 4}")
    #expect(copies(nested) == 0 && views(nested) == 4)
    let roots = Set(
      nested.buffers.indices.map { BufferID($0) }.filter { nested.isView($0) }.map { nested.root(of: $0) })
    #expect(roots.count == 1)
  }

  @Test("what is seen in another shape lies alone") func reshaped() throws {
    let layers =
      "conv: {name: a, filters: 16}\nreshape: {shape: [16, 8, 32]}\nconv: {filters: 16}\n"
      + "reshape: {name: b, shape: [16, 16, 8]}\nconcat: {from: [a, b]}\nconv: {filters: 4}"
    let plan = try plan(layers)
    #expect(copies(plan) == 1 && views(plan) == 0)
  }

  @Test("where it would take more memory, what waits long for the others is copied") func brief() throws {
    // Each level's result would hold the room for all that comes.
    let layers =
      "conv: {name: a, filters: 16}\nconv: {name: b, filters: 16, stride: 2}\nconv: {name: c, filters: 240}\n"
      + "conv: {filters: 240}\nconv: {filters: 240}\nupsample: 2\nconcat: {from: [previous, a]}\nconv: {filters: 4}"
    let (joined, copying) = (try plan(layers), try plan(layers, joins: false))
    #expect(joined.arena.lowerBoundBytes <= copying.arena.lowerBoundBytes)
    let limited = try plan(layers, limit: copying.arena.bytes)
    #expect(limited.arena.bytes <= copying.arena.bytes)
  }
}
