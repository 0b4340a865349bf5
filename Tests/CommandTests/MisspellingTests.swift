import Foundation
import NNFormats
import Testing

/// What a new user types first: other programs' commands and options, the wrong file, a folder's old name.
@Suite struct MisspellingTests {
  @Test(
    "what is no command is answered with the one that is meant",
    arguments: [
      (["chek", "spec.yaml"], "there is no command `chek`; did you mean `check`?"),
      (["fit", "spec.yaml"], "there is no command `fit`; did you mean `train`?"),
      (["spec.yaml"], "a command comes before the spec: `nnc check spec.yaml`"),
      (["help", "trian"], "there is no command `trian`; did you mean `train`?"),
      (["xyz"], "there is no command `xyz`\n"),
      (["train", "spec.yaml", "--resume"], "--resume'\nhelp: A run that was ended goes on when the same command"),
      (["train", "spec.yaml", "--lr", "1"], "--lr'\nhelp: Any value of the spec can be set: --set train.optimizer"),
      (["train", "spec.yaml", "--batch_size=1"], "--batch_size'\nhelp: Any value of the spec can be set"),
      (["train", "spec.yaml", "--step", "1"], "error: unknown option '--step'. Did you mean '--steps'?"),
      (["explain", "conv"], "there is no diagnostic `conv`; `nnc layers conv` is about what"),
      (["layers", "trian"], "there is no kind `trian`; did you mean `train`?"),
      (["report", "photo"], "there is no folder photo\nhelp: did you mean `photos`?"),
      (["report", "photos"], "photos holds no run: it has no metrics.jsonl\nhelp: name a run's folder"),
      (["train", "spec.yaml", "--steps", "-3"], "--steps takes 1 or more"),
      (["train", "spec.yaml", "--log-every", "-1"], "--log-every takes 1 or more"),
      (["train", "spec.yaml", "--threads", "-1"], "--threads takes 1 to "),
      (["bench", "spec.yaml", "--seconds", "-1"], "--seconds takes 0 to 86400"),
      (["bench", "spec.yaml", "--seconds", "x"], "'--seconds <seconds>': it takes a number, such as 2.5"),
      (["train", "spec.yaml", "--epochs", "x"], "'--epochs <epochs>': it takes a whole number, such as 10"),
      (["train", "spec.yaml", "--epochs", "1.5"], "'--epochs <epochs>': it takes a whole number, such as 10"),
      (["graph", "spec.yaml", "--network", "x"], "spec.yaml has no network `x`; it has model"),
    ])
  func wrongUsage(arguments: [String], message: String) throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    let before = folder.files
    let result = try Command.nnc(arguments, in: folder)
    #expect(result.status == 2 && result.output.isEmpty, "\(result)")
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(folder.files == before)
  }

  @Test("a file that is no spec is called what it is, and one that is missing is looked for beside its path")
  func wrongFile() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    let picture = try Command.nnc("check", "photos/p1.png", in: folder)
    #expect(
      picture.errors + picture.output == """
        error[NNC0006]: the file is a PNG picture, not a spec
         --> photos/p1.png
        help: name a spec, which is a text in YAML

        photos/p1.png: 1 error

        """)
    for (path, help) in [("spec.yml", "did you mean `spec.yaml`?"), ("no/spec.yaml", "there is no folder `no`")] {
      let missing = try Command.nnc("train", path, in: folder)
      #expect(missing.status == 1 && missing.errors.contains("\nhelp: \(help)\n"), "\(missing)")
    }
    let new = try Command.nnc("check", "quite-another.yaml", in: folder)
    #expect(new.output.contains("\nhelp: `nnc new NAME` writes a spec to start from\n"), "\(new)")
  }

  @Test("results do not replace what they are computed from")
  func sameFile() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    #expect(try Command.nnc("train", "spec.yaml", "--quiet", in: folder).status == 0)
    let weights = "runs/tiny/weights.safetensors"
    let before = try folder.data("photos/p1.png")
    for (input, output, message) in [
      ("photos/p1.png", "photos/../photos/p1.png", "is the input"), ("photos", "photos", "is the input"),
      ("photos/p1.png", weights, "is the file of weights"), ("photos", "o.png", "go to a folder"),
    ] {
      let result = try Command.nnc(
        "run", "spec.yaml", "--weights", weights, "--input", input, "--output", output, in: folder)
      #expect(result.status == 2 && result.errors.contains(message), "\(result)")
    }
    #expect(try folder.data("photos/p1.png") == before && !folder.exists("o.png"))
  }

  @Test("an array in the other layout, or without the number of samples, is told how to be read")
  func arrays() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    #expect(try Command.nnc("train", "spec.yaml", "--quiet", in: folder).status == 0)
    for (shape, help) in [
      ([1, 3, 16, 16], "its channels come first: read it so with `--npy-layout nchw`"),
      ([16, 16, 3], "save it as an array of one sample: `numpy.save(path, array[None])`"),
      ([1, 8, 8, 3], "save the samples in this shape, with their number before it"),
    ] {
      try folder.writeArray("x.npy", shape: shape)
      let result = try Command.nnc(
        "run", "spec.yaml", "--weights", "runs/tiny/weights.safetensors", "--input", "x.npy", "--output", "o.npy",
        in: folder)
      #expect(result.status == 1 && result.errors.hasSuffix("\nhelp: \(help)\n"), "\(result)")
    }
  }

  @Test("the keys of a section, and a key by its name, are shown with their bounds")
  func keys() throws {
    let folder = Folder()
    defer { folder.remove() }
    let train = try Command.nnc("layers", "train", in: folder)
    #expect(train.output.contains(#/accumulate +an integer from 1 to 65,536 +1 /#), "\(train)")
    let data = try Command.nnc("layers", "samples_per_epoch", in: folder)
    #expect(data.output.contains(#/data +an integer from 1 to 16,777,216 /#), "\(data)")
    let schema = try Command.nnc("schema", in: folder)
    #expect(!schema.output.contains("count("), "a default as a spec writes it")
    #expect(schema.output.contains(#""default": "1 epoch""#))
  }
}

extension Folder {
  fileprivate func writeArray(_ name: String, shape: [Int]) throws {
    let values = [Float](repeating: 0.5, count: shape.reduce(1, *))
    try NPY.write(values, shape: shape, to: path(name))
  }
}
