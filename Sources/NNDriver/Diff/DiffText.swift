import NNLayers
import NNTensor
import NNText

extension SpecDiff {
  /// Names of tensors that are listed before the rest is counted.
  private static let listed = 12

  /// The difference for people.
  public var text: String {
    if isSame { return "\(files.before) and \(files.after) say the same\n" }
    let parts = networks.map(layerTable) + [totals, weightLines, settingLines]
    return parts.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  // MARK: Layers

  private func layerTable(_ network: Network) -> String {
    if network.layers.isEmpty { return "" }
    let rows = network.layers.map { layer in
      [
        "\(layer.status.mark) \(layer.path.text)", layer.summary.text, arrow(layer.output) { $0.dimensions },
        arrow(layer.parameters) { $0 == 0 ? "" : grouped($0) }, layer.keys.map(\.text).joined(separator: ", "),
      ]
    }
    let note = network.isOneSided ? (network.parameters.before == nil ? " (new)" : " (removed)") : ""
    var lines = table([network.name + note, "", "output", "parameters", ""], rows, rightAligned: [])
    if network.sameLayers > 0 {
      lines.append(
        "  \(network.sameLayers == 1 ? "1 other layer is" : "\(network.sameLayers) other layers are") the same")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: Totals

  private var totals: String {
    let both = networks.filter { !$0.isOneSided }
    var rows: [[String]] = []
    for network in both {
      let name = both.count > 1 ? "\(network.name) " : ""
      rows.append(total("\(name)parameters", network.parameters, grouped))
      rows.append(total("\(name)MFLOPs", network.flops) { decimal(Double($0) / 1e6, 1) })
      rows.append(["\(name)receptive field"] + network.field.cells(\.text) + [""])
    }
    rows.append(total("memory, running", runMemory, ByteCount.text))
    rows.append(total("memory, training", trainMemory, ByteCount.text))
    rows = rows.filter { $0[1] != "—" || $0[2] != "—" }
    return table(["", "before", "after", "change"], rows, rightAligned: [1, 2, 3]).joined(separator: "\n") + "\n"
  }

  private func total(_ name: String, _ change: Change<Int>, _ text: (Int) -> String) -> [String] {
    var delta = ""
    if let before = change.before, let after = change.after, before != after {
      delta = (after > before ? "+" : "−") + text(abs(after - before))
      if before > 0 { delta += " (\(SpecDiff.percent(before, after)))" }
    }
    return [name] + change.cells(text) + [delta]
  }

  /// `+125 %`
  private static func percent(_ before: Int, _ after: Int) -> String {
    let share = (Double(after) - Double(before)) / Double(before) * 100
    let text = decimal(abs(share), abs(share) < 10 ? 1 : 0)
    return "\(share < 0 ? "−" : "+")\(text) %"
  }

  // MARK: Weights

  private var weightLines: String {
    let counts = [
      (weights.same.count, "carry over", "carries over"), (weights.reshaped.count, "change shape", "changes shape"),
      (weights.renamed.count, "change their name", "changes its name"), (weights.added.count, "are new", "is new"),
      (weights.dropped.count, "are dropped", "is dropped"),
    ]
    let known = counts.filter { $0.0 > 0 }
    if known.isEmpty { return "" }
    if known.count == 1, weights.misplaced.isEmpty, !weights.same.isEmpty { return "all weights carry over\n" }
    let head = "weights: " + known.map { "\($0.0) \($0.0 == 1 ? $0.2 : $0.1)" }.joined(separator: ", ")
    let misplaced = weights.misplaced.map { tensor in
      ["  ! \(tensor.name)", tensor.oldName.map { "is now what was \($0)" } ?? "belongs to a new layer"]
    }
    let rows =
      listed(weights.reshaped) { ["  ~ \($0.name)", arrow($0.shape) { $0.bracketed }, $0.growth] }
      + listed(weights.renamed) { ["  > \($0.name)", "was \($0.oldName ?? "")", ""] }
      + listed(weights.added) { ["  + \($0.name)", $0.shape.after?.bracketed ?? "", ""] }
      + listed(weights.dropped) { ["  - \($0.name)", $0.shape.before?.bracketed ?? "", ""] }
    var lines = [head] + table([], rows)
    if !misplaced.isEmpty {
      let names = Array(misplaced.prefix(SpecDiff.listed))
      lines += ["  fit by name and shape, but belong to another layer than before:"] + table([], names)
      if misplaced.count > names.count { lines.append("    … and \(misplaced.count - names.count) more") }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func listed(_ tensors: [WeightsDiff.Tensor], _ row: (WeightsDiff.Tensor) -> [String]) -> [[String]] {
    let rows = tensors.prefix(SpecDiff.listed).map(row)
    return tensors.count > rows.count ? rows + [["    … and \(tensors.count - rows.count) more", "", ""]] : rows
  }

  private func table(_ header: [String], _ rows: [[String]]) -> [String] {
    guard let first = rows.first else { return [] }
    return NNText.table(first, Array(rows.dropFirst()))
  }

  private func table(_ header: [String], _ rows: [[String]], rightAligned: Set<Int>) -> [String] {
    NNText.table(header, rows, rightAligned: rightAligned)
  }

  // MARK: Settings

  private var settingLines: String {
    if settings.isEmpty { return "" }
    let rows = settings.map { ["  \($0.value.mark) \($0.key)", $0.value.text.cut] }
    return (["settings"] + table([], rows)).joined(separator: "\n") + "\n"
  }

  private func arrow<Value>(_ change: Change<Value>, _ text: (Value) -> String) -> String {
    Change<String>(before: change.before.map(text), after: change.after.map(text)).text
  }
}

extension SpecDiff.Layer.Status {
  /// What stands before the layer's name.
  fileprivate var mark: String {
    switch self {
    case .added: "+"
    case .removed: "-"
    case .changed: "~"
    case .renamed: ">"
    case .affected: " "
    }
  }
}

extension SpecDiff.Setting {
  var text: String { "\(key) \(value.text)" }
}

extension SpecDiff.Change {
  /// Both in words, `—` where there is none.
  fileprivate func cells(_ text: (Value) -> String) -> [String] {
    [before.map(text) ?? "—", after.map(text) ?? "—"]
  }
}

extension SpecDiff.Change<String> {
  /// `a → b`; one of them where there is no other, or where they are the same.
  fileprivate var text: String {
    switch (before, after) {
    case (let before?, let after?):
      before == after ? after : "\(before.isEmpty ? "0" : before) → \(after.isEmpty ? "0" : after)"
    case (let one?, nil), (nil, let one?): one
    case (nil, nil): ""
    }
  }
}

extension SpecDiff.Change {
  /// What stands before a key.
  fileprivate var mark: String { before == nil ? "+" : after == nil ? "-" : "~" }
}

extension WeightsDiff.Tensor {
  /// Whether it got larger or smaller in all directions that differ.
  fileprivate var growth: String {
    guard let before = shape.before, let after = shape.after, before.count == after.count else { return "" }
    if zip(before, after).allSatisfy({ $0 <= $1 }) { return "wider" }
    return zip(before, after).allSatisfy { $0 >= $1 } ? "narrower" : ""
  }
}

extension String {
  /// Not longer than fits beside a key.
  fileprivate var cut: String { count > 100 ? prefix(99) + "…" : self }
}

extension [Int] {
  fileprivate var dimensions: String { map(String.init).joined(separator: "×") }
  fileprivate var bracketed: String { "[\(map(String.init).joined(separator: ", "))]" }
}

extension ReceptiveField {
  /// Rows and columns, one number where they are the same.
  var text: String {
    guard let extent else { return "all" }
    return extent.height == extent.width ? "\(extent.height)" : "\(extent.height)×\(extent.width)"
  }
}
