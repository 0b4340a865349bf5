import NNReference
import NNSpec
import NNTensor
import Testing

/// Schedules, held against torch.optim.lr_scheduler (`make_schedules.py`).
@Suite struct ScheduleAgreementTests {
  @Test func `each schedule follows PyTorch's, with and without warm-up and delay`() throws {
    let records = try ReferenceFile.records(group: "schedules")
    for kind in ["constant", "linear", "cosine", "step", "exponential"] {
      let texts = records.compactMap { $0.field("schedule") }.filter { $0.hasPrefix("{\(kind): ") }
      #expect(texts.contains { $0.contains("warmup") } && texts.contains { !$0.contains("warmup") }, "\(kind)")
    }
    for record in records {
      let (steps, epoch) = (try #require(record.field("steps")), try #require(record.field("epoch")))
      let schedule = try schedule(try #require(record.field("schedule")))
      let expected = try #require(record.results["values"]).values
      #expect(expected.count == Int(steps))
      for (index, wanted) in expected.enumerated() {
        let value = schedule.value(
          step: index + 1, totalSteps: expected.count, stepsPerEpoch: try #require(Int(epoch)))
        #expect(abs(value - wanted) <= 1e-9, "\(record.field("schedule") ?? "") at \(index + 1): \(value), \(wanted)")
      }
    }
  }

  private func schedule(_ written: String) throws -> Schedule {
    let text = """
      nnc: 1
      network: {input: [3], layers: [flatten]}
      train: {epochs: 1, batch_size: 1, optimizer: {adam: {learning_rate: \(written)}}}
      """
    let reading = SpecReader.read(text: text, path: "schedule.yaml")
    return try #require(reading.spec?.train?.optimizer?.learningRate, "\(reading.diagnostics.sorted.map(\.message))")
  }
}
