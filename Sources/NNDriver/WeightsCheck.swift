import NNFormats
import NNTensor

/// Compares a weights file's table of tensors with what a spec needs.
enum WeightsCheck {
  /// What does not fit, in one sentence; nil where everything does.
  static func problem(of file: SafetensorsFile, for parameters: [Parameter]) -> String? {
    for parameter in parameters {
      guard let entry = file[parameter.name] else { return "\(file.path) has no tensor `\(parameter.name)`" }
      if entry.shape != parameter.fileShape.dimensions {
        return "`\(parameter.name)` is \(Shape(entry.shape)) in \(file.path), the spec needs \(parameter.fileShape)"
      }
    }
    let known = Set(parameters.map(\.name))
    let surplus = file.entries.first { !known.contains($0.name) && !$0.name.hasSuffix("num_batches_tracked") }
    return surplus.map { "\(file.path) has a tensor `\($0.name)`, which the spec does not" }
  }
}
