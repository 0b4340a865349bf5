import Foundation
import NNDiagnostics
import NNDriver
import NNLayers
import NNText
import Testing

@testable import NNSpec

/// The generated files and the examples in them.
@Suite struct ReferenceTests {
  @Test("the checked-in schema is the one that the registries give (NNC_BLESS=1 rewrites it)")
  func schemaIsFresh() throws {
    let text = Reference.schema.indented()
    #expect(try text == golden(Place.grammar.appendingPathComponent("spec.schema.json"), blessing: text))
  }

  @Test("the checked-in reference is the one that the registries give (NNC_BLESS=1 rewrites it)")
  func pageIsFresh() throws {
    let text = Reference.markdown
    #expect(try text == golden(Place.grammar.appendingPathComponent("reference.md"), blessing: text))
  }

  @Test("everything in the reference is described")
  func everythingHasWords() {
    for section in Reference.sections {
      for entry in section.entries {
        #expect(entry.name.isEmpty || !entry.doc.isEmpty, "\(section.title) \(entry.name)")
        #expect(entry.name.isEmpty || !entry.example.isEmpty || !entry.spec.isEmpty, "\(section.title) \(entry.name)")
        for key in entry.keys { #expect(!key.doc.isEmpty, "\(section.title) \(entry.name) \(key.name)") }
        for fact in entry.facts { #expect(!fact.text.isEmpty, "\(section.title) \(entry.name) \(fact.label)") }
      }
    }
  }

  @Test("the reference names every key and every kind of the schema")
  func schemaIsCovered() throws {
    let known = Set(Reference.names)
    for name in ReferenceTests.keys(of: Reference.schema) {
      #expect(known.contains(name), "`\(name)`")
      #expect(Reference.text(of: name) != nil, "`\(name)`")
    }
  }

  /// What stands under `properties` anywhere in a schema.
  private static func keys(of schema: JSON) -> Set<String> {
    switch schema {
    case .array(let elements): return elements.reduce(into: []) { $0.formUnion(keys(of: $1)) }
    case .object(let members):
      return members.reduce(into: []) { found, member in
        if member.0 == "properties", case .object(let properties) = member.1 { found.formUnion(properties.map(\.0)) }
        found.formUnion(keys(of: member.1))
      }
    default: return []
    }
  }

  @Test("a key that several things have, or that is a section or a kind too, is told of all of them")
  func allMeanings() throws {
    let every = try #require(Reference.text(of: "every"))
    #expect(["phases", "checkpoint", "step", "exponential"].allSatisfy { every.contains("\n  \($0) ") })
    let repetition = try #require(Reference.text(of: "repeat"))
    #expect(repetition.contains("repeat  (repeat)") && repetition.contains("count"))
    let checkpoint = try #require(Reference.text(of: "checkpoint"))
    #expect(checkpoint.contains("checkpoint  (checkpoints)") && checkpoint.contains("each epoch, the last 3"))
    #expect(try #require(Reference.text(of: "ema")).contains("after the first it is a copy of the weights"))
  }

  @Test("the spec that shows blocks checks")
  func blockSpecChecks() throws {
    let specs = Reference.sections.filter { $0.title != "Warnings" }.flatMap(\.entries).map(\.spec).filter {
      !$0.isEmpty
    }
    #expect(specs.count == 1)
    for spec in specs { #expect(try withFolder { folder in try errors(spec, in: folder) } == []) }
  }

  @Test("the spec at the head of the page checks")
  func headCheck() throws {
    let found = try withFolder { folder in try errors(Reference.exampleSpec, in: folder) }
    #expect(found == [])
  }

  /// Specs with a place for an example: one of those for a section must accept it.
  static let settings: [String: [String]] = [
    "Layers": [
      """
      nnc: 1
      network: {input: [16, 16, 16], layers: [conv: {name: skip, filters: 16}, conv: {filters: 16}, {EXAMPLE}]}

      """,
      "nnc: 1\nnetwork: {input: [64], layers: [{EXAMPLE}]}\n",
    ],
    "Normalisations": [
      "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [conv: {filters: 64, normalization: {EXAMPLE}}]}\n"
    ],
    "Repeat": ["nnc: 1\nnetwork: {input: [16, 16, 3], layers: [{EXAMPLE}]}\n"],
    "Schedules": [setting("optimizer: {adam: {learning_rate: {EXAMPLE}}}")],
    "Activations": [
      "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [conv: {filters: 3, activation: {EXAMPLE}}]}\n"
    ],
    "Losses": [
      """
      nnc: 1
      data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 10%}}
      network: [output: {channels: 3, activation: sigmoid}]
      losses: {it: {EXAMPLE}}
      train: {steps: 1, batch_size: 2, optimizer: adam}

      """,
      """
      nnc: 1
      data: {digits: {idx: {images: data/digits/images.idx3-ubyte, labels: data/digits/labels.idx1-ubyte}, validation: 10%}}
      network: {input: digits.image, layers: [dense: {units: 10, activation: softmax}]}
      losses: {it: {EXAMPLE}}
      train: {steps: 1, batch_size: 2, optimizer: adam}

      """,
      """
      nnc: 1
      data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 10%}}
      networks:
        model: [output: {channels: 3, activation: sigmoid}]
        features:
          input: [16, 16, 3]
          frozen: true
          layers: [conv: {name: relu1, filters: 4, activation: relu}, conv: {name: relu2, filters: 4, activation: relu}]
      losses: {it: {EXAMPLE}}
      train: {steps: 1, batch_size: 2, optimizer: adam}

      """,
      """
      nnc: 1
      data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 10%}}
      networks:
        model: [output: {channels: 3, activation: sigmoid}]
        critic: {input: [16, 16, 3], layers: [dense: {units: 1}]}
      losses: {it: {EXAMPLE}}
      train:
        steps: 1
        batch_size: 2
        optimizer: adam
        phases:
          - {name: critic, update: [critic], losses: [it.discriminator]}
          - {name: model, update: [model], losses: [it.generator]}

      """,
    ],
    "Optimizers": [setting("optimizer: {EXAMPLE}")], "Augmentations": [setting(data: "augment: [{EXAMPLE}]")],
    "Degradations": [setting(data: "degrade: [{EXAMPLE}]", input: "photos.target")],
  ]

  private static func setting(
    _ optimizer: String = "optimizer: adam", data: String = "range: [0, 1]", input: String = "photos"
  ) -> String {
    """
    nnc: 1
    data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 10%, \(data)}}
    network: {input: \(input), layers: [output: {channels: 3}]}
    loss: mse
    train: {steps: 1, batch_size: 2, \(optimizer)}

    """
  }

  static let examples: [(section: String, example: String)] = Reference.sections.flatMap { section in
    section.entries.filter { !$0.example.isEmpty }.map { (section.title, $0.example) }
  }

  @Test("the example of every kind checks", arguments: examples)
  func exampleChecks(section: String, example: String) throws {
    let settings = try #require(ReferenceTests.settings[section], "no setting for \(section)")
    let validator = try SchemaAgreementTests.validator()
    let found = try withFolder { folder in
      try settings.map { setting in
        let written = example.contains(":") ? "{\(example)}" : example
        let text = setting.replacingOccurrences(of: "{EXAMPLE}", with: written)
        return try errors(text, in: folder) + [validator.problem(Instance(try #require(tree(text))))].compactMap { $0 }
      }
    }
    #expect(found.contains([]), "\(found)")
  }

  private func errors(_ text: String, in folder: URL) throws -> [String] {
    let checked = try check(text, in: folder)
    return checked.diagnostics.sorted.filter { $0.severity == .error }.map { "\($0.code.code) \($0.message)" }
  }
}
