// Prints, per 3×3 layer of fakeapp at 256×256, GFLOP/s of forward, input gradient and weight gradient on one core as a
// share of the peak measured beside them.
//   swift run -c release kernel-bench [avx512|avx2|portable] [batch …] [layer=NAME]

let name = CommandLine.arguments.dropFirst().first { Int($0) == nil && !$0.hasPrefix("layer=") } ?? "avx512"
let batches = CommandLine.arguments.dropFirst().compactMap { Int($0) }
let only = CommandLine.arguments.first { $0.hasPrefix("layer=") }?.dropFirst(6) ?? ""
guard let kernels = table(name) else { fatalError("this processor has no \(name)") }

print("layer                  batch    peak   forward        input gradient  weight gradient  pack (µs)")
for batch in batches.isEmpty ? [1, 4] : batches {
  for layer in fakeappLayers(batch: batch) where layer.name.hasPrefix(only) {
    let bench = LayerBench(layer, kernels)
    var (forward, inputGradient, weightGradient, pack): (Sample, Sample, Sample, Sample) = ([], [], [], [])
    var peak: Sample = []
    for _ in 0..<9 {
      peak.append(peakRate(kernels))
      forward.append(bench.forward())
      inputGradient.append(bench.inputGradient())
      weightGradient.append(bench.weightGradient())
      pack.append(bench.pack())
    }
    let limit = peak.best
    let columns = [forward, inputGradient, weightGradient].map { sample in
      "\(padded(fixed(sample.best), 6)) \(padded(fixed(sample.best / limit * 100), 5)) %"
    }
    print(
      padded(layer.name, 22, left: true), padded("\(batch)", 5), padded(fixed(limit), 7),
      columns.joined(separator: "  "), padded(fixed(1e6 / pack.best), 8))
  }
}
