import Foundation
import NNFormats
import Testing

/// The built `nnc`, run as a process.
struct Command {
  /// What a process left behind.
  struct Result {
    var status: Int32
    var output: String
    var errors: String
    /// Whether a signal ended it.
    var crashed: Bool
  }

  /// `nnc` beside the test bundle.
  static let executable: URL = {
    let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") } ?? Bundle.main
    let folder =
      bundle.bundlePath.hasSuffix(".xctest") ? bundle.bundleURL.deletingLastPathComponent() : bundle.bundleURL
    return folder.appendingPathComponent("nnc")
  }()

  /// The project's specs.
  static let specs = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Specs")

  /// Runs `nnc` with these arguments in `folder`.
  static func nnc(
    _ arguments: String..., in folder: Folder, input: String? = nil, environment: [String: String] = [:]
  ) throws -> Result {
    try run(executable.path, arguments, in: folder, input: input, environment: environment)
  }

  /// Runs `nnc` with these arguments in `folder`.
  static func nnc(_ arguments: [String], in folder: Folder) throws -> Result {
    try run(arguments, in: folder, environment: [:])
  }

  /// Runs `nnc` with these arguments and variables in `folder`.
  static func run(_ arguments: [String], in folder: Folder, environment: [String: String]) throws -> Result {
    try run(executable.path, arguments, in: folder, input: nil, environment: environment)
  }

  /// Runs a shell line in `folder`; `$NNC` is the command.
  static func shell(
    _ line: String, in folder: Folder, environment: [String: String] = [:]
  ) throws -> Result {
    try run("/bin/bash", ["-c", line], in: folder, input: nil, environment: environment)
  }

  private static func run(
    _ program: String, _ arguments: [String], in folder: Folder, input: String?, environment: [String: String]
  ) throws -> Result {
    let streams = Folder()
    defer { streams.remove() }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = folder.url
    var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("NNC_") }
    variables["NNC"] = executable.path
    variables["NNC_CACHE"] = folder.path("cache")
    for name in ["NO_COLOR", "CLICOLOR_FORCE"] { variables[name] = nil }
    process.environment = variables.merging(environment) { $1 }
    try streams.write(input ?? "", to: "in")
    for name in ["out", "err"] { try streams.write("", to: name) }
    process.standardInput = try FileHandle(forReadingFrom: streams.url.appendingPathComponent("in"))
    process.standardOutput = try FileHandle(forWritingTo: streams.url.appendingPathComponent("out"))
    process.standardError = try FileHandle(forWritingTo: streams.url.appendingPathComponent("err"))
    try process.run()
    process.waitUntilExit()
    return Result(
      status: process.terminationStatus, output: try streams.read("out"), errors: try streams.read("err"),
      crashed: process.terminationReason == .uncaughtSignal)
  }
}

/// A temporary folder.
struct Folder {
  let url: URL

  /// Makes it.
  init() {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("nnc-test-\(UUID().uuidString)")
      .resolvingSymlinksInPath()
    try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  /// Removes it and all in it.
  func remove() { try? FileManager.default.removeItem(at: url) }

  /// The path of a file in it.
  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// Makes a folder in it.
  func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(
      at: url.appendingPathComponent(name), withIntermediateDirectories: true)
  }

  func write(_ text: String, to name: String) throws {
    try text.write(to: url.appendingPathComponent(name), atomically: false, encoding: .utf8)
  }

  func read(_ name: String) throws -> String {
    String(decoding: try data(name), as: UTF8.self)
  }

  func data(_ name: String) throws -> Data { try Data(contentsOf: url.appendingPathComponent(name)) }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  /// The names of all files in it and below, those of hidden ones too.
  var files: [String] {
    (FileManager.default.enumerator(atPath: url.path)?.allObjects as? [String] ?? []).sorted()
  }

  /// A picture with a gradient in each channel, different for each `seed`.
  func writePicture(_ name: String, width: Int, height: Int, channels: Int = 3, seed: Int = 0) throws {
    var pixels: [UInt8] = []
    for row in 0..<height {
      for column in 0..<width {
        for channel in 0..<channels {
          pixels.append(UInt8(truncatingIfNeeded: row * (3 + channel) + column * (7 - channel) + seed * 31))
        }
      }
    }
    let image = try #require(
      Image(width: width, height: height, channels: channels, pixels: .bytes(pixels)))
    try ImageFile.writePNG(image, to: path(name))
  }

  /// Four pictures in `photos`, and `spec.yaml`, which learns to copy them at 16×16.
  static func withTinySpec(_ text: String = tinySpec) throws -> Folder {
    let folder = Folder()
    try folder.makeFolder("photos")
    for index in 0..<4 { try folder.writePicture("photos/p\(index).png", width: 24, height: 20, seed: index) }
    try folder.write(text, to: "spec.yaml")
    return folder
  }

  /// A denoising autoencoder that trains in a moment.
  static let tinySpec = """
    nnc: 1
    name: tiny
    data:
      photos: {images: photos, shape: [16, 16, 3], degrade: [{noise: 0.1}], samples_per_epoch: 6, validation: {images: photos}}
    network:
      - conv: {filters: 8, activation: relu}
      - max_pool
      - transposed_conv: {filters: 4, stride: 2, activation: relu}
      - dropout: {rate: 0.1}
      - output: {channels: 3, activation: sigmoid}
    loss: mse
    metrics: [psnr]
    train: {epochs: 2, batch_size: 4, optimizer: {adam: {learning_rate: 1e-2}}}

    """
}
