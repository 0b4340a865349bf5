import NNDiagnostics
import NNSpec
import NNTensor
import Testing

/// The schedule that a learning rate is given, read from a spec.
private func rate(_ written: String) -> Schedule? {
  let text = """
    nnc: 1
    network: {input: [3], layers: [flatten]}
    train: {epochs: 1, batch_size: 1, optimizer: {adam: {learning_rate: \(written)}}}
    """
  return SpecReader.read(text: text, path: "t.yaml").spec?.train?.optimizer?.learningRate
}

@Suite struct ScheduleTests {
  @Test(
    "schedules have these values at updates 1, 2, 5, 10 and 11 of 11, with 2 updates an epoch",
    arguments: [
      ("0.5", [0.5, 0.5, 0.5, 0.5, 0.5]),
      ("{constant: {value: 2, warmup: 4 steps}}", [0.5, 1, 2, 2, 2]),
      ("{linear: {from: 0, to: 10}}", [0, 1, 4, 9, 10]),
      ("{linear: {from: 0, to: 10, start: 1 steps, over: 5 steps}}", [0, 0, 7.5, 10, 10]),
      ("{linear: {from: 4, to: 0, warmup: 2 steps, over: 10 steps}}", [2, 4, 2.5, 0, 0]),
      ("{cosine: {from: 4, to: 2}}", [4, 3.9510565162951536, 3.3090169943749475, 2.0489434837048464, 2]),
      ("{cosine: {from: 1, to: 0, over: 3 steps}}", [1, 0.5, 0, 0, 0]),
      ("{step: {from: 8, factor: 0.5, every: 2 epochs}}", [8, 8, 4, 2, 2]),
      ("{exponential: {from: 16, factor: 0.25, every: 2 steps}}", [16, 8, 1, 0.03125, 0.015625]),
    ])
  func values(written: String, expected: [Double]) throws {
    let schedule = try #require(rate(written))
    let values = [1, 2, 5, 10, 11].map { schedule.value(step: $0, totalSteps: 11, stepsPerEpoch: 2) }
    for (value, wanted) in zip(values, expected) { #expect(abs(value - wanted) < 1e-12, "\(values)") }
  }

  @Test("extreme lengths give finite values and no trap")
  func extremes() {
    for written in [
      "{linear: {from: 1, to: 0, start: 9223372036854775807 epochs}}",
      "{cosine: {from: 1, to: 0, over: 9223372036854775807 epochs, warmup: 9223372036854775807 steps}}",
      "{step: {from: 1, factor: 0.5, every: 9223372036854775807 epochs}}",
    ] {
      for step in [1, 100, Int.max] {
        let value = rate(written)?.value(step: step, totalSteps: 100, stepsPerEpoch: 7)
        #expect(value?.isFinite ?? false, "\(written)")
      }
    }
  }
}
