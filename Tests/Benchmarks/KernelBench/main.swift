// Measures the layers of fakeapp at 256×256 on one core: GFLOP/s of forward, input gradient and weight gradient, and
// their share of the peak measured between them.
// GFLOP/s count the products of the direct algorithm, whichever computes the layer.
//   swift run -c release kernel-bench [avx512|avx2|portable] [batch …] [layer=NAME] [algorithm=NAME] [pass=NAME] [--markdown]
//   … --crossover | --discriminator | --small
// `pass` is forward, input or weight, for a profiler.

import NNKernels
import NNRuntime

let options = CommandLine.arguments.dropFirst()
let table = try KernelTable.chosen(options.first { KernelTable.names.contains($0) } ?? Knob.kernels.value)
let kernels = table.convolution
let batches = options.compactMap { Int($0) }
let only = options.first { $0.hasPrefix("layer=") }?.dropFirst(6) ?? ""
let onlyAlgorithm = options.first { $0.hasPrefix("algorithm=") }?.dropFirst(10) ?? ""
let onlyPass = options.first { $0.hasPrefix("pass=") }?.dropFirst(5) ?? ""
let networks = ["--crossover": crossoverLayers, "--discriminator": discriminatorLayers, "--small": smallLayers]
let layers = options.lazy.compactMap { networks[$0] }.first ?? fakeappLayers
let isMarkdown = options.contains("--markdown")

if isMarkdown {
  print("| layer (\(table.name), batch 4) | forward | input gradient | weight and bias gradient |\n|---|---|---|---|")
  var peaks: Sample = []
  for layer in trainedLayers(batch: 4) {
    for algorithm in layer.algorithms {
      let rates = Rates(layer, kernels, algorithm)
      peaks += rates.peak
      print("| \(layer.name), \(algorithm) | " + rates.columns(for: layer).joined(separator: " | ") + " |")
    }
  }
  print("\nMedians of nine rounds; peak \(fixed(peaks.median)) GFLOP/s.")
} else {
  print(
    "layer                  algorithm         batch    peak   forward        input gradient  weight gradient  pack (µs)"
  )
  for batch in batches.isEmpty ? [1, 4] : batches {
    for layer in layers(batch) where layer.name.hasPrefix(only) {
      for algorithm in layer.algorithms where "\(algorithm)".hasPrefix(onlyAlgorithm) {
        let rates = Rates(layer, kernels, algorithm, pass: onlyPass)
        let limit = rates.peak.best
        let columns = [rates.forward, rates.inputGradient, rates.weightGradient].map { sample in
          "\(padded(fixed(sample.best), 6)) \(padded(fixed(sample.best / limit * 100), 5)) %"
        }
        print(
          padded(layer.name, 22, left: true), padded("\(algorithm)", 17, left: true), padded("\(batch)", 5),
          padded(fixed(limit), 7), columns.joined(separator: "  "), padded(fixed(1e6 / rates.pack.best), 8))
      }
    }
  }
}
