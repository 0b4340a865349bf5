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
  /// What becomes of heights, and of widths.
  private let lengths: [PictureLengths]
  private let description: SourceDescription?
  private let mapping: ValueMapping
  private let outputMapping: ValueMapping
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
    outputMapping = session.targetMapping(of: network) ?? mapping
    let plan = session.plans.run(batch: 1, network: network.name)
    inputShape = plan.inputs.first.map { Array($0.type.shape.dimensions.dropFirst()) } ?? network.input ?? []
    runners.planned = (inputShape, plan)
    let layers = Set(plan.steps.flatMap(\.layers))
    let shape = inputShape
    lengths = (0...1).map { PictureLengths(session.plans, network: network, input: shape, axis: $0, layers: layers) }
    isConvolutional = session.plans.model.networks.allSatisfy { other in
      other.isConvolutional || !other.layers.contains { layers.contains($0.path) }
    }
  }

  func run(_ picture: Raster, _ options: RunOptions, path: String) throws(CommandFailure) -> Result {
    let shape = inputShape
    guard shape.count == 3, shape[2] == 1 || shape[2] == 3 else {
      throw .usage("the network takes \(Shape(shape)), no picture: give a .npy file")
    }
    let input = try prepared(picture, shape, options, path: path)
    let own = Size2D(input.height, input.width)
    guard isConvolutional || own == Size2D(shape[0], shape[1]) else {
      throw .usage("--size: the network has layers that count values, so it takes \(shape[0])x\(shape[1]) only")
    }
    let (height, width) = (try length(own.height, axis: 0, of: own), try length(own.width, axis: 1, of: own))
    let raster = input.padded(bottom: height.padded - own.height, right: width.padded - own.width)
    let output = try predict(mapping.map(raster), shape: [height.padded, width.padded, shape[2]])
    return result(output.values, output.shape, input: input, size: Size2D(height.result, width.result))
  }

  /// The picture as the network shall see it.
  private func prepared(
    _ picture: Raster, _ shape: [Int], _ options: RunOptions, path: String
  ) throws(CommandFailure) -> Raster {
    var picture = picture
    if let size = options.size {
      picture = picture.scaled(height: size.height, width: size.width)
    } else if !isConvolutional {
      let fitted = options.degrades ? description?.shape ?? shape : shape
      picture = picture.fitted(height: fitted[0], width: fitted[1])
    }
    picture = picture.with(channels: shape[2])
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
    guard let degraded = description.degraded(whole, named: Folder.path(path, below: options.input)) else {
      throw .data("\(path): \(picture.height)x\(picture.width) cannot be reduced by \(multiple)")
    }
    return degraded
  }

  /// What becomes of one of the lengths of a picture of `size`.
  private func length(_ length: Int, axis: Int, of size: Size2D) throws(CommandFailure) -> PictureLength {
    guard let output = network.output, output.count == 3 else { return PictureLength(padded: length, result: length) }
    if !isConvolutional { return PictureLength(padded: length, result: output[axis]) }
    if let known = lengths[axis].length(length) { return known }
    throw refusal(of: size)
  }

  private func refusal(of size: Size2D) -> CommandFailure {
    let own = "\(inputShape[0])x\(inputShape[1])"
    return .data("the network does not take a picture of \(size.height)x\(size.width); try --size \(own)")
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
    guard !plan.outputs.isEmpty else { throw refusal(of: Size2D(shape[0], shape[1])) }
    try session.plans.runningMemory(plan).require(
      "running a picture of \(shape[0])x\(shape[1])", plan, help: ["make it smaller with --size"])
    do {
      let runner = try Runner(plans: { _ in plan }, batchSize: 1, store: session.store, device: session.device)
      runners.last = (shape, runner)
      return runner
    } catch {
      throw CommandFailure(error)
    }
  }

  private func result(_ values: [Float], _ shape: Shape, input: Raster, size: Size2D) -> Result {
    guard shape.rank == 3 else { return Result(values: values, shape: shape, image: nil, comparison: nil) }
    var result = Result(
      values: values.cropped(from: shape, to: size), shape: [size.height, size.width, shape[2]], image: nil,
      comparison: nil)
    guard shape[2] == 1 || shape[2] == 3,
      let cropped = outputMapping.unmap(result.values, height: size.height, width: size.width, channels: shape[2])
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
