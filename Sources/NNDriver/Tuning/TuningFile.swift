import NNCompiler
import NNFormats
import NNTensor
import NNText

/// What was measured on one kind of processor with one set of kernels, as a file keeps it: for each convolution the
/// algorithm, whatever the number of threads, so that results are the same for any, and the blocking for each number.
struct TuningFile: Equatable, Sendable {
  /// Changes with what the file says, and with kernels so far that what was measured no longer holds.
  static let format = 2

  /// What is better for one convolution.
  struct Entry: Equatable, Sendable {
    /// The algorithm; nil where it is the rule's.
    var algorithm: ConvolutionAlgorithm?
    /// By the number of threads that compute.
    var blockings: [Int: ConvolutionBlocking] = [:]
  }

  /// The processor's name.
  var processor: String
  /// The kernels' instruction set.
  var kernels: String
  /// By the convolutions' names.
  var entries: [String: Entry] = [:]

  init(processor: String, kernels: String, entries: [String: Entry] = [:]) {
    self.processor = processor
    self.kernels = kernels
    self.entries = entries
  }

  /// The file's choices for so many threads.
  func tuning(threads: Int) -> Tuning {
    Tuning(entries.mapValues { Tuning.Choice(algorithm: $0.algorithm, blocking: $0.blockings[threads]) })
  }

  // MARK: Text

  /// As JSON.
  var text: String {
    let entries = entries.sorted { $0.key < $1.key }.map { name, entry in
      var members: [(String, JSON)] = [("convolution", .string(name))]
      if let algorithm = entry.algorithm { members.append(("algorithm", .string("\(algorithm)"))) }
      members.append(
        (
          "blockings",
          .array(
            entry.blockings.sorted { $0.key < $1.key }.map { threads, blocking in
              .object([("threads", .integer(threads))] + blocking.members)
            })
        ))
      return JSON.object(members)
    }
    return JSON.object([
      ("nnc_tuning", .integer(Self.format)), ("processor", .string(processor)), ("kernels", .string(kernels)),
      ("convolutions", .array(entries)),
    ]).indented()
  }

  /// The file of a text; nil where it is none, or of another format.
  init?(parsing bytes: [UInt8]) {
    guard let json = JSON(parsing: bytes), json["nnc_tuning"]?.double == Double(Self.format),
      let processor = json["processor"]?.string, let kernels = json["kernels"]?.string,
      case .array(let list)? = json["convolutions"]
    else { return nil }
    self.init(processor: processor, kernels: kernels)
    for item in list {
      guard let name = item["convolution"]?.string, case .array(let blockings)? = item["blockings"] else { return nil }
      var entry = Entry()
      if let algorithm = item["algorithm"] {
        guard let known = ConvolutionAlgorithm.allCases.first(where: { "\($0)" == algorithm.string }) else {
          return nil
        }
        entry.algorithm = known
      }
      for blocking in blockings {
        guard let threads = blocking["threads"]?.count, let value = ConvolutionBlocking(blocking) else { return nil }
        entry.blockings[threads] = value
      }
      entries[name] = entry
    }
  }
}

extension JSON {
  /// A number that counts something; nil for all else.
  fileprivate var count: Int? { double.flatMap { Int(exactly: $0) }.flatMap { (1...1 << 30).contains($0) ? $0 : nil } }
}

extension ConvolutionBlocking {
  fileprivate var members: [(String, JSON)] {
    switch self {
    case .rows(let rows): [("rows", .integer(rows))]
    case .strips(let tiles, let blocks): [("tiles", .integer(tiles)), ("blocks", .integer(blocks))]
    case .panels(let rows): [("panel_rows", .integer(rows))]
    }
  }

  fileprivate init?(_ json: JSON) {
    if let rows = json["rows"]?.count {
      self = .rows(rows)
    } else if let tiles = json["tiles"]?.count, let blocks = json["blocks"]?.count {
      self = .strips(tiles: tiles, blocks: blocks)
    } else if let rows = json["panel_rows"]?.count {
      self = .panels(rows: rows)
    } else {
      return nil
    }
  }
}
