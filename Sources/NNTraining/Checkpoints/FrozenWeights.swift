import NNFormats
import NNRuntime

/// The weights that no step changes, in a file of their own beside a run's checkpoints: written once, whatever their
/// size. Each checkpoint names the file's SHA-256, so that no other is taken for it.
enum FrozenWeights {
  /// The file's name in the folder of checkpoints.
  static let fileName = "frozen.safetensors"
  /// The checkpoints' metadata that names the checksum.
  static let key = "frozen"

  /// Writes the parameters of these names, and gives what checkpoints name them by.
  static func save(_ store: ParameterStore, _ names: [String], to path: String) throws(FileError) -> String {
    let layouts = names.compactMap { name in
      store[name].map { Safetensors.Layout(name: name, shape: $0.fileShape.dimensions) }
    }
    try Safetensors.write(layouts, metadata: ["format": "pt"], isChecked: true, to: path) { index throws(FileError) in
      do throws(ParameterFailure) {
        return try store.exportTensor(layouts[index].name)
      } catch {
        throw FileError(path, .write, error.description)
      }
    }
    return try Checksum.sha256(of: InputFile(path: path))
  }

  /// The file of weights at `path`, with those that it does not repeat where it is a checkpoint of that kind. A file that is
  /// missing, damaged or not the one that the checkpoint was written with is an error which names it.
  static func completed(_ file: SafetensorsFile) throws(FileError) -> SafetensorsFile {
    guard let expected = file.metadata[key], file.metadata["checkpoint"] != nil else { return file }
    let path = Folder.join(Folder.parent(of: file.path), fileName)
    guard try Folder.kind(of: path) != .missing else {
      throw FileError(
        path, .read,
        "there is no such file, and \(Folder.baseName(file.path)) leaves its frozen weights to it: the two belong together",
        remedy: .other("copy it into the same folder, or name weights.safetensors, which holds all"))
    }
    let frozen = try SafetensorsFile(path: path)
    try frozen.verify()
    guard try Checksum.sha256(of: InputFile(path: path)) == expected else {
      throw FileError(
        path, .read, "it does not hold the frozen weights that \(Folder.baseName(file.path)) was written with",
        remedy: .other("copy both from the same run"))
    }
    return SafetensorsFile(file, and: frozen)
  }
}
