import NNFormats
import NNRuntime
import NNTensor

/// Weights as a `.safetensors` file: float32, with PyTorch's layouts and names' endings.
public enum WeightsFile {
  /// Writes all parameters of a store, atomically, in the order in which the store has them. `format: pt` is added to
  /// the metadata, which other programs look for.
  public static func save(
    _ store: ParameterStore, to path: String, metadata: [String: String] = [:]
  ) throws(FileError) {
    let parameters = store.names.compactMap { store[$0] }
    let layouts = parameters.map { Safetensors.Layout(name: $0.name, shape: $0.fileShape.dimensions) }
    let metadata = metadata.merging(["format": "pt"]) { given, _ in given }
    try Safetensors.write(layouts, metadata: metadata, to: path) { index throws(FileError) in
      do throws(ParameterFailure) {
        return try store.exportTensor(parameters[index].name)
      } catch {
        throw FileError(path, .write, error.description)
      }
    }
  }

  /// Opens a file of weights; a checkpoint together with the frozen weights beside it.
  public static func open(_ path: String) throws(FileError) -> SafetensorsFile {
    try FrozenWeights.completed(SafetensorsFile(path: path))
  }

  /// The step after which training wrote a file of weights; nil where it does not say.
  public static func step(of path: String) throws(FileError) -> Int? {
    try SafetensorsFile(path: path).metadata["step"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
  }

  /// Reads weights into a store that has the spec's parameters.
  ///
  /// With `strict`, what is missing, surplus or of another shape throws `TrainingFailure.weights` and nothing is read; otherwise
  /// what fits is read. `scope` (a network's name) reads that network's parameters only, whose names in the file may
  /// lack it or have another prefix: `features.0.weight` for `vgg.features.0.weight`; what the file has under other
  /// prefixes does not matter then. Tensors named `num_batches_tracked`, and what a checkpoint has besides weights, are ignored.
  /// With `later` a tensor is read when it is needed, so that it need not stay in memory; a file that changes until then
  /// gives an error or other values.
  @discardableResult
  public static func load(
    _ path: String, into store: ParameterStore, scope: String? = nil, strict: Bool = true, later: Bool = false
  ) throws -> WeightsComparison {
    try translating {
      let file = try open(path)
      let parameters = store.names.compactMap { store[$0] }
        .map { WeightsComparison.Needed(name: $0.name, shape: $0.fileShape.dimensions) }
      let comparison = WeightsComparison(file: file, parameters: parameters, scope: scope)
      if strict && !comparison.differences.isEmpty {
        throw TrainingFailure.weights(WeightsMismatch(path: path, comparison: comparison))
      }
      for (parameter, tensor) in comparison.matches {
        if later {
          try store.keep(parameter) { try file.read(tensor) }
        } else {
          try store.importTensor(parameter, file.read(tensor))
        }
      }
      return comparison
    }
  }
}

/// How a file's tensors and a spec's parameters go together.
public struct WeightsComparison: Equatable, Sendable {
  /// Something that does not go together.
  public enum Difference: Equatable, Sendable, CustomStringConvertible {
    /// The spec has a parameter that the file lacks.
    case missing(name: String, shape: [Int])
    /// The file has a tensor that the spec does not know.
    case surplus(name: String, shape: [Int])
    /// Both have it, in different shapes.
    case shape(name: String, inFile: [Int], needed: [Int])

    public var description: String {
      switch self {
      case .missing(let name, let shape): "\(name) \(shape) is not in the file"
      case .surplus(let name, let shape): "\(name) \(shape) is in the file, but the spec has no such tensor"
      case .shape(let name, let inFile, let needed): "\(name) is \(inFile) in the file, the spec needs \(needed)"
      }
    }
  }

  /// The parameters that the file fills, each with its tensor's name there.
  public private(set) var matches: [(parameter: String, tensor: String)] = []
  /// Everything else: wrong shapes, then missing, then surplus.
  public private(set) var differences: [Difference] = []

  /// A tensor that a spec needs.
  public struct Needed: Equatable, Sendable {
    /// Its name in the spec.
    public var name: String
    /// Its shape in files.
    public var shape: [Int]

    /// A tensor of this name and shape.
    public init(name: String, shape: [Int]) { (self.name, self.shape) = (name, shape) }
  }

  /// Compares a file with all parameters, or with those of the network `scope`.
  public init(file: SafetensorsFile, parameters: [Needed], scope: String?) {
    let dropped = scope.map { $0.count + 1 } ?? 0
    let parameters = parameters.filter { parameter in scope.map { parameter.name.hasPrefix($0 + ".") } ?? true }
    let prefix = scope.map { WeightsPrefix.of(parameters, network: $0, in: file) } ?? ""
    var (missing, surplus): ([Difference], [Difference]) = ([], [])
    var known: Set<String> = []
    for needed in parameters {
      let tensor = prefix + needed.name.dropFirst(dropped)
      known.insert(tensor)
      guard let entry = file[tensor] else {
        missing.append(.missing(name: needed.name, shape: needed.shape))
        continue
      }
      if entry.shape == needed.shape {
        matches.append((needed.name, tensor))
      } else {
        differences.append(.shape(name: needed.name, inFile: entry.shape, needed: needed.shape))
      }
    }
    for entry in file.entries where !known.contains(entry.name) && !Self.isIgnored(entry.name) {
      if entry.name.hasPrefix(prefix) { surplus.append(.surplus(name: entry.name, shape: entry.shape)) }
    }
    differences += missing + surplus
  }

  /// Whether nnc has no use for this tensor as weights: other programs write it, or checkpoints have it for themselves.
  static func isIgnored(_ name: String) -> Bool {
    Checkpoint.isOwn(name) || name == "num_batches_tracked" || name.hasSuffix(".num_batches_tracked")
  }

  public static func == (a: WeightsComparison, b: WeightsComparison) -> Bool {
    a.differences == b.differences && a.matches.elementsEqual(b.matches) { $0 == $1 }
  }
}

/// A weights file of another network; the data's fault.
public struct WeightsMismatch: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// What does not go together.
  public let comparison: WeightsComparison
  /// So many differences are named, the others counted.
  public static let shown = 8

  /// The file's name, then a line for each difference.
  public var description: String {
    let differences = comparison.differences
    var lines = ["the weights in \(path) do not fit the spec:"]
    lines += differences.prefix(Self.shown).map { "  \($0)" }
    if differences.count > Self.shown { lines.append("  … and \(differences.count - Self.shown) more") }
    return lines.joined(separator: "\n")
  }
}
