import NNDiagnostics

/// Says in a few words where the values of a spec come from.
public struct Origins: Sendable {
  let sources: SourceMap

  static let fallback = "default"

  /// `unet.yaml:12`
  func place(_ span: Span) -> String { Origins.place(span, in: sources) }

  /// `unet.yaml:12`, or the option that gave the value.
  public static func place(_ span: Span, in sources: SourceMap) -> String {
    let file = sources[span.file]
    if let path = Override.path(ofFile: file.path) { return "--set \(path)" }
    let name = file.path.split(separator: "/").last.map(String.init) ?? file.path
    return "\(name):\(file.position(of: span.start).line)"
  }

  /// Where a scalar's value comes from; `nil` where it stands there as it is.
  func of(_ node: Node, in environment: Environment) -> String? {
    guard ExpressionReader.isExpression(node), let text = node.scalar?.text else {
      return isOverride(node.span) ? place(node.span) : nil
    }
    var unused = Diagnostics()
    guard let names = ExpressionReader.parse(node, diagnostics: &unused)?.names, names.count == 1,
      text == "$\(names[0].name)", let binding = environment[names[0].name]
    else { return text }
    return of(names[0].name, binding)
  }

  /// Where a name's value comes from: `vars.width at unet.yaml:3`, or `$filters = $(2 * c) at unet.yaml:28`.
  private func of(_ name: String, _ binding: Environment.Binding) -> String {
    let last = name.split(separator: ".").last.map(String.init) ?? name
    let what = binding.role == .variable ? "vars.\(last)" : "$\(name)"
    guard let written = binding.written else { return "\(what) at \(place(binding.span))" }
    if isOverride(written) { return place(written) }
    let text = sources[written.file].text(of: written)
    return "\(what)\(text.hasPrefix("$") ? " = \(text)" : "") at \(place(written))"
  }

  /// Where a layer was expanded from, innermost use first: `double at unet.yaml:24 via repeat at unet.yaml:20`.
  func of(_ site: ExpansionSite?) -> String? {
    var uses: [String] = []
    var next = site
    while let site = next {
      uses.append("\(sources[site.span.file].text(of: site.span)) at \(place(site.span))")
      next = site.outer
    }
    return uses.isEmpty ? nil : uses.joined(separator: " via ")
  }

  /// Where a value stands that does not stand in what it belongs to: an anchor brought it in.
  func outside(_ owner: Span, _ key: Span) -> String? {
    let isInside = key.file == owner.file && key.start >= owner.start && key.end <= owner.end
    return isInside ? nil : place(key)
  }

  private func isOverride(_ span: Span) -> Bool { Override.path(ofFile: sources[span.file].path) != nil }
}

extension Override {
  private static let mark = "--set "

  /// What the text of an override is called among a spec's files.
  var fileName: String { Override.mark + path }

  /// Whether a file of a spec's is the text of an override.
  public static func isName(_ name: String) -> Bool { path(ofFile: name) != nil }

  /// The path that the override with this file name sets; `nil` for another file.
  static func path(ofFile name: String) -> String? {
    name.hasPrefix(mark) ? String(name.dropFirst(mark.count)) : nil
  }
}
