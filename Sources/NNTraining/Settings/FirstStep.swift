extension TrainingSettings {
  /// The value of a plan's scalar in the first step of a training; nil for one that training does not know.
  public func valueInFirstStep(of scalar: String) -> Double? {
    let numbers = Numbers(self, batchesPerEpoch: 1)
    return numbers.meaning(scalar).map { numbers.value($0, step: 1) }
  }
}
