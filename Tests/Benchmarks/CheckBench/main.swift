import HostileSpecs
import NNText

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

// The speed of `nnc check` as a whole process, and what hostile specs cost it. Arguments: the command, and the folder
// of the project's specs; a third one picks hostile specs by a part of their name.
//
// Hostile files are written by a process of their own, so that this one stays small: see `Child.Result.megabytes`.

let arguments = CommandLine.arguments
if arguments.count == 4, arguments[1] == "--write", let index = Int(arguments[2]) {
  HostileSpec.all[index].write(into: arguments[3])
  exit(0)
}
guard arguments.count >= 3, let itself = absolute(arguments[0]), let command = absolute(arguments[1]),
  let specs = absolute(arguments[2])
else {
  print("usage: check-bench NNC SPECS [PART OF A HOSTILE SPEC'S NAME]")
  exit(2)
}
let wanted = arguments.count > 3 ? arguments[3] : ""
let folder = makeFolder()
if wanted.isEmpty {
  typical()
  deep()
}
hostile()
remove(folder)

/// Shipped specs one by one, then 200 in one process.
func typical() {
  var rows: [[String]] = []
  for name in ["quickstart", "fakeapp", "unet", "classifier"] {
    let result = Child.median(of: 21, command, ["check", "\(name).yaml"], in: specs)
    rows.append([
      "\(name).yaml", decimal(result.milliseconds, 1), decimal(result.processorMilliseconds, 1),
      decimal(result.megabytes, 1), "\(result.status)",
    ])
  }
  for index in 0..<200 {
    let name = ["quickstart", "fakeapp", "unet", "classifier"][index % 4]
    link("\(specs)/\(name).yaml", "\(folder)/\(name)-\(index).yaml")
  }
  symlink("\(specs)/data", "\(folder)/data")
  let result = Child.median(of: 5, command, ["check", "."], in: folder)
  rows.append([
    "200 specs", decimal(result.milliseconds, 1), decimal(result.processorMilliseconds, 1),
    decimal(result.megabytes, 1), "\(result.status)",
  ])
  remove(folder)
  show("typical", rows)
}

/// Specs of thousands of layers, up to the most that there may be: the time grows with them.
func deep() {
  var rows: [[String]] = []
  for trains in [false, true] {
    for count in [2_500, 5_000, 10_000] {
      let data = trains ? "data: {shapes: {synthetic: shapes, shape: [8, 8, 3]}}\nnetwork:\n" : ""
      let layers = String(repeating: "  - conv: {filters: 3, activation: relu}\n", count: count)
      let rest = "loss: mse\ntrain: {epochs: 1, batch_size: 4, optimizer: adam}\n"
      let text = trains ? data + layers + rest : "network:\n  input: [8, 8, 3]\n  layers:\n" + layers
      mkdir(folder, 0o755)
      guard let file = fopen("\(folder)/deep.yaml", "w") else { return }
      fputs("nnc: 1\n" + text, file)
      fclose(file)
      let result = Child.median(of: 5, command, ["check", "deep.yaml"], in: folder)
      rows.append([
        "\(count) layers\(trains ? ", with training" : "")", decimal(result.milliseconds, 1),
        decimal(result.processorMilliseconds, 1), decimal(result.megabytes, 1), "\(result.status)",
      ])
      remove(folder)
    }
  }
  show("deep", rows)
}

/// Each hostile spec, the slowest first.
func hostile() {
  var results: [(HostileSpec, Child.Result)] = []
  for (index, spec) in HostileSpec.all.enumerated() where wanted.isEmpty || spec.name.contains(wanted) {
    mkdir(folder, 0o755)
    _ = Child.run(itself, ["--write", "\(index)", folder], in: folder)
    let runs = (0..<3).map { _ in Child.run(command, ["check", spec.path], in: folder) }
    results.append((spec, runs.sorted { $0.milliseconds < $1.milliseconds }[1]))
    remove(folder)
  }
  let rows = results.sorted { $0.1.milliseconds > $1.1.milliseconds }.map { spec, result in
    let status = result.status == spec.status ? "\(result.status)" : "\(result.status), not \(spec.status)"
    return [
      spec.name, decimal(result.milliseconds, 1), decimal(result.processorMilliseconds, 1),
      decimal(result.megabytes, 1), status,
    ]
  }
  show("hostile", rows)
}

func show(_ title: String, _ rows: [[String]]) {
  for line in table([title, "ms", "processor ms", "MiB", "exit"], rows, rightAligned: [1, 2, 3]) { print(line) }
  print()
}

func makeFolder() -> String {
  var template = Array("/tmp/nnc-check-bench-XXXXXX".utf8CString)
  return mkdtemp(&template).map { String(cString: $0) } ?? "."
}

func absolute(_ path: String) -> String? {
  guard let resolved = realpath(path, nil) else { return nil }
  defer { free(resolved) }
  return String(cString: resolved)
}

func remove(_ folder: String) { _ = Child.run("/bin/rm", ["-rf", folder], in: "/") }
