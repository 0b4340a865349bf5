import NNText

extension Plan {
  /// The plan as a directed graph in Graphviz's language, DOT: a box for each step, an oval for what the host writes or
  /// reads, and an arrow for each buffer from the step that writes it to those that read it.
  public var dot: String {
    var lines = [
      "digraph \(DOT.quoted("\(name): \(purpose.rawValue), batch \(batch)")) {",
      "  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"sans-serif\"]",
    ]
    var makers: [BufferID: String] = [:]
    for (index, port) in inputs.enumerated() {
      lines.append("  i\(index) [label=\(DOT.quoted("\(port.name)\n\(port.type)")), shape=oval]")
      makers[port.buffer] = "i\(index)"
    }
    for (index, step) in steps.enumerated() {
      lines.append("  s\(index) [label=\(DOT.quoted(label(ofStep: index)))]")
      for buffer in Set(step.inputs).sorted(by: { $0.index < $1.index }) {
        if let maker = makers[buffer] { lines.append("  \(maker) -> s\(index)\(label(of: buffer))") }
      }
      for buffer in step.writes { makers[buffer] = "s\(index)" }
    }
    for (index, port) in outputs.enumerated() {
      lines.append("  o\(index) [label=\(DOT.quoted("\(port.name)\n\(port.type)")), shape=oval]")
      if let maker = makers[port.buffer] { lines.append("  \(maker) -> o\(index)") }
    }
    return (lines + ["}", ""]).joined(separator: "\n")
  }

  private func label(ofStep index: Int) -> String {
    let step = steps[index]
    let title = "\(index) \(step.title)"
    return step.layers.isEmpty ? title : "\(title)\n\(step.layers.joined(separator: ", "))"
  }

  private func label(of buffer: BufferID) -> String {
    " [label=\(DOT.quoted("\(self[buffer].type)\n\(ByteCount.text(self[buffer].byteCount))"))]"
  }
}
