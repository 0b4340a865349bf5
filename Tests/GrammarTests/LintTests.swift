import Foundation
import NNDiagnostics
import NNDriver
import NNLayers
import Testing

/// The lints and their own examples.
@Suite struct LintTests {
  static let found = LintRegistry.all.flatMap { lint in lint.examples.found.map { (lint.name, $0) } }
  static let passed = LintRegistry.all.flatMap { lint in lint.examples.passed.map { (lint.name, $0) } }

  @Test("a lint warns about each spec that it shows as wrong, and no other lint does", arguments: found)
  func warns(name: String, example: String) throws {
    let lint = try #require(LintRegistry.lint(name))
    let diagnostics = try withFolder { try check(example, in: $0).diagnostics.sorted }
    #expect(
      !diagnostics.isEmpty && diagnostics.allSatisfy { $0.code == lint.code }, "\(words(diagnostics))\n\(example)")
    #expect(diagnostics.allSatisfy { $0.severity == lint.severity })
  }

  @Test("a lint leaves alone each spec that it shows as right", arguments: passed)
  func passes(name: String, example: String) throws {
    let lint = try #require(LintRegistry.lint(name))
    let diagnostics = try withFolder { try check(example, in: $0).diagnostics }
    #expect(!diagnostics.hasErrors, "\(words(diagnostics.sorted))\n\(example)")
    #expect(!diagnostics.sorted.contains { $0.code == lint.code }, "\(words(diagnostics.sorted))\n\(example)")
  }

  @Test("what a lint warns about is accepted with `allow` at the top, and said without it", arguments: found)
  func accepted(name: String, example: String) throws {
    let text = example.replacingOccurrences(of: "nnc: 1\n", with: "nnc: 1\nallow: [\(name)]\n")
    let diagnostics = try withFolder { try check(text, in: $0).diagnostics.sorted }
    #expect(diagnostics.isEmpty, "\(words(diagnostics))\n\(text)")
  }

  @Test("a repair that a lint offers leaves nothing to warn about", arguments: found)
  func repaired(name: String, example: String) throws {
    let found = try withFolder { folder -> [String]? in
      let checked = try check(example, in: folder)
      let edits = checked.diagnostics.sorted.compactMap(\.fix).flatMap(\.edits)
      guard !edits.isEmpty else { return nil }
      var scalars = Array(example.unicodeScalars)
      for edit in Set(edits).sorted(by: { $0.span.start > $1.span.start }) {
        scalars.replaceSubrange(edit.span.start..<edit.span.end, with: Array(edit.replacement.unicodeScalars))
      }
      var text = String.UnicodeScalarView()
      text.append(contentsOf: scalars)
      return words(try check(String(text), in: folder).diagnostics.sorted)
    }
    #expect(found ?? [] == [])
  }

  @Test("codes and names are each a lint's own, and everything about it is said")
  func registry() {
    #expect(Set(LintRegistry.all.map(\.code.code)).count == LintRegistry.all.count)
    #expect(Set(LintRegistry.names).count == LintRegistry.all.count)
    for lint in LintRegistry.all {
      #expect(!lint.summary.isEmpty && !lint.reason.isEmpty, "\(lint.name)")
      #expect(lint.examples.found.count >= 2 && !lint.examples.passed.isEmpty, "\(lint.name)")
    }
  }

  @Test("shipped specs give no warning but that nothing is held out", arguments: Place.files("Specs"))
  func shipped(file: URL) throws {
    let warnings = try check(file).diagnostics.sorted.filter { $0.severity != .error }
    #expect(warnings.allSatisfy { $0.code.slug == "no-validation-split" }, "\(words(warnings))")
  }

  private func words(_ diagnostics: [Diagnostic]) -> [String] { diagnostics.map { "\($0.code.code) \($0.message)" } }
}
