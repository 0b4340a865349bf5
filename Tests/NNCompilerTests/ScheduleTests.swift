import NNPlan
import NNTensor
import Testing

@Suite struct ScheduleTests {
  private func plan() throws -> Plan {
    trainingPlan(try model(layers: autoencoder, shape: [16, 16, 3], batch: 2, loss: "mse"), batch: 2)
  }

  @Test func `each parameter is updated once, right after its gradient and the last reader of its old value`() throws {
    let plan = try plan()
    var updated: Set<BufferID> = []
    for (index, step) in plan.steps.enumerated() {
      guard case .update = step.kernel else { continue }
      #expect(updated.insert(step.inputs[0]).inserted)
      let earlier = plan.steps[..<index].lastIndex { other in
        if case .update = other.kernel { return false }
        return other.outputs.contains(step.inputs[1]) || other.inputs.contains(step.inputs[0])
      }
      let since = plan.steps[((earlier ?? -1) + 1)..<index]
      #expect(since.allSatisfy { if case .update = $0.kernel { true } else { false } }, "step \(index) waits")
      #expect(!plan.steps[(index + 1)...].contains { $0.inputs.contains(step.inputs[0]) }, "step \(index) is early")
    }
    #expect(updated.count == plan.parameters.count)
  }

  @Test func `measuring gradients keeps none of them alive`() throws {
    let model = try model(layers: autoencoder, shape: [16, 16, 3], batch: 2, loss: "mse")
    let (plain, measured) = (trainingPlan(model, batch: 2), trainingPlan(model, batch: 2, network: "model"))
    #expect(plain.outputs.count + 1 == measured.outputs.count)
    // The sum itself, and where it is added up.
    #expect(measured.arena.bytes - plain.arena.bytes <= 2 * Plan.alignment)
    // Updates measure on their way, and read one sum more, but for the first of them.
    #expect(measured.steps.count == plain.steps.count)
    let operands = measured.steps.map(\.inputs.count).reduce(0, +) - plain.steps.map(\.inputs.count).reduce(0, +)
    #expect(operands == model.graph.parameters.count - 1)
    let names = Set(measured.steps.map(\.name)).subtracting(plain.steps.map(\.name))
    #expect(names == ["update adam + norm"])
  }

  @Test func `where updates wait for the norm, gradients are measured as they come`() throws {
    let model = try model(layers: autoencoder, shape: [16, 16, 3], batch: 2, loss: "mse")
    let (plain, clipped) = (
      trainingPlan(model, batch: 2), trainingPlan(model, batch: 2, network: "model", clips: true)
    )
    // A measurement each, and the factor.
    #expect(clipped.steps.count - plain.steps.count == model.graph.parameters.count + 1)
    for (index, step) in clipped.steps.enumerated() {
      guard case .sumOfSquares = step.kernel else { continue }
      let made = try #require(clipped.steps[..<index].lastIndex { $0.outputs.contains(step.inputs[0]) })
      #expect(index - made <= 5, "step \(index)")
    }
  }

  @Test func `weights are packed once before running, and before each use in training`() throws {
    let run = runPlan(try model(layers: autoencoder, shape: [16, 16, 3], batch: 1), batch: 1)
    #expect(run.preparingSteps == 5)
    #expect(run.steps.dropFirst(run.preparingSteps).allSatisfy { $0.name != "pack_weights" })
    let train = try plan()
    #expect(train.preparingSteps == 0)
    for (index, step) in train.steps.enumerated() where step.name == "pack_weights" {
      let reader = try #require(train.steps[(index + 1)...].firstIndex { $0.inputs.contains(step.outputs[0]) })
      let between = train.steps[(index + 1)..<reader]
      #expect(between.allSatisfy { if case .update = $0.kernel { true } else { false } })
    }
  }
}
