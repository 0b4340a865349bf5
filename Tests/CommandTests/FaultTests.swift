import Foundation
import Testing

/// What goes wrong outside of a spec's text: an error that names the path, the right exit code, nothing half-written.
@Suite struct FaultTests {
  @Test("a truncated picture ends training with its path and exit code 1, and leaves no weights")
  func truncatedPicture() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    let whole = try folder.data("photos/p1.png")
    try whole.prefix(whole.count / 2).write(to: folder.url.appendingPathComponent("photos/p1.png"))
    let result = try Command.nnc("train", "spec.yaml", in: folder)
    #expect(result.status == 1)
    let told = """
      error: cannot read photos/p1.png: the file is truncated
      help: copy or download the file again
      help: or leave out what is broken, with `broken: skip` in `photos`

      """
    #expect(result.errors.hasSuffix(told), "\(result.errors)")
    #expect(!folder.exists("runs"), "what a run leaves that never made a step")
    #expect(!folder.files.contains { $0.hasSuffix(".tmp") })
    try whole.write(to: folder.url.appendingPathComponent("photos/p1.png"))
    #expect(try Command.nnc("train", "spec.yaml", "--quiet", in: folder).status == 0, "the repaired data trains")
    try whole.prefix(whole.count / 2).write(to: folder.url.appendingPathComponent("photos/p1.png"))
    let run = try Command.nnc(
      "run", "spec.yaml", "--weights", "w", "--input", "photos/p1.png", "--output", "o.png", in: folder)
    #expect(run.status == 1)
    #expect(!folder.exists("o.png"))
  }

  @Test(
    "a run that never made a step leaves nothing that was not there before, whatever ended it",
    arguments: [
      (["--transfer", "none"], 1), (["--transfer", "w"], 1), (["--transfer", "other", "--strict"], 1), ([], 1),
      (["--fresh"], 1),
    ])
  func nothingIsLeft(arguments: [String], status: Int) throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    try folder.write("12345", to: "w")
    let other = Folder.tinySpec.replacingOccurrences(of: "name: tiny", with: "name: other")
      .replacingOccurrences(of: "filters: 4", with: "filters: 5")
    try folder.write(other, to: "other.yaml")
    #expect(try Command.nnc("train", "other.yaml", "--run", "done", "--quiet", in: folder).status == 0)
    try FileManager.default.moveItem(atPath: folder.path("done/weights.safetensors"), toPath: folder.path("other"))
    if !arguments.contains("--transfer") {
      try folder.data("photos/p1.png").prefix(60).write(to: folder.url.appendingPathComponent("photos/p1.png"))
    }
    try folder.makeFolder("mine")
    let before = folder.files
    for place in [[], ["--run", "a/b/c"], ["--run", "mine"], ["--run", "mine/d"], ["--run", "spec.yaml/x"]] {
      let result = try Command.nnc(["train", "spec.yaml"] + arguments + place, in: folder)
      #expect(Int(result.status) == status, "\(place): \(result)")
      #expect(folder.files == before, "\(place): \(result.errors)")
      #expect(!folder.exists("runs") && !folder.exists("a") && folder.exists("mine") && !folder.exists("mine/d"))
    }
  }

  @Test("a run folder without a name is refused, not waited for")
  func namelessFolder() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    let result = try Command.shell("timeout -s KILL 30 $NNC train spec.yaml --run '' --quiet", in: folder)
    #expect(result.status == 1 && result.errors.contains("cannot write \"\": a folder has a name"), "\(result)")
  }

  @Test("a folder of pictures of which none can be run leaves no folder of results")
  func nothingIsRun() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    #expect(try Command.nnc("train", "spec.yaml", "--quiet", in: folder).status == 0)
    try folder.makeFolder("pictures")
    try folder.write("text", to: "pictures/a.png")
    let result = try Command.nnc(
      "run", "spec.yaml", "--weights", "runs/tiny/weights.safetensors", "--input", "pictures", "--output", "out/deep",
      in: folder)
    #expect(result.status == 1 && !folder.exists("out"), "\(result)")
    #expect(result.errors.hasSuffix("help: put a PNG or JPEG picture in its place, or remove it\n"), "\(result.errors)")
  }

  @Test(
    "data that is not there or no pictures is an error of the spec",
    arguments: [
      ("images: nowhere", "nowhere", "there is no such file or folder"), ("images: empty", "empty", "is empty"),
      ("images: texts", "texts", "no PNG or JPEG picture, but 2 files (.md 1, .txt 1)"),
      ("images: 'photos/*.jpg'", "photos/*.jpg", "no file matches"), ("images: list.txt", "list.txt", "line 2"),
      ("images: secret.png", "secret.png", "is a folder"),
    ])
  func unusableData(origin: String, path: String, reason: String) throws {
    let text = Folder.tinySpec.replacingOccurrences(of: "images: photos, shape", with: "\(origin), shape")
    let folder = try Folder.withTinySpec(text)
    defer { folder.remove() }
    for name in ["empty", "texts", "secret.png"] { try folder.makeFolder(name) }
    try folder.makeFolder("secret.png/x.png")
    for name in ["a.txt", "b.md"] { try folder.write("text", to: "texts/\(name)") }
    try folder.write("photos/p0.png\nphotos/none.png\n", to: "list.txt")
    for command in [["check"], ["train"], ["plan"]] {
      let result = try Command.shell("$NNC \(command[0]) spec.yaml", in: folder)
      #expect(result.status == 1, "\(command)")
      let answer = result.output + result.errors
      #expect(answer.contains(path) && answer.contains("spec.yaml:4:"), "\(answer)")
      if origin != "images: secret.png" { #expect(answer.contains(reason), "\(answer)") }
    }
    #expect(!folder.exists("runs"))
  }

  @Test(
    "a file of the command line that cannot be read says why, and what helps",
    arguments: [
      ("w", "cannot read w: the file is truncated", "copy or download the file again"),
      ("t", "cannot read t: it is a text file, not a .safetensors file", "name the weights"),
      ("spec.yaml", "cannot read spec.yaml: it is a text file, not a .safetensors file", "name the weights"),
      ("photos", "cannot read photos: it is a folder", "name a file inside it"),
      ("photos/q1.png", "cannot read photos/q1.png: there is no such file", "did you mean `photos/p1.png`?"),
      ("foto/p1", "cannot read foto/p1: there is no such file or folder", "there is no folder `foto`"),
      ("nothing", "cannot read nothing: there is no such file or folder", "paths are relative to the folder"),
    ])
  func unreadableWeights(weights: String, reason: String, help: String) throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    // The first bytes of a header's length.
    try folder.write("\u{58}\u{1}\0", to: "w")
    try folder.write("12345", to: "t")
    for command in [["run", "--input", "photos/p0.png", "--output", "o.png"], ["eval"]] {
      let result = try Command.nnc([command[0], "spec.yaml", "--weights", weights] + command.dropFirst(), in: folder)
      #expect(result.status == 1)
      #expect(result.errors.contains("error: \(reason)"), "\(result.errors)")
      #expect(result.errors.contains("\nhelp: \(help)"), "\(result.errors)")
    }
  }

  @Test("a folder that is called like a picture is no picture")
  func folderNamedAsPicture() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    try folder.makeFolder("photos/x.png")
    let check = try Command.nnc("check", "spec.yaml", in: folder)
    #expect(check.status == 0)
    let run = try Command.nnc("run", "spec.yaml", "--input", "nowhere.png", "--output", "o.png", in: folder)
    #expect(run.status != 0)
    #expect(!folder.exists("o.png"))
  }

  @Test("a file that may not be read is an error of the machine", .enabled(if: getuid() != 0, "root reads everything"))
  func unreadableFile() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: folder.path("photos/p2.png"))
    let result = try Command.nnc("train", "spec.yaml", in: folder)
    #expect(result.status == 3)
    #expect(result.errors.contains("photos/p2.png: permission denied"))
  }

  @Test("a spec or data that the machine does not let be read is an error of the machine")
  func failingReads() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    #if os(Linux)
      // Reading the first page of one's own memory is an input/output error, even for root.
      let result = try Command.nnc("check", "spec.yaml", "/proc/self/mem", in: folder)
      #expect(result.status == 3, "\(result)")
      #expect(result.output.contains("cannot read `/proc/self/mem`: input/output error"), "\(result)")
      #expect(try Command.nnc("train", "/proc/self/mem", in: folder).status == 3)
    #endif
    guard getuid() != 0 else { return }
    for path in ["photos", "spec.yaml"] {
      try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: folder.path(path))
      let result = try Command.nnc("check", "spec.yaml", in: folder)
      #expect(result.status == 3 && result.output.contains("permission denied"), "\(result)")
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path(path))
    }
  }

  @Test("weights of another network are refused with what differs")
  func foreignWeights() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    #expect(try Command.nnc("train", "spec.yaml", "--steps", "1", "--quiet", in: folder).status == 0)
    let weights = "runs/tiny/weights.safetensors"
    try folder.write(Folder.tinySpec.replacingOccurrences(of: "filters: 8", with: "filters: 9"), to: "wide.yaml")
    try folder.write(Folder.tinySpec.replacingOccurrences(of: "network:", with: "networks:\n other:"), to: "other.yaml")
    for (spec, reason) in [("wide.yaml", "model.conv_1.weight [8, 3, 3, 3]"), ("other.yaml", "other.conv_1")] {
      for command in ["eval \(spec)", "run \(spec) --input photos/p0.png --output o.png"] {
        let result = try Command.shell("$NNC \(command) --weights \(weights)", in: folder)
        #expect(result.status == 1, "\(result.errors)")
        #expect(result.errors.contains(weights), "\(result.errors)")
        #expect(result.errors.contains(reason) || spec == "wide.yaml", "\(result.errors)")
      }
    }
    #expect(!folder.exists("o.png"))
    for (path, status) in [("none.safetensors", Int32(1)), ("spec.yaml", 1), ("photos", 1)] {
      let result = try Command.nnc("eval", "spec.yaml", "--weights", path, in: folder)
      #expect(result.status == status && result.errors.contains(path), "\(result.errors)")
    }
  }

  @Test("a full disk is an error of the machine and leaves nothing half-written")
  func fullDisk() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    #expect(try Command.nnc("train", "spec.yaml", "--steps", "1", "--quiet", in: folder).status == 0)
    try FileManager.default.createSymbolicLink(atPath: folder.path("full.png"), withDestinationPath: "/dev/full")
    for output in ["/dev/full", "full.png"] {
      let result = try Command.shell(
        "$NNC run spec.yaml --weights runs/tiny/weights.safetensors --input photos/p0.png --output \(output)",
        in: folder)
      #expect(result.status == 3)
      #expect(result.errors.contains("cannot write \(output): no space is left on the device"), "\(result.errors)")
    }
    for line in ["check spec.yaml", "plan spec.yaml", "knobs", "--help"] {
      let result = try Command.shell("$NNC \(line) > /dev/full", in: folder)
      #expect(result.status == 3, "\(line)")
      #expect(result.errors.contains("cannot write standard output: no space is left"), "\(result.errors)")
    }
  }

  @Test("a disk that fills up while training is an error of the machine, and no weights are left")
  func diskFillsUp() throws {
    let wide = Folder.tinySpec.replacingOccurrences(of: "filters: 8", with: "filters: 256")
    let folder = try Folder.withTinySpec(wide)
    defer { folder.remove() }
    // Of 1 kB a file, the log fits and what comes after it does not. Without the signal, writing fails with EFBIG.
    let result = try Command.shell("trap '' XFSZ; ulimit -f 1; exec $NNC train spec.yaml --steps 1", in: folder)
    #expect(result.status == 3, "\(result.errors)")
    #expect(result.errors.contains("cannot write runs/tiny/"), "\(result.errors)")
    #expect(result.errors.contains(": file too large"), "\(result.errors)")
    #expect(!folder.exists("runs/tiny/weights.safetensors"))
    #expect(!folder.files.contains { $0.hasSuffix(".tmp") }, "\(folder.files)")
  }

  @Test("a run folder that cannot be made is named")
  func unusableRunFolder() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    for (path, status) in [("spec.yaml/run", Int32(3)), ("/proc/run", 3)] {
      let result = try Command.nnc("train", "spec.yaml", "--run", path, in: folder)
      #expect([1, status].contains(result.status), "\(result.errors)")
      #expect(result.errors.contains("cannot write"), "\(result.errors)")
    }
  }
}
