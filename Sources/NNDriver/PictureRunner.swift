import NNData
import NNFormats
import NNLayers
import NNPlan
import NNTensor
import NNTraining

/// Runs a network on pictures of any size: at their own size where the network is convolutional, mirrored at the border
/// up to a size that it takes; otherwise fitted to the spec's shape.
struct PictureRunner {
  /// A result.
  struct Result {
    /// The network's own values.
    var values: [Float]
    /// Their shape without the batch.
    var shape: Shape
    /// The result as a picture, where it is one.
    var image: Image?
    /// Input and output side by side.
    var comparison: PreviewSheet?
  }

  private let session: Session
  private let network: NetworkRecord
  /// What the data gives: the input of the first network of those that lead here. Nil where it is no image.
  private let inputShape: [Int]
  /// Whether all networks on the way here take images of any size.
  private let isConvolutional: Bool
  private let description: SourceDescription?
  private let mapping: ValueMapping
  private let runners = Runners()

  /// The last runner, for pictures of one size.
  private final class Runners {
    var last: (shape: [Int], runner: Runner)?
    var planned: (shape: [Int], plan: Plan)?
  }

  init(_ session: Session, network: NetworkRecord) {
    self.session = session
    self.network = network
    let field = session.plans.model.onlyDataInput(of: network.name) ?? ""
    let source = field.lastIndex(of: ".").flatMap { session.checked.data[String(field[..<$0])] }
    description = source?.description
    mapping = source?.description.mapping ?? .unit
    let plan = session.plans.run(batch: 1, network: network.name)
    inputShape = plan.inputs.first.map { Array($0.type.shape.dimensions.dropFirst()) } ?? network.input ?? []
    runners.planned = (inputShape, plan)
    let layers = Set(plan.steps.flatMap(\.layers))
    isConvolutional = session.plans.model.networks.allSatisfy { other in
      other.isConvolutional || !other.layers.contains { layers.contains($0.path) }
    }
  }

  func run(_ picture: Raster, _ options: RunOptions, path: String) throws(CommandFailure) -> Result {
    let shape = inputShape
    guard shape.count == 3 else { throw .usage("the network takes \(Shape(shape)), no picture: give a .npy file") }
    let input = try prepared(picture.with(channels: shape[2]), shape, options, path: path)
    let own = Size2D(input.height, input.width)
    guard isConvolutional || own == Size2D(shape[0], shape[1]) else {
      throw .usage("--size: the network has layers that count values, so it takes \(shape[0])x\(shape[1]) only")
    }
    let padded = isConvolutional ? try paddedSize(own, channels: shape[2]) : own
    let raster = input.padded(bottom: padded.height - own.height, right: padded.width - own.width)
    let output = try predict(mapping.map(raster), shape: [padded.height, padded.width, shape[2]])
    return result(output.values, output.shape, input: input, padded: padded)
  }

  /// The picture as the network shall see it.
  private func prepared(
    _ picture: Raster, _ shape: [Int], _ options: RunOptions, path: String
  ) throws(CommandFailure) -> Raster {
    var picture = picture
    if let size = options.size {
      picture = picture.scaled(height: size.height, width: size.width)
    } else if !isConvolutional, let image = picture.image {
      let fitted = options.degrades ? description?.shape ?? shape : shape
      picture = Raster(fitting: image, height: fitted[0], width: fitted[1], channels: shape[2])
    }
    guard options.degrades else { return picture }
    guard let description, !description.degrade.isEmpty else {
      throw .usage("the network's data has no `degrade`, so there is nothing for --degrade to do")
    }
    let multiple = description.degrade.reduce(1) { product, step in
      if case .downscale(let factor) = step { product * factor } else { product }
    }
    let whole = picture.cropped(
      height: max(multiple, picture.height / multiple * multiple),
      width: max(multiple, picture.width / multiple * multiple))
    guard let degraded = description.degraded(whole) else {
      throw .data("\(path): \(picture.width)×\(picture.height) cannot be reduced by \(multiple)")
    }
    return degraded
  }

  /// The size to which a picture of `size` is padded.
  private func paddedSize(_ size: Size2D, channels: Int) throws(CommandFailure) -> Size2D {
    guard let output = network.output, output.count == 3 else { return size }
    let shape = inputShape
    let height = paddedLength(size.height, axis: 0, shape, output)
    let width = paddedLength(size.width, axis: 1, shape, output)
    guard let height, let width else {
      throw .data(
        "the network does not take a picture of \(size.width)×\(size.height); try --size \(shape[1])x\(shape[0])")
    }
    return Size2D(height, width)
  }

  /// The smallest length from `length` on that is scaled as the spec's own is; where none is, as without padding, the
  /// smallest that the network takes.
  private func paddedLength(_ length: Int, axis: Int, _ shape: [Int], _ output: [Int]) -> Int? {
    var possible: Int?
    for added in 0..<max(64, shape[axis]) {
      var wanted = shape
      wanted[axis] = length + added
      let model = ModelBuilder.build(
        session.plans.spec, facts: session.plans.facts, batch: 1, inputShape: wanted, network: network.name)
      guard let result = model.network(network.name)?.output else { continue }
      possible = possible ?? length + added
      if result[axis] * shape[axis] == (length + added) * output[axis] { return length + added }
    }
    return possible
  }

  private func predict(_ values: [Float], shape: [Int]) throws(CommandFailure) -> (values: [Float], shape: Shape) {
    let runner = try runner(shape)
    do {
      return (try runner.predict(values), Shape(runner.outputShape))
    } catch {
      throw CommandFailure(error)
    }
  }

  private func runner(_ shape: [Int]) throws(CommandFailure) -> Runner {
    if let last = runners.last, last.shape == shape { return last.runner }
    runners.last = nil
    let planned = runners.planned.flatMap { $0.shape == shape ? $0.plan : nil }
    let plan = planned ?? session.plans.run(batch: 1, network: network.name, inputShape: shape)
    try session.plans.runningMemory(plan).require(
      "running a picture of \(shape[1])×\(shape[0])", plan, help: ["make it smaller with --size"])
    do {
      let runner = try Runner(plans: { _ in plan }, batchSize: 1, store: session.store, device: session.device)
      runners.last = (shape, runner)
      return runner
    } catch {
      throw CommandFailure(error)
    }
  }

  private func result(_ values: [Float], _ shape: Shape, input: Raster, padded: Size2D) -> Result {
    guard shape.rank == 3 else { return Result(values: values, shape: shape, image: nil, comparison: nil) }
    let size = Size2D(input.height * shape[0] / padded.height, input.width * shape[1] / padded.width)
    var result = Result(
      values: values.cropped(from: shape, to: size), shape: [size.height, size.width, shape[2]], image: nil,
      comparison: nil)
    guard shape[2] == 1 || shape[2] == 3,
      let cropped = mapping.unmap(result.values, height: size.height, width: size.width, channels: shape[2])
    else { return result }
    result.image = cropped.image
    let shown = input.scaled(height: cropped.height, width: cropped.width)
    result.comparison = PreviewSheet(rows: [[shown, cropped]])
    return result
  }
}

extension [Float] {
  /// The upper left part, of `size`, of values `[height, width, channels]`.
  fileprivate func cropped(from shape: Shape, to size: Size2D) -> [Float] {
    let (row, part) = (shape[1] * shape[2], size.width * shape[2])
    if row == part { return Array(prefix(size.height * row)) }
    return (0..<size.height).flatMap { self[$0 * row..<$0 * row + part] }
  }
}
