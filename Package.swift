// swift-tools-version: 6.2
import PackageDescription

/// The numeric kernels: one set of sources (`Sources/Kernels`, linked into each folder), compiled once per
/// instruction set. They stay optimised in debug builds, so that plain `swift test` is fast.
func kernels(_ name: String, march: String?, besides: [String] = []) -> Target {
  let architecture = ((march.map { ["-march=\($0)"] } ?? []) + besides).flatMap { ["-Xcc", $0] }
  return .target(
    name: name, dependencies: ["NNKernels", "CProcessor"],
    swiftSettings: [.unsafeFlags(["-Ounchecked", "-wmo", "-num-threads", "2"] + architecture)])
}

#if arch(x86_64)
  let instructionSets = [
    kernels("NNKernelsPortable", march: nil),
    kernels("NNKernelsAVX2", march: "x86-64-v3"),
    kernels("NNKernelsAVX512", march: "x86-64-v4", besides: ["-mavx512bf16", "-mprfchw"]),
  ]
#else
  let instructionSets = [kernels("NNKernelsPortable", march: nil)]
#endif

/// What computes number by number, so that it stays optimised in debug builds, too.
let optimized: [SwiftSetting] = [.unsafeFlags(["-O", "-wmo", "-num-threads", "2"])]

let instructionSetDependencies = instructionSets.map { Target.Dependency.target(name: $0.name) }

/// Half of the time that a short command takes would go into loading Swift's libraries, so they are linked into it; the
/// last two belong to the part of Foundation that ArgumentParser uses.
let staticLibraries = ["-static-stdlib", "-l_FoundationCShims", "-l_FoundationCollections"]

