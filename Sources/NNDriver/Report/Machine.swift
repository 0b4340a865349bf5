import NNFormats
import NNText

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What a run was trained on, as `machine.json` in its folder keeps it.
public struct Machine: Equatable, Sendable {
  /// The version of nnc.
  public var version: String
  /// The processor's name.
  public var processor: String
  /// The threads that computed.
  public var threads: Int
  /// The kernels' instruction set.
  public var kernels: String

  /// This machine.
  init(threads: Int, kernels: String) {
    version = nncVersion
    processor = Machine.processorName
    self.threads = threads
    self.kernels = kernels
  }

  /// The machine in a file; nil where there is none.
  init?(path: String) {
    guard let bytes = try? InputFile(path: path).readAll(), let json = JSON(parsing: bytes),
      let version = json["nnc"]?.string, let processor = json["processor"]?.string,
      let threads = json["threads"]?.double, let kernels = json["kernels"]?.string
    else { return nil }
    self.version = version
    self.processor = processor
    self.threads = Int(exactly: threads) ?? 0
    self.kernels = kernels
  }

  /// The file's text.
  var text: String {
    JSON.object([
      ("nnc", .string(version)), ("processor", .string(processor)), ("threads", .integer(threads)),
      ("kernels", .string(kernels)),
    ]).text + "\n"
  }

  static var processorName: String {
    #if canImport(Glibc)
      guard let file = fopen("/proc/cpuinfo", "re") else { return "unknown" }
      defer { fclose(file) }
      var bytes = [UInt8](repeating: 0, count: 1 << 14)
      let count = fread(&bytes, 1, bytes.count, file)
      let lines = String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: "\n")
      let line = lines.first { $0.hasPrefix("model name") }
      let name = line?.split(separator: ":", maxSplits: 1).last?.split(separator: " ").joined(separator: " ")
      return name ?? "unknown"
    #else
      var size = 0
      guard sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0) == 0 else { return "unknown" }
      var bytes = [UInt8](repeating: 0, count: size)
      guard sysctlbyname("machdep.cpu.brand_string", &bytes, &size, nil, 0) == 0 else { return "unknown" }
      return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    #endif
  }
}
