import NNFormats
import NNTensor

/// Compares a weights file's table of tensors with what a spec needs.
enum WeightsCheck {
  /// What does not fit the network's parameters, in one sentence; nil where everything does. As when it is loaded, the
  /// names in the file may lack the network's, and tensors of other networks do not matter.
  static func problem(of file: SafetensorsFile, for parameters: [Parameter], network: String) -> String? {
    let prefix = "\(network)."
    let hasPrefix = file.entries.contains { $0.name.hasPrefix(prefix) }
    var known: Set<String> = []
    for parameter in parameters {
      let name = hasPrefix ? parameter.name : String(parameter.name.dropFirst(prefix.count))
      known.insert(name)
      guard let entry = file[name] else { return "\(file.path) has no tensor `\(parameter.name)`" }
      if entry.shape != parameter.fileShape.dimensions {
        return "`\(parameter.name)` is \(Shape(entry.shape)) in \(file.path), the spec needs \(parameter.fileShape)"
      }
    }
    let surplus = file.entries.first { entry in
      !known.contains(entry.name) && !entry.name.hasSuffix("num_batches_tracked")
        && (!hasPrefix || entry.name.hasPrefix(prefix))
    }
    return surplus.map { "\(file.path) has a tensor `\($0.name)`, which the spec does not" }
  }
}
