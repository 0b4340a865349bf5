import ArgumentParser
import NNDriver
import NNTensor

/// `nnc run`
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs the network on a picture, a folder of pictures, or a .npy file.")

  /// The order of dimensions in `.npy` files.
  enum Layout: String, ExpressibleByArgument, CaseIterable { case nhwc, nchw }

  @Argument(help: "The spec.")
  var file: String

  @Option(help: "The weights, a .safetensors file.")
  var weights: String?

  @Option(
    parsing: .singleValue,
    help: "A PNG or JPEG picture, a folder of them, or a .npy file; NAME=FILE for each input where there are several.")
  var input: [String]

  @Option(help: "A .png or .npy file; a folder where the input is one.")
  var output: String

  @Option(help: "The network to run. (default: the one that no other network and no loss uses)")
  var network: String?

  @Flag(help: "Degrades each picture first, as the data source says.")
  var degrade = false

  @Flag(help: "Writes input and output side by side.")
  var compare = false

  @Option(help: "Resizes each picture first: HEIGHTxWIDTH. (default: its own size where the network allows it)")
  var size: String?

  @Option(name: .customLong("npy-layout"), help: "nhwc or nchw.")
  var layout = Layout.nhwc

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var plan: PlanOptions
  @OptionGroup var spec: SpecOptions

  func validate() throws {
    if input.isEmpty { throw ValidationError("Missing expected argument '--input <input>'") }
    if size != nil, parsedSize == nil {
      throw ValidationError("--size takes HEIGHTxWIDTH, such as 256x256, of at most 64 megapixels")
    }
  }

  func run() {
    let lines = Terminal.run { () throws(CommandFailure) in
      let checked = try spec.load(file, threads: threads.threads)
      if checked.diagnostics.hasErrors { Terminal.report(checked) }
      let session = try Session(
        checked, plans: try plan.plans(checked, threads: threads.threads), threads: threads.threads)
      var options = RunOptions(inputs: input, output: output)
      options.weights = weights
      options.network = network
      options.degrades = degrade
      options.compares = compare
      options.isChannelsFirst = layout == .nchw
      options.size = parsedSize
      return try session.run(options)
    }
    Terminal.write(lines.map { $0 + "\n" }.joined(), to: 2)
  }

  /// As many as a picture may have that is read.
  private static let mostPixels = 64_000_000

  private var parsedSize: Size2D? {
    let parts = (size ?? "").split(separator: "x", omittingEmptySubsequences: false).compactMap { Int($0) }
    guard parts.count == 2, parts.allSatisfy({ (1...65_536).contains($0) }), parts[0] * parts[1] <= Run.mostPixels
    else { return nil }
    return Size2D(parts[0], parts[1])
  }
}
