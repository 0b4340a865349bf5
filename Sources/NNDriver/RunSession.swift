import NNData
import NNFormats
import NNLayers
import NNPlan
import NNTensor
import NNTraining

/// What the command line says about running.
public struct RunOptions: Sendable {
  /// The weights; nil where the networks have no parameters or the spec names the file.
  public var weights: String?
  /// A picture, a folder of pictures, or a `.npy` file; `name=file` for each input of a network that has several.
  public var inputs: [String]
  /// Where the result goes: a `.png` or `.npy` file, or a folder for a folder.
  public var output: String
  /// The network to run; the one that no other network and no loss uses where nil.
  public var network: String?
  /// Degrades each picture first, as the data source says.
  public var degrades = false
  /// Writes input and output side by side.
  public var compares = false
  /// `.npy` arrays are `[N, C, H, W]` instead of `[N, H, W, C]`.
  public var isChannelsFirst = false
  /// Resizes each picture to this first; nil for its own size where the network allows it.
  public var size: Size2D?

  /// The only input.
  var input: String { inputs[0] }

  /// Runs `inputs`, at least one, to `output`.
  public init(inputs: [String], output: String) {
    self.inputs = inputs
    self.output = output
  }
}

extension Session {
  /// Runs the network on what the options name; gives a line for people about each result.
  public func run(_ options: RunOptions) throws(CommandFailure) -> [String] {
    let network = try chosenNetwork(options)
    try requireOtherPlace(options)
    try prepare(options, network)
    if network.dataInputs.count > 1 { return try runSeveral(options, network) }
    guard options.inputs.count == 1 else {
      throw .usage("the network `\(network.name)` takes one input (\(network.inputName)), not \(options.inputs.count)")
    }
    if try isFolder(options.input) { return try runFolder(options, network) }
    if options.input.hasSuffix(".npy") { return try runArray(options, network) }
    return [try runPicture(options.input, to: options.output, options, PictureRunner(self, network: network))]
  }

  /// The network that the options name, or the one that no other network and no loss uses.
  private func chosenNetwork(_ options: RunOptions) throws(CommandFailure) -> NetworkRecord {
    let model = plans.model
    let names = model.networks.map(\.name)
    guard let name = options.network ?? model.defaultNetwork else {
      throw .usage("\(checked.path) has several networks: name one with --network: \(names.joined(separator: ", "))")
    }
    guard let network = model.network(name) else {
      throw .usage("\(checked.path) has no network `\(name)`; it has \(names.joined(separator: ", "))")
    }
    return network
  }

  /// The results must not replace what they are computed from.
  private func requireOtherPlace(_ options: RunOptions) throws(CommandFailure) {
    for input in options.inputs {
      let file = input.firstIndex(of: "=").map { String(input[input.index(after: $0)...]) } ?? input
      if isSameFile(input, options.output) || isSameFile(file, options.output), !isDevice(options.output) {
        throw .usage("--output \(options.output) is the input: the results would replace it")
      }
    }
    if let weights = options.weights, isSameFile(weights, options.output) {
      throw .usage("--output \(options.output) is the file of weights: the results would replace it")
    }
  }

  private func isDevice(_ path: String) -> Bool { (try? Folder.kind(of: path)) == .other }

  private func isFolder(_ path: String) throws(CommandFailure) -> Bool {
    do {
      let kind = try Folder.kind(of: path)
      if kind == .missing { throw FileError(missing: path) }
      return kind == .folder
    } catch {
      throw CommandFailure(error)
    }
  }

  private func prepare(_ options: RunOptions, _ network: NetworkRecord) throws(CommandFailure) {
    try initialize(seed: 1, weights: options.weights, later: true)
    guard options.weights == nil else { return }
    let layers = Set(plans.run(batch: 1, network: network.name).steps.flatMap(\.layers))
    let needed = plans.model.networks.filter { other in
      other.parameters > 0 && other.weights == nil && other.layers.contains { layers.contains($0.path) }
    }
    if !needed.isEmpty {
      throw .usage("the network has parameters: give a file of them with --weights")
    }
  }

  private func runFolder(
    _ options: RunOptions, _ network: NetworkRecord
  ) throws(CommandFailure) -> [String] {
    let runner = PictureRunner(self, network: network)
    let output = network.output ?? []
    let ending = output.count == 3 && [1, 3].contains(output[2]) ? "png" : "npy"
    do {
      let names = try Folder.files(below: options.input).filter { ImageFile.hasImageName($0) }
      if names.isEmpty {
        throw CommandFailure.data("\(options.input) holds no PNG or JPEG pictures\nhelp: name a folder of some")
      }
      if ImageFile.hasImageName(options.output) || options.output.hasSuffix(".npy"), isMissing(options.output) {
        throw CommandFailure.usage(
          "--output \(options.output): the results of a folder go to a folder, and this is a file's name")
      }
      let results = results(of: names, ending, options)
      try requireOthers(results, than: names)
      var lines: [String] = []
      for (path, target) in zip(names, results) {
        lines.append(try runPicture(path, to: target, options, runner, makesFolder: true))
      }
      return lines
    } catch {
      throw CommandFailure(error)
    }
  }

