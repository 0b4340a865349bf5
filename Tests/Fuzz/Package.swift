// swift-tools-version: 6.2
import PackageDescription

// The fuzz target stands outside the project's own package, since all of what it tests is compiled with a sanitizer:
// `make fuzz`.
let package = Package(
  name: "fuzz",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "nnc", path: "../..")],
  targets: [
    .executableTarget(
      name: "FuzzCheck", dependencies: [.product(name: "NNDriver", package: "nnc")],
      swiftSettings: [.unsafeFlags(["-parse-as-library"])])
  ]
)
