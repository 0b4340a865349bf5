import NNPlan
import NNTensor
import Testing

@testable import NNCompiler

@Suite struct MemoryTests {
  @Test func `plans have no faults, with and without fusion and reuse`() throws {
    let model = try model(layers: autoencoder, shape: [16, 16, 3], batch: 3, loss: "mse")
    for fuse in [true, false] {
      for reuse in [true, false] {
        let plan = trainingPlan(model, batch: 3, fuse: fuse, reuse: reuse)
        #expect(PlanVerifier.faults(in: plan) == [])
        #expect(plan.arena.lowerBoundBytes <= plan.arena.bytes && plan.arena.bytes <= plan.arena.unsharedBytes)
        if !reuse { #expect(plan.arena.bytes == plan.arena.unsharedBytes) }
      }
    }
  }

  @Test func `sums of arithmetic stay at the largest number, and what runs again is chosen all the same`() throws {
    var plan = trainingPlan(try model(layers: autoencoder, shape: [16, 16, 3], batch: 2, loss: "mse"), batch: 2)
    for index in plan.steps.indices { plan.steps[index].flops = .max / 2 }
    #expect(plan.flops == .max)
    for index in plan.buffers.indices {
      if case .arena = plan.buffers[index].place { plan.buffers[index].place = .unplaced }
    }
    let search = RecomputationSearch(plan)
    let found = search.steps(target: plan.leastArena / 2)
    #expect(!found.steps.isEmpty)
    #expect(search.applied(found.steps, to: plan).recomputedFlops > 0)
  }

  @Test func `sharing takes the least memory that is possible on the autoencoder`() throws {
    let model = try model(layers: autoencoder, shape: [64, 64, 3], batch: 16, loss: "mse")
    let plan = trainingPlan(model, batch: 16)
    #expect(plan.arena.bytes == plan.arena.lowerBoundBytes)
    #expect(plan.arena.bytes < plan.arena.unsharedBytes * 6 / 10)
  }

  @Test func `the verifier finds buffers that were moved onto living ones`() throws {
    let plan = trainingPlan(try model(layers: autoencoder, shape: [16, 16, 3], batch: 2, loss: "mse"), batch: 2)
    var found = 0
    var moved = 0
    for index in plan.buffers.indices {
      guard case .arena(let offset) = plan.buffers[index].place else { continue }
      let lifetime = plan.buffers[index].lifetime
      let living = plan.buffers.indices.first { other in
        guard other != index, case .arena(let otherOffset) = plan.buffers[other].place else { return false }
        let inner = plan.buffers[other].lifetime
        return otherOffset != offset && inner.lowerBound < lifetime.lowerBound && inner.upperBound > lifetime.lowerBound
      }
      guard let living, case .arena(let target) = plan.buffers[living].place else { continue }
      var broken = plan
      broken.buffers[index].place = .arena(offset: target)
      moved += 1
      if !PlanVerifier.faults(in: broken).isEmpty { found += 1 }
    }
    #expect(moved > 10 && found == moved)
  }

  @Test func `random lifetimes never overlap in space and stay near the lower bound`() {
    var state: UInt64 = 42
    func random(_ below: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % below
    }
    var worst = 1.0
    for _ in 0..<100 {
      var plan = Plan(name: "random", purpose: .run, batch: 1)
      var tenants: [Tenant] = []
      for index in 0..<(20 + random(200)) {
        var buffer = Buffer(name: "b", type: TensorType([1]), byteCount: 64 * (1 + random(1 << (1 + random(12)))))
        let start = random(300)
        buffer.lifetime = start...(start + random(1 << (1 + random(6))))
        plan.buffers.append(buffer)
        tenants.append(Tenant(byteCount: plan.buffers[index].byteCount, lifetime: plan.buffers[index].lifetime))
      }
      let offsets = ArenaPlanner.bestOffsets(tenants)
      for i in tenants.indices {
        for j in tenants.indices where j < i && tenants[i].lifetime.overlaps(tenants[j].lifetime) {
          let apart =
            offsets[i] + tenants[i].byteCount <= offsets[j] || offsets[j] + tenants[j].byteCount <= offsets[i]
          #expect(apart)
        }
      }
      let bytes = tenants.indices.map { offsets[$0] + tenants[$0].byteCount }.max() ?? 0
      worst = max(worst, Double(bytes) / Double(ArenaPlanner.lowerBound(tenants)))
    }
    #expect(worst < 1.2, "arena ÷ lower bound \(worst)")
  }
}
