import NNText

/// Gathers the diagnostics of any number of specs into the log of one run in SARIF 2.1.0 (OASIS Standard, sections in
/// brackets), which code scanning services and editors read.
public struct SarifLog {
  private let version: String
  private let folder: String
  private var artifacts: [RelativePath] = []
  private var rules = SarifRules()
  private var results: [JSON] = []
  private var fingerprints = LineFingerprints()
  private var isSuccessful = true

  /// An empty log.
  ///
  /// - Parameters:
  ///   - version: the version of nnc.
  ///   - folder: the absolute path of the folder that the command was started in; all URIs are relative to it.
  public init(version: String, folder: String) {
    self.version = version
    self.folder = folder
  }

  /// Adds what was found in one spec. `isUnreadable` says that the machine did not let it be checked.
  public mutating func add(_ diagnostics: Diagnostics, of sources: SourceMap, isUnreadable: Bool = false) {
    for file in sources.files where !file.isFromCommandLine {
      let path = RelativePath(file.path, from: folder)
      if !artifacts.contains(path) { artifacts.append(path) }
    }
    for diagnostic in diagnostics.sorted {
      let place = Place(diagnostic.span, in: sources)
      let result = SarifResult(
        diagnostic, sources: sources, folder: folder, rule: rules.index(of: diagnostic),
        fingerprint: fingerprints.next(diagnostic, in: sources, path: RelativePath(place.path, from: folder)))
      results.append(result.json)
    }
    if isUnreadable { isSuccessful = false }
  }

  /// The `sarifLog` object (§3.13) with its one run.
  public var json: JSON {
    .object([
      (
        "$schema", .string("https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json")
      ),
      ("version", .string("2.1.0")), ("runs", .array([run])),
    ])
  }

  /// The `run` object (§3.14).
  private var run: JSON {
    .object([
      ("tool", .object([("driver", driver)])),
      ("invocations", .array([.object([("executionSuccessful", .boolean(isSuccessful))])])),
      ("columnKind", .string("unicodeCodePoints")),
      ("newlineSequences", .array(["\r\n", "\n", "\r"].map { .string($0) })),
      ("originalUriBaseIds", .object([(SarifResult.uriBase, .object([("description", SarifLog.baseDescription)]))])),
      ("artifacts", .array(artifacts.map(SarifLog.artifact))),
      ("results", .array(results)),
    ])
  }

  /// The `toolComponent` object (§3.19).
  private var driver: JSON {
    .object([("name", .string("nnc")), ("version", .string(version)), ("rules", rules.json)])
  }

  private static var baseDescription: JSON {
    .object([("text", .string("the folder that nnc was started in"))])
  }

  private static func artifact(_ path: RelativePath) -> JSON {
    .object([
      ("location", SarifResult.artifactLocation(path)), ("roles", .array([.string("analysisTarget")])),
    ])
  }
}
