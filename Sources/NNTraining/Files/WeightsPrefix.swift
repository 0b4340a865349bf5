import NNFormats

/// What stands before the names of a network's tensors in a weights file.
enum WeightsPrefix {
  /// The network's own name where some tensor begins with it, or what follows the aliases of its includes; else nothing
  /// where the file has all tensors by their layers' names alone; else the only other prefix under which all tensors are
  /// there in the right shapes.
  static func of(_ parameters: [WeightsComparison.Needed], network: String, in file: SafetensorsFile) -> String {
    let parts = network.split(separator: ".")
    let own = parts.indices.map { parts[$0...].joined(separator: ".") + "." }
    if let prefix = own.first(where: { prefix in file.entries.contains { $0.name.hasPrefix(prefix) } }) {
      return prefix
    }
    let rests = parameters.map { (name: String($0.name.dropFirst(network.count + 1)), shape: $0.shape) }
    guard let first = rests.first, !rests.allSatisfy({ file[$0.name] != nil }) else { return "" }
    let others = file.entries.filter { $0.name.hasSuffix("." + first.name) && !WeightsComparison.isIgnored($0.name) }
      .map { String($0.name.dropLast(first.name.count)) }
      .filter { prefix in rests.allSatisfy { file[prefix + $0.name]?.shape == $0.shape } }
    return others.count == 1 ? others[0] : ""
  }
}
