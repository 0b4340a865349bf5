import NNText

/// One diagnostic as a SARIF `result` object (§3.27).
struct SarifResult {
  /// Stands for the folder that URIs are relative to.
  static let uriBase = "%SRCROOT%"

  private let diagnostic: Diagnostic
  private let sources: SourceMap
  private let folder: String
  private let rule: Int
  private let fingerprint: String

  init(_ diagnostic: Diagnostic, sources: SourceMap, folder: String, rule: Int, fingerprint: String) {
    self.diagnostic = diagnostic
    self.sources = sources
    self.folder = folder
    self.rule = rule
    self.fingerprint = fingerprint
  }

  var json: JSON {
    var members: [(String, JSON)] = [
      ("ruleId", .string(diagnostic.code.code)), ("ruleIndex", .integer(rule)),
      ("level", .string(diagnostic.severity.rawValue)),
      ("message", message(diagnostic.plainText(allNotes: false))),
      ("locations", .array([location(diagnostic.primary, id: nil)])),
    ]
    let related = relatedLabels.enumerated().map { location($1, id: $0 + 1) }
    if !related.isEmpty { members.append(("relatedLocations", .array(related))) }
    members.append(("partialFingerprints", .object([("nncLine/v1", .string(fingerprint))])))
    if let fix = diagnostic.fix.flatMap(json) { members.append(("fixes", .array([fix]))) }
    return .object(members)
  }

  /// The location of a file (§3.4).
  static func artifactLocation(_ path: RelativePath) -> JSON {
    .object([("uri", .string(path.uri)), ("uriBaseId", .string(uriBase))])
  }

  /// All that points to a place besides the primary label; each note before its labels.
  private var relatedLabels: [Label] {
    diagnostic.labels
      + diagnostic.notes.flatMap { note in
        (note.span.map { [Label(note.message, at: $0)] } ?? []) + note.labels
      }
  }

  /// A `message` object (§3.11).
  private func message(_ text: String) -> JSON {
    .object([("text", .string(SarifResult.withoutPlaceholders(text)))])
  }

  /// Digits in braces would be a placeholder, so their braces are doubled (§3.11.5). Other braces stay as they are:
  /// viewers show them so.
  static func withoutPlaceholders(_ text: String) -> String {
    var result = ""
    var rest = text.unicodeScalars[...]
    while let open = rest.firstIndex(of: "{") {
      let digits = rest[rest.index(after: open)...].prefix { ("0"..."9").contains($0) }
      result.unicodeScalars += rest[..<open]
      if !digits.isEmpty, digits.endIndex < rest.endIndex, rest[digits.endIndex] == "}" {
        result += "{{\(String(digits))}}"
        rest = rest[digits.endIndex...].dropFirst()
      } else {
        result += "{"
        rest = rest[open...].dropFirst()
      }
    }
    result.unicodeScalars += rest
    return result
  }

  /// A `location` object (§3.28).
  private func location(_ label: Label, id: Int?) -> JSON {
    var members: [(String, JSON)] = id.map { [("id", .integer($0))] } ?? []
    members.append(("physicalLocation", physicalLocation(label.span)))
    if !label.message.isEmpty { members.append(("message", message(label.message))) }
    return .object(members)
  }

  private func physicalLocation(_ span: Span) -> JSON {
    let place = Place(span, in: sources)
    let file = SarifResult.artifactLocation(RelativePath(place.path, from: folder))
    var members = [("artifactLocation", file)]
    if let region = place.region { members.append(("region", json(region))) }
    return .object(members)
  }

  /// A `region` object (§3.30): from 1, the end column after the last character.
  private func json(_ region: Place.Region) -> JSON {
    .object([
      ("startLine", .integer(region.start.line)), ("startColumn", .integer(region.start.column)),
      ("endLine", .integer(region.end.line)), ("endColumn", .integer(region.end.column)),
    ])
  }

  /// A `fix` object (§3.55), its edits grouped by file; nil where an edit is in no file.
  private func json(_ fix: Fix) -> JSON? {
    var changes: [(path: RelativePath, replacements: [JSON])] = []
    for edit in fix.edits {
      let place = Place(edit.span, in: sources)
      guard let region = place.region else { return nil }
      let path = RelativePath(place.path, from: folder)
      let index = changes.firstIndex { $0.path == path } ?? changes.endIndex
      if index == changes.endIndex { changes.append((path, [])) }
      changes[index].replacements.append(
        .object([
          ("deletedRegion", json(region)), ("insertedContent", .object([("text", .string(edit.replacement))])),
        ]))
    }
    guard !changes.isEmpty else { return nil }
    let artifactChanges = changes.map { path, replacements in
      JSON.object([
        ("artifactLocation", SarifResult.artifactLocation(path)), ("replacements", .array(replacements)),
      ])
    }
    return .object([("description", message(fix.message)), ("artifactChanges", .array(artifactChanges))])
  }
}
