import NNFormats
import NNTensor
import NNTraining

/// Compares a weights file's table of tensors with what a spec needs.
enum WeightsCheck {
  /// What does not fit the network's parameters, in one sentence; nil where everything does. As when it is loaded, the
  /// names in the file may lack the network's, and tensors of other networks do not matter.
  static func problem(of file: SafetensorsFile, for parameters: [Parameter], network: String) -> String? {
    let needed = parameters.map { WeightsComparison.Needed(name: $0.name, shape: $0.fileShape.dimensions) }
    switch WeightsComparison(file: file, parameters: needed, scope: network).differences.first {
    case .missing(let name, _): return "\(file.path) has no tensor `\(name)`"
    case .surplus(let name, _): return "\(file.path) has a tensor `\(name)`, which the spec does not"
    case .shape(let name, let inFile, let needed):
      return "`\(name)` is \(Shape(inFile)) in \(file.path), the spec needs \(Shape(needed))"
    case nil: return nil
    }
  }
}
