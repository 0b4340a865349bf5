import Foundation
import NNDiagnostics
import NNDriver
import NNSpec
import Testing

/// The pages of `nnc explain`.
@Suite struct DiagnosticPageTests {
  static let pages = DiagnosticPages.all.pages
  static let codes = pages.map(\.code.code)

  @Test func `every code that the sources declare has a page, and every page a code`() throws {
    var declared: [String: String] = [:]
    var (written, found) = (0, 0)
    for text in try DiagnosticPageTests.sources() {
      written += text.ranges(of: "DiagnosticCode(\"").count
      for match in text.matches(of: /DiagnosticCode\("(NNC\d{4})", "([a-z0-9]+(-[a-z0-9]+)*)"\)/) {
        found += 1
        let code = String(match.1)
        #expect(declared.updateValue(String(match.2), forKey: code) == nil, "\(code) is declared twice")
      }
      for match in text.matches(of: /"(NNC\d{4})"/) {
        let isKnown = DiagnosticPageTests.codes.contains(String(match.1))
        #expect(isKnown, "\(match.1) has no page")
      }
    }
    #expect(written == found, "a code is declared in a form that this test does not read")
    #expect(declared.count > 100)
    for (code, slug) in declared {
      #expect(DiagnosticPages.all.page(of: code)?.code.slug == slug, "\(code) has no page: add one to its …Pages.swift")
    }
    #expect(declared.count == DiagnosticPageTests.pages.count, "a page is there twice, or without a code in use")
    #expect(Set(declared.values).count == declared.count, "a name is given twice")
  }

  @Test(arguments: codes)
  func `the example of a page is answered with its code alone, and the repaired one has no error`(
    code: String
  ) throws {
    let page = try #require(DiagnosticPages.all.page(of: code))
    guard case .specs(let wrong, let right, let repairs) = page.proof else {
      #expect(DiagnosticPageTests.unproven.contains(code), "\(code) needs an example")
      return
    }
    for (old, _) in repairs {
      #expect(wrong.occurrences(of: old) == 1, "`\(old)` stands in the example more often than once, or never")
    }
    let found = try answers(to: wrong)
    #expect(Set(found.map(\.code.code)) == [code], "\(found.map { "\($0.code.code) \($0.message)" })")
    let left = try answers(to: right)
    #expect(
      !left.contains { $0.severity == .error || $0.code == page.code },
      "\(left.map { "\($0.code.code) \($0.message)" })")
  }

  /// The codes that no spec can show.
  static let unproven = ["NNC0008"]

  @Test(arguments: codes)
  func `a page is written as a page should be`(code: String) throws {
    let page = try #require(DiagnosticPages.all.page(of: code))
    #expect(page.title.first?.isUppercase == false || page.title.hasPrefix("Nesterov"), "\(page.title)")
    #expect(!page.title.hasSuffix(".") && page.title.count <= 80, "\(page.title)")
    #expect(page.meaning.hasSuffix(".") && (40...600).contains(page.meaning.count), "\(page.meaning)")
    #expect(page.meaning.split(separator: "\n").count <= 6)
  }

  @Test func `the checked-in page of diagnostics is the one that the registry gives (NNC_BLESS=1 rewrites it)`() throws
  {
    let text = DiagnosticPages.all.markdown
    #expect(try text == golden(Place.grammar.appendingPathComponent("diagnostics.md"), blessing: text))
  }

  @Test(arguments: ["NNC0310", "nnc0310", "310", "0310", "prediction-target-mismatch", "Prediction-Target-Mismatch"])
  func `a page is found by its code, its number and its name`(name: String) {
    #expect(DiagnosticPages.all.page(of: name)?.code.code == "NNC0310")
  }

  @Test(arguments: [("unknown-keys", "unknown-key"), ("NNC9999", nil), ("nnc0311x", nil), ("NNC0307", nil)])
  func `for a name that is none another is suggested`(name: String, meant: String?) {
    #expect(DiagnosticPages.all.page(of: name) == nil)
    let suggestion = DiagnosticPages.all.suggestion(for: name)
    if let meant { #expect(suggestion == meant) } else { #expect(suggestion != nil) }
  }

  /// The text of every Swift file of the project's sources.
  private static func sources() throws -> [String] {
    let folder = Place.project.appendingPathComponent("Sources")
    let names = FileManager.default.enumerator(atPath: folder.path)?.allObjects as? [String] ?? []
    return try names.filter { $0.hasSuffix(".swift") }.map {
      try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8)
    }
  }
}
