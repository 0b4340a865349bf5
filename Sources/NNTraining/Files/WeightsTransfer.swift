import NNFormats
import NNRuntime
import NNTensor
import NNText

/// What became of the tensors of another spec's weights, by name.
public struct WeightsTransfer: Equatable, Sendable {
  /// A tensor that the spec needs in a larger shape than the file has it.
  public struct Widened: Equatable, Sendable {
    /// The parameter.
    public var name: String
    /// The file's shape.
    public var from: [Int]
    /// The spec's.
    public var to: [Int]
  }

  /// A tensor of the file that the spec has no use for.
  public struct Dropped: Equatable, Sendable {
    /// Its name in the file.
    public var name: String
    /// Its shape there.
    public var shape: [Int]
  }

  /// Taken over as they are.
  public private(set) var kept: [String] = []
  /// Copied into first values, where all indices are the smallest, but kernels around their centre.
  public private(set) var widened: [Widened] = []
  /// With first values alone.
  public private(set) var made: [String] = []
  /// Not taken over.
  public private(set) var dropped: [Dropped] = []

  /// Whether every tensor of either side is kept.
  public var isExact: Bool { widened.isEmpty && made.isEmpty && dropped.isEmpty }

  /// Compares a file with a spec's parameters; those of the networks in `except`, and the file's tensors of these, do
  /// not matter.
  init(file: SafetensorsFile, store: ParameterStore, except: Set<String>) {
    func matters(_ name: String) -> Bool { !except.contains { name.hasPrefix("\($0).") } }
    for name in store.names where matters(name) {
      guard let needed = store[name]?.fileShape.dimensions else { continue }
      switch file[name]?.shape {
      case needed: kept.append(name)
      case let shape? where Self.fits(shape, into: needed):
        widened.append(Widened(name: name, from: shape, to: needed))
      default: made.append(name)
      }
    }
    let used = Set(kept + widened.map(\.name))
    for entry in file.entries where matters(entry.name) && !used.contains(entry.name) {
      if WeightsComparison.isIgnored(entry.name) { continue }
      dropped.append(Dropped(name: entry.name, shape: entry.shape))
    }
  }

  private static func fits(_ shape: [Int], into needed: [Int]) -> Bool {
    shape.count == needed.count && zip(shape, needed).allSatisfy { $0 <= $1 }
  }

  /// For people: a line for each fate, with the names.
  public var lines: [String] {
    func line(_ what: String, _ names: [String]) -> [String] {
      names.isEmpty ? [] : ["\(what) (\(names.count)): \(names.joined(separator: ", "))"]
    }
    return line("kept", kept) + line("widened", widened.map { "\($0.name) \($0.from) -> \($0.to)" })
      + line("newly made", made) + line("dropped", dropped.map { "\($0.name) \($0.shape)" })
  }
}

extension WeightsFile {
  /// Takes over what fits of another spec's weights, into a store that has its first values; what the file has in a
  /// smaller shape goes where all indices are the smallest, but a kernel's taps around its centre. With `strict`, anything
  /// but equal tensors throws `TrainingFailure.transfer`, and nothing is read.
  public static func transfer(
    _ path: String, into store: ParameterStore, except: Set<String> = [], strict: Bool = false
  ) throws -> WeightsTransfer {
    try translating {
      let file = try open(path)
      let transfer = WeightsTransfer(file: file, store: store, except: except)
      if strict && !transfer.isExact { throw TrainingFailure.transfer(path: path, transfer) }
      for name in transfer.kept { try store.importTensor(name, file.read(name)) }
      for item in transfer.widened {
        let values = widened(
          try file.read(item.name), item.from, into: try store.exportTensor(item.name), item.to)
        try store.importTensor(item.name, values)
      }
      return transfer
    }
  }

  /// `whole` with a part replaced; both row by row.
  private static func widened(_ part: [Float], _ from: [Int], into whole: [Float], _ to: [Int]) -> [Float] {
    var result = whole
    // The two last of four axes are a kernel's: its centre stays over the pixel.
    let starts = from.indices.map { axis in
      from.count == 4 && axis >= 2 ? (to[axis] - 1) / 2 - (from[axis] - 1) / 2 : 0
    }
    for index in part.indices {
      var (rest, place, stride) = (index, 0, 1)
      for axis in from.indices.reversed() {
        place += (rest % from[axis] + starts[axis]) * stride
        rest /= from[axis]
        stride *= to[axis]
      }
      result[place] = part[index]
    }
    return result
  }
}