  /// Where the results of a folder's pictures go. Where `a.jpg` and `a.png` lie side by side, the second becomes `a.png.png`.
  private func results(of names: [String], _ ending: String, _ options: RunOptions) -> [String] {
    var taken: Set<String> = []
    return names.map { path in
      var longer = Folder.path(path, below: options.input)
      var target = Folder.join(options.output, longer.replacingExtension(ending))
      while !taken.insert(target).inserted {
        longer += ".\(ending)"
        target = Folder.join(options.output, longer)
      }
      return target
    }
  }

  /// No result must replace a picture that is read.
  private func requireOthers(_ results: [String], than names: [String]) throws(CommandFailure) {
    let read = Set(names.compactMap(FileIdentity.init))
    if let same = results.first(where: { FileIdentity($0).map(read.contains) == true }) {
      throw .usage("--output: the results would replace \(same), which is read")
    }
  }

  private func runPicture(
    _ path: String, to output: String, _ options: RunOptions, _ runner: PictureRunner, makesFolder: Bool = false
  ) throws(CommandFailure) -> String {
    do {
      let picture = try runner.run(Raster(try ImageFile.read(path)), options, path: path)
      let folder = Folder.parent(of: output)
      if makesFolder, !folder.isEmpty { try Folder.create(folder) }
      let isDevice = try Folder.kind(of: output) == .other
      if output.hasSuffix(".npy") || picture.image == nil {
        guard output.hasSuffix(".npy") || isDevice else {
          throw CommandFailure.usage("the network gives \(picture.shape), no picture: name a .npy file as --output")
        }
        if options.compares {
          throw CommandFailure.usage("--compare shows pictures, and \(output) takes the network's own values")
        }
        let written = try options.write(picture.values, count: 1, shape: picture.shape.dimensions, to: output)
        return "\(path) -> \(written)"
      }
      try picture.values.requireNumbers(path)
      if options.compares, let obstacle = picture.comparison?.obstacle { throw FileError(output, .write, obstacle) }
      guard output.lowercased().hasSuffix(".png") || isDevice,
        let image = options.compares ? picture.comparison?.image : picture.image
      else {
        throw CommandFailure.usage("\(output): pictures are written as .png, values as .npy")
      }
      try ImageFile.writePNG(image, to: output)
      return "\(path) -> \(output) \(Shape([image.height, image.width, image.channels]))"
    } catch {
      throw CommandFailure(error)
    }
  }

  private func runArray(
    _ options: RunOptions, _ network: NetworkRecord
  ) throws(CommandFailure) -> [String] {
    if options.degrades || options.compares || options.size != nil {
      throw .usage("--degrade, --compare and --size are for pictures; \(options.input) holds the network's own values")
    }
    do {
      guard try options.output.hasSuffix(".npy") || Folder.kind(of: options.output) == .other else {
        throw CommandFailure.usage("\(options.output): the result of a .npy file is a .npy file")
      }
      let plans = plans
      let runner = try Runner(
        plans: { plans.run(batch: $0, network: network.name) }, batchSize: 8, store: store, device: device)
      let (values, count) = try options.samples(of: options.input, for: "the network", shape: runner.inputShape)
      let result = try runner.predict(values)
      let written = try options.write(result, count: count, shape: runner.outputShape, to: options.output)
      return ["\(options.input) -> \(written)"]
    } catch {
      throw CommandFailure(error)
    }
  }
}

extension [Float] {
  /// How many values of a result are none that a person can use; nil where all are.
  var fault: String? {
    let count = count { !$0.isFinite }
    return count == 0 ? nil : "\(count) of \(self.count) values of the result are infinite or no numbers"
  }

  /// Throws where a picture of a result would hide that.
  func requireNumbers(_ path: String) throws(CommandFailure) {
    if let fault { throw .machine("\(path): \(fault), which no picture shows; a .npy file as --output would") }
  }
}

extension String {
  /// `a/b.jpg` as `a/b.png`.
  fileprivate func replacingExtension(_ ending: String) -> String {
    guard let dot = lastIndex(of: "."), !self[dot...].contains("/") else { return "\(self).\(ending)" }
    return self[..<dot] + ".\(ending)"
  }
}
