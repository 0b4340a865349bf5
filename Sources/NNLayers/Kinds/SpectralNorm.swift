import NNGraph
import NNTensor

extension LayerContext {
  /// The weights that a layer multiplies by: a parameter of its own, divided by its largest singular value where the key
  /// `spectral_norm` asks. Then the parameter is `<path>.weight_orig`, beside the stored singular vectors `weight_u` (a
  /// value for each of the file's dimension `rows`) and `weight_v`, as PyTorch's `spectral_norm` has them.
  mutating func layerWeight(_ parameter: Parameter, rows: Int = 0) -> ValueID {
    guard arguments.boolean("spectral_norm") ?? false else { return weight(parameter) }
    if parameter.initializer == .zeros {
      let spans = (value: arguments.span(of: "initializer"), key: arguments.keySpan(of: "spectral_norm"))
      diagnostics.add(.zeroSpectralNorm(at: spans.value, key: spans.key))
    }
    var original = parameter
    original.name += "_orig"
    let axis: WeightMatrix.Rows = parameter.order.last == rows ? .outer : .inner
    let weight = weight(original)
    let vectors = singularVectors(of: parameter, named: original.name, rows: rows)
    let operands = [weight] + (isFrozen ? vectors : once(PowerIteration(rows: axis), [weight] + vectors))
    return once(SpectralNormalize(rows: axis), operands)[0]
  }

  /// u and v.
  private mutating func singularVectors(of weight: Parameter, named original: String, rows: Int) -> [ValueID] {
    let (left, right) = ("\(weight.name)_u", "\(weight.name)_v")
    let count = weight.fileView[rows]
    var columns = weight.fileView.dimensions
    columns.remove(at: rows)
    let order = weight.order.filter { $0 != rows }.map { $0 > rows ? $0 - 1 : $0 }
    return [
      Parameter(
        name: left, layer: path, shape: [count],
        initializer: .leftSingularVector(of: original, dimension: rows), decays: false),
      Parameter(
        name: right, layer: path, fileShape: [columns.reduce(1, *)], fileView: Shape(columns), order: order,
        initializer: .rightSingularVector(of: original, left: left, dimension: rows), decays: false),
    ].map { vector in
      var vector = vector
      vector.role = .statistic
      vector.isTrainable = false
      return graph.parameter(vector)
    }
  }

  /// The results of an operation on parameters, of which there is one however often the network is applied.
  private mutating func once(_ operation: any Operation, _ inputs: [ValueID]) -> [ValueID] {
    let present = graph.nodes.first { $0.inputs == inputs && $0.operation.name == operation.name }
    return present?.outputs ?? graph.apply(operation, inputs, layer: path)
  }

  /// What the table of layers adds where the weights are normalised.
  var spectralSummary: String { arguments.boolean("spectral_norm") ?? false ? ", spectral_norm" : "" }
}
