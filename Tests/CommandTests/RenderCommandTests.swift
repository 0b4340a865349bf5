import Foundation
import Testing

/// `nnc render`, and the spec that a run keeps.
@Suite struct RenderCommandTests {
  @Test("paths lead from where the spec is written to; the spec itself is never replaced")
  func paths() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    try folder.makeFolder("a/b")
    let printed = try Command.nnc("render", "spec.yaml", "--set", "train.seed=9", in: folder)
    #expect(printed.status == 0 && printed.output.contains("images: photos"))
    #expect(printed.output.contains(/seed: 9 +# --set train.seed/))
    #expect(try Command.nnc("check", "-", in: folder, input: printed.output).status == 0)
    #expect(try Command.nnc("render", "spec.yaml", "--output", "a/b/r.yaml", "--no-origins", in: folder).status == 0)
    let written = try folder.read("a/b/r.yaml")
    #expect(written.contains("images: ../../photos") && !written.contains("#"))
    #expect(try Command.nnc("check", "a/b/r.yaml", in: folder).status == 0)
    let over = try Command.nnc("render", "spec.yaml", "--output", "./spec.yaml", in: folder)
    #expect(over.status == 2 && over.errors.contains("replace"))
    #expect(try folder.read("spec.yaml") == Folder.tinySpec)
  }

  @Test("a spec with errors is not rendered, but answered as check answers it")
  func errors() throws {
    let folder = try Folder.withTinySpec(Folder.tinySpec.replacingOccurrences(of: "relu", with: "rellu"))
    defer { folder.remove() }
    let result = try Command.nnc("render", "spec.yaml", in: folder)
    #expect(result.status == 1 && result.output.isEmpty && result.errors.contains("did you mean `relu`"))
  }

  @Test("the spec in a run folder runs with the run's weights, and says how long the run was")
  func runFolder() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    #expect(try Command.nnc("train", "spec.yaml", "--steps", "3", in: folder).status == 0)
    #expect(try folder.read("runs/tiny/spec.yaml").contains(/steps: 3 +# --steps/))
    let weights = "runs/tiny/weights.safetensors"
    for spec in ["spec.yaml", "runs/tiny/spec.yaml"] {
      let result = try Command.nnc(
        "run", spec, "--weights", weights, "--input", "photos/p0.png", "--output", "out.\(spec.count).png", in: folder)
      #expect(result.status == 0, "\(result.errors)")
    }
    #expect(try folder.data("out.9.png") == folder.data("out.19.png"))
    let again = try Command.nnc("train", "runs/tiny/spec.yaml", "--run", "again", in: folder)
    #expect(again.status == 0, "\(again.errors)")
    #expect(try folder.data(weights) == folder.data("again/weights.safetensors"))
  }
}
