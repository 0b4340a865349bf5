import NNKernels
import NNTensor

/// The rates of one layer over nine rounds, and the peak measured in each of them.
struct Rates {
  var peak: Sample = []
  var forward: Sample = []
  var inputGradient: Sample = []
  var weightGradient: Sample = []
  var pack: Sample = []

  init(
    _ layer: Layer, _ kernels: ConvolutionKernels, _ algorithm: ConvolutionAlgorithm, pass: Substring = ""
  ) {
    let bench = LayerBench(layer, kernels, algorithm)
    for _ in 0..<9 {
      peak.append(peakRate(kernels))
      if "forward".hasPrefix(pass) { forward.append(bench.forward()) }
      if "input".hasPrefix(pass) { inputGradient.append(bench.inputGradient()) }
      if "weight".hasPrefix(pass) { weightGradient.append(bench.weightGradient()) }
      pack.append(bench.pack())
    }
  }

  /// Rate and share of the peak of each pass, for the README.
  func columns(for layer: Layer) -> [String] {
    [forward, layer.isFirst ? [] : inputGradient, weightGradient].map { sample in
      if sample.isEmpty { return "not needed" }
      return "\(fixed(sample.median)) (\(Int((sample.median / peak.median * 100).rounded())) %)"
    }
  }
}

/// The layers as a training step runs them: convolutions with bias, relu and pooling fused.
func trainedLayers(batch: Int) -> [Layer] {
  let all = fakeappLayers(batch: batch)
  let pooled = Set(all.filter { $0.pool.0 > 1 }.map { String($0.name.prefix { $0 != " " }) })
  return all.filter { layer in
    let isPlainTwin = layer.pool.0 == 1 && pooled.contains(String(layer.name.prefix { $0 != " " }))
    return !isPlainTwin && !layer.name.hasPrefix("dense")
  }
}

extension Layer {
  /// The algorithms that can compute it.
  var algorithms: [ConvolutionAlgorithm] {
    var algorithms: [ConvolutionAlgorithm] = [.direct]
    if geometry.allowsWinograd(.forward), geometry.kernelHeight > 1 {
      algorithms.append(.winograd)
      if geometry.allowsWinograd4x1(.forward) { algorithms.append(.winograd4x1) }
      if geometry.allowsWinogradUnpacked(.forward) { algorithms.append(.winogradUnpacked) }
    }
    if table.multipliesBFloat16 { algorithms.append(.directBFloat16) }
    if table.multipliesBFloat16, geometry.allowsWinogradBFloat16(.forward), !isFirst {
      algorithms.append(.winogradBFloat16)
    }
    return algorithms
  }

  /// Whether its input is the data, which needs no gradient.
  var isFirst: Bool { geometry.inputChannels == 3 && !transposed }
}

extension [Double] {
  /// The middle value.
  var median: Double { isEmpty ? 0 : sorted()[count / 2] }
}