let package = Package(
  name: "nnc",
  platforms: [.macOS(.v26)],
  products: [
    .executable(name: "nnc", targets: ["nnc"]),
    .library(name: "NNDriver", targets: ["NNDriver"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .systemLibrary(
      name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),
    .systemLibrary(
      name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .systemLibrary(
      name: "CTurboJPEG", pkgConfig: "libturbojpeg",
      providers: [.apt(["libturbojpeg0-dev"]), .brew(["jpeg-turbo"])]),
    .systemLibrary(
      name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl"])]),

    .target(name: "NNText"),
    .target(name: "NNDiagnostics", dependencies: ["NNText"]),
    .target(name: "NNSpec", dependencies: ["NNDiagnostics", "NNTensor", "NNText", "CLibYAML"]),
    .target(name: "NNTensor"),
    .target(name: "NNGraph", dependencies: ["NNTensor"]),
    .target(name: "NNLayers", dependencies: ["NNDiagnostics", "NNSpec", "NNGraph", "NNTensor", "NNText"]),
    .target(name: "NNPlan", dependencies: ["NNTensor", "NNText"]),
    .target(name: "NNCompiler", dependencies: ["NNLayers", "NNGraph", "NNPlan", "NNTensor", "NNKernels"]),

    .target(name: "CProcessor"),
    .target(name: "NNKernels", dependencies: ["NNTensor"]),
    .target(
      name: "NNRuntime",
      dependencies: ["NNPlan", "NNTensor", "NNKernels", "NNRandom", "CProcessor"] + instructionSetDependencies),

    .target(name: "NNRandom", swiftSettings: optimized),
    .target(name: "NNTemplates"),
    .target(name: "NNFormats", dependencies: ["CCrypto", "CPNG", "CProcessor", "CTurboJPEG", "NNText"]),
    .target(name: "NNData", dependencies: ["NNFormats", "NNRandom"], swiftSettings: optimized),
    .target(
      name: "NNTraining",
      dependencies: ["NNRuntime", "NNPlan", "NNTensor", "NNText", "NNData", "NNFormats", "NNRandom"]),
    .target(
      name: "NNDriver",
      dependencies: [
        "NNCompiler", "NNDiagnostics", "NNData", "NNFormats", "NNKernels", "NNLayers", "NNPlan", "NNRuntime", "NNSpec",
        "NNTemplates", "NNTensor", "NNText", "NNTraining",
      ]),
    .executableTarget(
      name: "nnc",
      dependencies: [
        "CProcessor", "NNCompiler", "NNDiagnostics", "NNDriver", "NNFormats", "NNLayers", "NNPlan", "NNRuntime",
        "NNSpec",
        "NNTemplates", "NNTensor", "NNText", "NNTraining",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      linkerSettings: [.unsafeFlags(staticLibraries, .when(platforms: [.linux], configuration: .release))]),

    .target(
      name: "NNReference", dependencies: ["NNGraph", "NNTensor"], path: "Tests/Support/NNReference",
      swiftSettings: optimized),
    .testTarget(name: "NNGraphTests", dependencies: ["NNGraph", "NNTensor", "NNReference"]),
    .testTarget(name: "NNDiagnosticsTests", dependencies: ["NNDiagnostics", "NNText"], exclude: ["Golden"]),
    .testTarget(name: "NNSpecTests", dependencies: ["NNSpec", "NNDiagnostics", "NNTensor"], exclude: ["Golden"]),
    .testTarget(
      name: "NNKernelsTests",
      dependencies: ["NNKernels", "NNRuntime", "NNRandom", "NNTensor"],
      swiftSettings: optimized),
    .testTarget(
      name: "NNCompilerTests",
      dependencies: ["NNCompiler", "NNGraph", "NNKernels", "NNLayers", "NNPlan", "NNRandom", "NNSpec", "NNTensor"]),
    .testTarget(
      name: "AgreementTests",
      dependencies: [
        "NNCompiler", "NNDriver", "NNGraph", "NNKernels", "NNLayers", "NNPlan", "NNReference", "NNRuntime", "NNSpec",
        "NNTensor", "NNText", "NNTraining",
      ]),
    .testTarget(
      name: "NNLayersTests", dependencies: ["NNDiagnostics", "NNGraph", "NNLayers", "NNSpec", "NNTensor"],
      exclude: ["Golden"]),
    .target(name: "CHeap", path: "Tests/Support/CHeap"),
    .testTarget(
      name: "NNRuntimeTests",
      dependencies: ["CHeap", "NNCompiler", "NNGraph", "NNKernels", "NNPlan", "NNRandom", "NNRuntime", "NNTensor"]),
    .testTarget(name: "NNRandomTests", dependencies: ["NNRandom"]),
    .testTarget(name: "NNFormatsTests", dependencies: ["NNFormats", "TemporaryFolders"], exclude: ["Fixtures"]),
    .testTarget(
      name: "NNTrainingTests",
      dependencies: [
        "NNTraining", "NNRuntime", "NNPlan", "NNTensor", "NNData", "NNFormats", "NNRandom", "NNCompiler", "NNGraph",
        "TemporaryFolders",
      ], exclude: ["Fixtures"]),
    .testTarget(
      name: "NNDriverTests",
      dependencies: [
        "NNCompiler", "NNDriver", "NNData", "NNDiagnostics", "NNLayers", "NNPlan", "NNRuntime", "NNSpec", "NNTensor",
        "NNText",
      ],
      exclude: ["Golden"]),
    .testTarget(
      name: "GrammarTests",
      dependencies: ["NNDiagnostics", "NNDriver", "NNLayers", "NNRuntime", "NNSpec", "NNText"]),
    .target(name: "TemporaryFolders", dependencies: ["NNFormats"], path: "Tests/Support/TemporaryFolders"),
    .target(name: "HostileSpecs", path: "Tests/Support/HostileSpecs"),
    .testTarget(
      name: "CommandTests", dependencies: ["nnc", "HostileSpecs", "NNFormats", "NNTemplates", "NNTraining"],
      exclude: ["Golden"]),
    .testTarget(
      name: "NNDataTests", dependencies: ["NNData", "NNFormats", "NNRandom", "TemporaryFolders"], exclude: ["Fixtures"]),
    .executableTarget(
      name: "kernel-bench", dependencies: ["NNKernels", "NNRuntime", "NNTensor"],
      path: "Tests/Benchmarks/KernelBench"),
    .executableTarget(
      name: "check-bench", dependencies: ["HostileSpecs", "NNText"], path: "Tests/Benchmarks/CheckBench"),
  ] + instructionSets
)
