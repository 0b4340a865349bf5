import NNLayers

/// The length that a picture's is padded to, and how much of the result stands for the picture.
struct PictureLength {
  var padded: Int
  var result: Int
}

/// What becomes of pictures' lengths along one axis in a convolutional network. Where strides would drop or add something
/// that they do not at the spec's own length, a longer picture is needed, of whose result a part stands for the picture;
/// but a network that only makes pictures smaller takes them as they are.
final class PictureLengths {
  private let plans: Plans
  private let network: NetworkRecord
  private let input: [Int]
  private let axis: Int
  /// Pixels after which all strides come together; nil where they are too many.
  private let period: Int?
  private var known: [Int: PictureLength?] = [:]
  private lazy var rule: LengthRule? = makeRule()

  /// The lengths of pictures for `network`, which the spec gives some of shape `input`, through `layers`.
  init(_ plans: Plans, network: NetworkRecord, input: [Int], axis: Int, layers: Set<String>) {
    (self.plans, self.network, self.input, self.axis) = (plans, network, input, axis)
    period = plans.model.strides(of: layers, axis: axis, atMost: 4096)
  }

  /// What becomes of `length`; nil where the network makes nothing of a picture so short.
  func length(_ length: Int) -> PictureLength? {
    if let known = known[length] { return known }
    let made = make(length)
    known[length] = .some(made)
    return made
  }

  private func make(_ length: Int) -> PictureLength? {
    if length == input[axis] { return network.output.map { PictureLength(padded: length, result: $0[axis]) } }
    let own = result(of: length).map { PictureLength(padded: length, result: $0) }
    guard let rule, rule.isPicture || own == nil else { return own }
    let wanted = rule.result(of: length)
    if wanted < 1 { return nil }
    for padded in length..<length + max(64, rule.period, rule.input) {
      if let result = padded == length ? own?.result : result(of: padded), rule.isWhole(padded, becomes: result) {
        return PictureLength(padded: padded, result: wanted)
      }
    }
    return own
  }

  private func makeRule() -> LengthRule? {
    guard let output = network.output?[axis], let period, let next = result(of: input[axis] + period) else {
      return nil
    }
    return LengthRule(input: input[axis], output: output, period: period, results: next - output)
  }

  /// What the network makes of another length; nil where it does not take it.
  private func result(of length: Int) -> Int? {
    var shape = input
    shape[axis] = length
    let model = ModelBuilder.build(
      plans.spec, facts: plans.facts, batch: 1, inputShape: shape, network: network.name)
    guard model.results.contains(where: { $0.name == network.name }) else { return nil }
    return model.network(network.name)?.output?[axis]
  }
}

/// How lengths change: what is a whole number of periods longer than the spec's own becomes longer in proportion.
private struct LengthRule {
  /// The spec's own length, and what it becomes.
  var input: Int
  var output: Int
  /// Pixels after which all strides come together, and the results that they make.
  var period: Int
  var results: Int

  /// Whether what it makes is as long as pictures are, or longer.
  var isPicture: Bool { results >= period }

  /// Whether strides drop and add as much where `length` becomes `result` as at the spec's own length.
  func isWhole(_ length: Int, becomes result: Int) -> Bool {
    (result - output) * period == (length - input) * results
  }

  /// What `length` becomes in proportion, rounded up; none or less where it is too short.
  func result(of length: Int) -> Int {
    let (quotient, remainder) = ((length - input) * results).quotientAndRemainder(dividingBy: period)
    return output + quotient + (remainder > 0 ? 1 : 0)
  }
}
