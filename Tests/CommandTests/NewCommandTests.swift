import Foundation
import NNTemplates
import Testing

/// `nnc new`: specs to start from.
@Suite struct NewCommandTests {
  @Test(
    "a template checks, trains a few steps and runs as soon as its data is there", arguments: Template.all.map(\.name))
  func template(name: String) throws {
    let folder = try folderWithData()
    defer { folder.remove() }
    let made = try Command.nnc("new", "mine", "--template", name, in: folder)
    #expect(made.status == 0 && made.output.hasPrefix("wrote mine.yaml: "), "\(made.errors)")
    let checked = try Command.nnc("check", "mine.yaml", "--fail-level", "error", in: folder)
    #expect(checked.status == 0, "\(checked.output)")
    // Weights of feature networks are the user's to bring.
    #expect(checked.output.contains("mine.yaml: no errors" + (name == "perceptual" ? ", 1 warning" : "\n")))
    let trained = try Command.nnc(
      "train", "mine.yaml", "--steps", "2", "--set", "train.batch_size=2", "--quiet", in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    #expect(folder.exists("runs/mine/weights.safetensors"))
    let said = try Command.nnc("diff", "mine.yaml", "runs/mine/spec.yaml", in: folder)
    #expect(
      said.output.contains("train.batch_size") && said.output.contains("all weights carry over"), "\(said.output)")
  }

  @Test("a template is text that a reader of 120 columns likes, and says what it is")
  func texts() {
    #expect(Set(Template.all.map(\.name)).count == Template.all.count)
    for template in Template.all {
      #expect(template.text.hasPrefix("# ") && template.text.hasSuffix("\n") && !template.text.hasSuffix("\n\n"))
      #expect(template.text.split(separator: "\n").allSatisfy { $0.count <= 120 && !$0.hasSuffix(" ") })
      #expect(!template.summary.hasSuffix("."))
    }
  }

  @Test("a file that is there stays unless --force says so; wrong words are wrong usage")
  func usage() throws {
    let folder = Folder()
    defer { folder.remove() }
    try folder.write("mine", to: "a.yaml")
    let taken = try Command.nnc("new", "a.yaml", in: folder)
    #expect(taken.status == 2 && taken.errors.contains("--force"))
    #expect(try folder.read("a.yaml") == "mine")
    #expect(try Command.nnc("new", "a", "--force", in: folder).status == 0)
    #expect(try folder.read("a.yaml") == Template.all[0].text)
    let misspelt = try Command.nnc("new", "b", "--template", "denoisr", in: folder)
    #expect(misspelt.status == 2 && misspelt.errors.contains("did you mean `denoiser`?"))
    for arguments in [["new"], ["new", "a/b"], ["new", ".a"]] {
      #expect(try Command.nnc(arguments, in: folder).status == 2, "\(arguments)")
    }
    let lost = try Command.nnc("new", "b", "--output", "nowhere", in: folder)
    #expect(
      lost.status == 3
        && lost.errors.hasSuffix("there is no folder nowhere\nhelp: make it first: `mkdir -p 'nowhere'`\n"), "\(lost)")
    #expect(folder.files == ["a.yaml"])
    let list = try Command.nnc("new", "--list", in: folder)
    #expect(list.status == 0 && Template.all.allSatisfy { list.output.contains($0.name) })
  }

  private func folderWithData() throws -> Folder {
    let folder = Folder()
    let data = Command.specs.appendingPathComponent("data")
    for (name, place) in [
      ("photos", "photos"), ("train-images-idx3-ubyte", "digits/images.idx3-ubyte"),
      ("train-labels-idx1-ubyte", "digits/labels.idx1-ubyte"),
    ] {
      try FileManager.default.createSymbolicLink(
        at: folder.url.appendingPathComponent(name), withDestinationURL: data.appendingPathComponent(place))
    }
    return folder
  }
}

/// `nnc diff`
@Suite struct DiffCommandTests {
  @Test("a difference is no failure unless --exit-code says so; --set changes the second spec alone")
  func exitCodes() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    let same = try Command.nnc("diff", "spec.yaml", "spec.yaml", "--exit-code", in: folder)
    #expect(same.status == 0 && same.output == "spec.yaml and spec.yaml say the same\n")
    let other = ["diff", "spec.yaml", "spec.yaml", "--set", "train.seed=5"]
    let differs = try Command.nnc(other, in: folder)
    #expect(differs.status == 0 && differs.output.contains("train.seed  1 → 5"))
    #expect(try Command.nnc(other + ["--exit-code"], in: folder).status == 1)
    let json = try Command.nnc(other + ["--format", "json"], in: folder)
    let object = try #require(JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect(object["same"] as? Bool == false)
  }

  @Test("errors of both specs are shown as check shows them")
  func errors() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    for (name, word) in [("a.yaml", "rellu"), ("b.yaml", "sigmoidd")] {
      try folder.write(Folder.tinySpec.replacingOccurrences(of: "relu", with: word), to: name)
    }
    let result = try Command.nnc("diff", "a.yaml", "b.yaml", in: folder)
    #expect(result.status == 1 && result.output.isEmpty)
    #expect(result.errors.contains("a.yaml: ") && result.errors.contains("b.yaml: "))
    #expect(try Command.nnc("diff", "spec.yaml", "missing.yaml", in: folder).status == 1)
  }
}
