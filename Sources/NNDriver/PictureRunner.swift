import NNData
import NNFormats
import NNLayers
import NNPlan
import NNTensor
import NNTraining

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

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
    var comparison: Image?
  }

  private let session: Session
  private let network: NetworkRecord
  private let description: SourceDescription?
  private let mapping: ValueMapping

  init(_ session: Session, network: NetworkRecord) {
    self.session = session
    self.network = network
    let field = session.plans.model.onlyDataInput(of: network.name) ?? ""
    let source = field.lastIndex(of: ".").flatMap { session.checked.data[String(field[..<$0])] }
    description = source?.description
    mapping = source?.description.mapping ?? .unit
  }

  func run(_ picture: Raster, _ options: RunOptions, path: String) throws(CommandFailure) -> Result {
    guard let shape = network.input, shape.count == 3 else {
      throw .usage("the network takes \(Shape(network.input ?? [])), no picture: give a .npy file")
    }
    let input = try prepared(picture.with(channels: shape[2]), shape, options, path: path)
    let own = Size2D(input.height, input.width)
    let padded = network.isConvolutional ? try paddedSize(own, channels: shape[2]) : own
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
    } else if !network.isConvolutional, let image = picture.image {
      picture = Raster(fitting: image, height: shape[0], width: shape[1], channels: shape[2])
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

  /// The smallest size from `size` on that the network takes and scales as it scales the spec's own.
  private func paddedSize(_ size: Size2D, channels: Int) throws(CommandFailure) -> Size2D {
    guard let shape = network.input, let output = network.output, output.count == 3 else { return size }
    let height = paddedLength(size.height, axis: 0, shape, output)
    let width = paddedLength(size.width, axis: 1, shape, output)
    guard let height, let width else {
      throw .data(
        "the network does not take a picture of \(size.width)×\(size.height); try --size \(shape[1])x\(shape[0])")
    }
    return Size2D(height, width)
  }

  private func paddedLength(_ length: Int, axis: Int, _ shape: [Int], _ output: [Int]) -> Int? {
    for added in 0..<max(64, shape[axis]) {
      var wanted = shape
      wanted[axis] = length + added
      let model = ModelBuilder.build(
        session.plans.spec, facts: session.plans.facts, batch: 1, inputShape: wanted, network: network.name)
      guard let result = model.network(network.name)?.output else { continue }
      if result[axis] * shape[axis] == (length + added) * output[axis] { return length + added }
    }
    return nil
  }

  private func predict(_ values: [Float], shape: [Int]) throws(CommandFailure) -> (values: [Float], shape: Shape) {
    let plan = session.plans.run(batch: 1, network: network.name, inputShape: shape)
    try PictureRunner.requireMemory(plan, shape)
    do {
      let runner = try Runner(plans: { _ in plan }, batchSize: 1, store: session.store, device: session.device)
      return (try runner.predict(values), Shape(runner.outputShape))
    } catch {
      throw CommandFailure(error)
    }
  }

  /// Refuses a picture that would not fit into the machine's memory.
  private static func requireMemory(_ plan: Plan, _ shape: [Int]) throws(CommandFailure) {
    let available = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    guard available > 0, plan.totalBytes > available / 10 * 9 else { return }
    throw .machine(
      "a picture of \(shape[1])×\(shape[0]) needs \(ByteCount.text(plan.totalBytes)), the machine has "
        + "\(ByteCount.text(available)); make it smaller with --size")
  }

  private func result(_ values: [Float], _ shape: Shape, input: Raster, padded: Size2D) -> Result {
    var result = Result(values: values, shape: shape, image: nil, comparison: nil)
    guard shape.rank == 3, shape[2] == 1 || shape[2] == 3,
      let raster = mapping.unmap(values, height: shape[0], width: shape[1], channels: shape[2])
    else { return result }
    let cropped = raster.cropped(
      height: input.height * shape[0] / padded.height, width: input.width * shape[1] / padded.width)
    result.image = cropped.image
    let shown = input.scaled(height: cropped.height, width: cropped.width)
    result.comparison = PreviewSheet(rows: [[shown, cropped]]).raster?.image
    return result
  }
}
