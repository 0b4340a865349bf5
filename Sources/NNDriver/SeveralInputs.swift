import NNData
import NNFormats
import NNLayers
import NNTensor
import NNTraining

/// Running a network that takes several inputs, each from a file of its own.
extension Session {
  /// Runs `network` on `name=file` for each of its inputs: pictures, which are fitted to the spec's shape, or `.npy` files
  /// of the same number of samples.
  func runSeveral(_ options: RunOptions, _ network: NetworkRecord) throws(CommandFailure) -> [String] {
    if options.degrades || options.compares || options.size != nil {
      throw .usage("--degrade, --compare and --size are for networks with one input; `\(network.name)` has several")
    }
    let files = try NamedInputs(network).files(options.inputs)
    do {
      let runner = try Runner(
        plans: { [plans] in plans.run(batch: $0, network: network.name) }, batchSize: 8, store: store, device: device)
      var count: Int?
      var values: [[Float]] = []
      for (index, port) in runner.inputNames.enumerated() {
        guard let file = files[port] else { preconditionFailure("run: no file for `\(port)`") }
        let samples = try samples(of: file, for: port, shape: runner.inputShapes[index], options)
        if let count, count != samples.count {
          throw CommandFailure.data("\(file) has \(samples.count) samples, and the first input \(count)")
        }
        count = samples.count
        values.append(samples.values)
      }
      let result = try runner.predict(inputs: values)
      return [try write(result, count: count ?? 1, shape: runner.outputShape, network, files, options)]
    } catch {
      throw CommandFailure(error)
    }
  }

  private func samples(
    of file: String, for port: String, shape: [Int], _ options: RunOptions
  ) throws -> (values: [Float], count: Int) {
    if file.hasSuffix(".npy") {
      return try options.samples(of: file, for: "`\(port)`", shape: shape)
    }
    guard shape.count == 3, [1, 3].contains(shape[2]) else {
      throw CommandFailure.usage("`\(port)` takes \(Shape(shape)), no picture: give a .npy file")
    }
    let picture = Raster(
      fitting: try ImageFile.read(file), height: shape[0], width: shape[1], channels: shape[2])
    return (mapping(of: port).map(picture), 1)
  }

  private func write(
    _ values: [Float], count: Int, shape: [Int], _ network: NetworkRecord, _ files: [String: String],
    _ options: RunOptions
  ) throws -> String {
    let names = network.dataInputs.compactMap { files[$0] }.joined(separator: ", ")
    if options.output.hasSuffix(".npy") {
      return "\(names) -> \(try options.write(values, count: count, shape: shape, to: options.output))"
    }
    try values.requireNumbers(names)
    guard options.output.lowercased().hasSuffix(".png"), count == 1, shape.count == 3,
      let image = (targetMapping(of: network) ?? mapping(of: network.dataInputs[0])).unmap(
        values, height: shape[0], width: shape[1], channels: shape[2])?.image
    else {
      throw CommandFailure.usage(
        "\(options.output): the network gives \(Shape([count] + shape)); pictures are written as .png, values as .npy")
    }
    try ImageFile.writePNG(image, to: options.output)
    return "\(names) -> \(options.output) \(Shape([image.height, image.width, image.channels]))"
  }

  private func mapping(of port: String) -> ValueMapping {
    checked.data[Model.source(ofInput: port)]?.description.mapping ?? .unit
  }

  /// How values of pictures that the network's output is compared with came about; nil where it is compared with none.
  func targetMapping(of network: NetworkRecord) -> ValueMapping? {
    plans.model.losses.lazy
      .filter { $0.network == network.name && !$0.comparesLabels && plans.model.name(ofPrediction: $0) == network.name }
      .compactMap { checked.data[Model.source(ofInput: $0.targetName)]?.description.mapping }.first
  }
}

/// The inputs of a network, and what a person may call them.
struct NamedInputs {
  private let network: NetworkRecord

  init(_ network: NetworkRecord) { self.network = network }

  /// The file of each input, out of `name=file` for each.
  func files(_ arguments: [String]) throws(CommandFailure) -> [String: String] {
    var files: [String: String] = [:]
    for argument in arguments {
      guard let sign = argument.firstIndex(of: "="), case let name = String(argument[..<sign]) else {
        throw .usage("the network `\(network.name)` takes several inputs: write --input NAME=\(argument); \(known)")
      }
      guard let port = port(name) else {
        throw .usage("--input \(argument): the network `\(network.name)` has no input `\(name)`; \(known)")
      }
      if files.updateValue(String(argument[argument.index(after: sign)...]), forKey: port) != nil {
        throw .usage("--input \(argument): the input `\(name)` is given twice")
      }
    }
    guard let missing = network.dataInputs.first(where: { files[$0] == nil }) else { return files }
    throw .usage("the network `\(network.name)` needs --input \(missing)=FILE, too; \(known)")
  }

  private var known: String { "its inputs are " + network.dataInputs.joined(separator: ", ") }

  /// The input that `name` means: its full name, the spec's name for it, its source, or its last part, where only one is
  /// called so.
  private func port(_ name: String) -> String? {
    if network.dataInputs.contains(name) { return name }
    let fitting = network.dataInputs.filter {
      network.dataInputNames[name] == $0 || Model.source(ofInput: $0) == name || $0.hasSuffix(".\(name)")
    }
    return fitting.count == 1 ? fitting[0] : nil
  }
}
