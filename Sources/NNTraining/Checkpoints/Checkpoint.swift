import NNFormats
import NNRuntime

/// A file that training goes on from: a `.safetensors` file with a checksum, whose metadata is a `CheckpointState`.
///
/// Its tensors are the weights under their names (their averages, where they have some), so that it is a weights file,
/// too (but for frozen ones, see `FrozenWeights`); then `raw/<name>`, the weights that training goes on with where averages
/// stand under the name; then `state/<phase>.<state>/<name>`, what optimizers keep. No name of a spec has a slash.
public struct Checkpoint: Sendable {
  /// The file's path.
  public var path: String { file.path }
  /// What training goes on from.
  public let state: CheckpointState
  private let file: SafetensorsFile

  /// Opens a checkpoint; a file that is damaged anywhere, or none, is an error.
  public init(path: String) throws(FileError) {
    let file = try SafetensorsFile(path: path)
    try file.verify()
    self.file = try FrozenWeights.completed(file)
    guard let state = CheckpointState(metadata: file.metadata) else {
      throw FileError(
        path, .read, "it is no checkpoint that this version of nnc can read",
        remedy: .other("go on with the version that wrote it"))
    }
    self.state = state
  }

  /// Whether the file at `path` is as it was written, which says nothing of who can read it.
  public static func isWhole(_ path: String) -> Bool {
    do throws(FileError) {
      try SafetensorsFile(path: path).verify()
      return true
    } catch {
      return false
    }
  }

  /// Whether a tensor of a weights file is a checkpoint's own.
  static func isOwn(_ name: String) -> Bool { name.hasPrefix(rawPrefix) || name.hasPrefix(statePrefix) }

  private static let rawPrefix = "raw/"
  private static let statePrefix = "state/"

  /// A tensor of the file.
  private struct Item {
    var tensor: String
    var parameter: String
    /// The slot among what is kept for the parameter; nil for its values.
    var slot: Int?
  }

  private static func items(_ store: ParameterStore, _ settings: TrainingSettings) -> [Item] {
    let averages = settings.average?.slots ?? [:]
    var (weights, raw, states): ([Item], [Item], [Item]) = ([], [], [])
    for name in store.names where !settings.checkpoint.frozen.contains(name) {
      let average = averages[name]
      weights.append(Item(tensor: name, parameter: name, slot: average))
      if average != nil { raw.append(Item(tensor: rawPrefix + name, parameter: name)) }
      let slots = store.stateSlots(name)
      for (slot, state) in (settings.checkpoint.states[name] ?? []).enumerated() where slots.contains(slot) {
        states.append(Item(tensor: "\(statePrefix)\(state)/\(name)", parameter: name, slot: slot))
      }
    }
    return weights + raw + states
  }

  /// Writes a checkpoint, atomically: while it is written, the file that was there before stays whole.
  static func save(
    _ state: CheckpointState, _ store: ParameterStore, _ settings: TrainingSettings, to path: String,
    metadata: [String: String]
  ) throws(FileError) {
    let items = items(store, settings)
    var layouts: [Safetensors.Layout] = []
    for item in items {
      guard let shape = store[item.parameter]?.fileShape.dimensions else { continue }
      layouts.append(Safetensors.Layout(name: item.tensor, shape: shape))
    }
    try Safetensors.write(
      layouts, metadata: metadata.merging(state.metadata) { $1 }, isChecked: true, to: path
    ) { index throws(FileError) in
      let item = items[index]
      do throws(ParameterFailure) {
        guard let slot = item.slot else { return try store.exportTensor(item.parameter) }
        return try store.exportState(item.parameter, slot: slot) ?? []
      } catch {
        throw FileError(path, .write, error.description)
      }
    }
  }

  /// Loads all tensors into a store that has the plans' parameters. A phase whose turn never came has nothing in the
  /// file, and begins with zeros.
  func load(into store: ParameterStore, _ settings: TrainingSettings) throws {
    let averages = settings.average?.slots ?? [:]
    var used: Set<String> = []
    func read(_ tensor: String, like name: String) throws(FileError) -> [Float]? {
      guard let entry = file[tensor] else { return nil }
      guard entry.shape == store[name]?.fileShape.dimensions else {
        throw FileError(path, .read, "its tensor '\(tensor)' is \(entry.shape), which does not fit the spec")
      }
      used.insert(tensor)
      return try file.read(tensor)
    }
    for name in store.names {
      guard let weights = try read(name, like: name) else {
        throw FileError(path, .read, "it lacks the tensor '\(name)' of the spec")
      }
      let average = averages[name]
      if let average { try store.importState(name, slot: average, weights) }
      try store.importTensor(name, average == nil ? weights : read(Self.rawPrefix + name, like: name) ?? weights)
      for (slot, state) in (settings.checkpoint.states[name] ?? []).enumerated() {
        if let values = try read("\(Self.statePrefix)\(state)/\(name)", like: name) {
          try store.importState(name, slot: slot, values)
        }
      }
    }
    if let surplus = file.entries.first(where: { !used.contains($0.name) }) {
      throw FileError(path, .read, "its tensor '\(surplus.name)' does not fit the spec")
    }
  }

  /// Writes the weights alone, as they stand in the checkpoint.
  func writeWeights(to path: String, names: [String], metadata: [String: String]) throws(FileError) {
    let layouts = names.compactMap { name in file[name].map { Safetensors.Layout(name: name, shape: $0.shape) } }
    try Safetensors.write(layouts, metadata: metadata, to: path) { index throws(FileError) in
      try file.read(layouts[index].name)
    }
  }
}
