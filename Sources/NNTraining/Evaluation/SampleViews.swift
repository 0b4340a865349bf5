import NNData
import NNPlan
import NNRuntime

/// The samples of a batch that a plan has just been run on: what went in, what came out and what should have.
struct SampleViews {
  /// The shape of a target, without the batch.
  let targetShape: [Int]

  private let batch: Batch
  private let input: Int?
  private let target: Int?
  private let outputs: [Float]
  private let outputShape: [Int]
  private let mapping: ValueMapping
  private let inputMapping: ValueMapping

  init(batch: Batch, plan: BoundPlan, roles: SampleRoles, source: DataSource) {
    self.batch = batch
    mapping = source.description.mapping
    inputMapping = roles.input.map { source.source(ofPort: $0).description.mapping } ?? mapping
    input = roles.input.flatMap { batch.index(of: $0, in: source) }
    target = roles.target.flatMap { batch.index(of: $0, in: source) }
    targetShape = target.map { batch.fields[$0].shape } ?? []
    let port = plan.plan.outputs.first { $0.name == Self.prediction }
    outputShape = port.map { Array($0.type.shape.dimensions.dropFirst()) } ?? []
    outputs = port == nil ? [] : Array(plan.output(Self.prediction))
  }

  /// What evaluation plans call the first loss's prediction.
  static let prediction = "prediction"

  func prediction(_ index: Int) -> ArraySlice<Float>? {
    let count = outputs.count / batch.count
    return count == 0 ? nil : outputs[index * count..<(index + 1) * count]
  }

  func target(_ index: Int) -> ArraySlice<Float>? { target.map { field($0, index) } }

  /// The network's input where it can be compared with the target: another field of the same shape, in the target's units.
  func comparableInput(_ index: Int) -> ArraySlice<Float>? {
    guard let input, let target, input != target, batch.fields[input].shape == targetShape else { return nil }
    let values = field(input, index)
    guard mapping != inputMapping, let raster = picture(values, targetShape, inputMapping) else { return values }
    return mapping.map(raster)[...]
  }

  /// Input, output and target as pictures of 0…1, those that are pictures; none where the output is not.
  func pictures(_ index: Int) -> [Raster] {
    guard let prediction = prediction(index), let output = picture(prediction, outputShape, mapping) else { return [] }
    let before = input.flatMap { picture(field($0, index), batch.fields[$0].shape, inputMapping) }
    let after = target.flatMap { picture(field($0, index), batch.fields[$0].shape, mapping) }
    return [before, output, after].compactMap { $0 }
  }

  private func field(_ field: Int, _ index: Int) -> ArraySlice<Float> {
    let count = batch.fields[field].sampleCount
    return batch.fields[field].values[index * count..<(index + 1) * count]
  }

  private func picture(_ values: ArraySlice<Float>, _ shape: [Int], _ mapping: ValueMapping) -> Raster? {
    guard shape.count == 3, shape[2] == 1 || shape[2] == 3 else { return nil }
    return mapping.unmap(Array(values), height: shape[0], width: shape[1], channels: shape[2])
  }
}
