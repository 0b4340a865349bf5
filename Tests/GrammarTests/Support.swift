import Foundation
import NNDiagnostics
import NNDriver
import NNRuntime

@testable import NNSpec

/// Places of the tests.
enum Place {
  static let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let grammar = project.appendingPathComponent("Grammar")
  static let specs = project.appendingPathComponent("Specs")

  /// The `.yaml` files of a folder, by name.
  static func files(_ folder: String) -> [URL] {
    let url = project.appendingPathComponent(folder)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    return names.filter { $0.hasSuffix(".yaml") }.sorted().map { url.appendingPathComponent($0) }
  }
}

/// A folder for specs that find the shipped data under `data/`, and a list `scans.txt` with a text among its pictures;
/// deleted at the end.
func withFolder<Result>(_ work: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nnc-grammar-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  for name in ["data", "feature-net.yaml"] {
    try FileManager.default.createSymbolicLink(
      at: folder.appendingPathComponent(name), withDestinationURL: Place.specs.appendingPathComponent(name))
  }
  try "data/photos/astronaut.jpg\ndata/ORIGINS.md\n".write(
    to: folder.appendingPathComponent("scans.txt"), atomically: true, encoding: .utf8)
  return try work(folder)
}

/// What is wrong with a spec, as `nnc check` says.
func check(_ file: URL, overrides: [Override] = []) throws -> CheckedSpec {
  CheckedSpec.load(path: file.path, overrides: overrides, kernels: try KernelTable.chosen("portable"))
}

/// What is wrong with a text in a folder.
func check(_ text: String, in folder: URL) throws -> CheckedSpec {
  let file = folder.appendingPathComponent("spec.yaml")
  try text.write(to: file, atomically: false, encoding: .utf8)
  return try check(file)
}

/// A generated file: with `NNC_BLESS=1` first replaced by `text`.
func golden(_ url: URL, blessing text: String) throws -> String? {
  if ProcessInfo.processInfo.environment["NNC_BLESS"] == "1" {
    try text.write(to: url, atomically: true, encoding: .utf8)
  }
  return try? String(contentsOf: url, encoding: .utf8)
}

/// The YAML tree of a text; `nil` where it is not readable.
func tree(_ text: String) -> Node? {
  var sources = SourceMap()
  var diagnostics = Diagnostics()
  let file = sources.add(path: "spec.yaml", text: text)
  let tree = TreeBuilder.tree(of: sources[file], text: text, diagnostics: &diagnostics)
  return diagnostics.hasErrors ? nil : tree
}

extension Instance {
  /// What a YAML 1.2 reader makes of a tree (the core schema).
  init(_ node: Node) {
    switch node.content {
    case .sequence(let nodes): self = .array(nodes.map { Instance($0) })
    case .mapping(let entries): self = .object(entries.map { ($0.name, Instance($0.value)) })
    case .scalar(let scalar): self = scalar.style == .plain ? Instance(plain: scalar.text) : .string(scalar.text)
    }
  }

  private init(plain text: String) {
    switch text {
    case "", "~", "null", "Null", "NULL": self = .null
    case "true", "True", "TRUE": self = .boolean(true)
    case "false", "False", "FALSE": self = .boolean(false)
    default: self = Instance.number(text).map { .number($0) } ?? .string(text)
    }
  }

  private static func number(_ text: String) -> Double? {
    for (prefix, radix) in [("0x", 16), ("0o", 8)] where text.hasPrefix(prefix) {
      return Int(text.dropFirst(2), radix: radix).map { Double($0) }
    }
    if [".inf", "+.inf", ".Inf", ".INF"].contains(text) { return .infinity }
    if ["-.inf", "-.Inf", "-.INF"].contains(text) { return -.infinity }
    if [".nan", ".NaN", ".NAN"].contains(text) { return .nan }
    guard text.wholeMatch(of: /[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?/) != nil else { return nil }
    return Double(text.hasSuffix(".") ? text + "0" : text)
  }
}
