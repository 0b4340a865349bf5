import NNDiagnostics

/// What is meant by arguments that make no command.
enum Misspelling {
  /// Why the first argument, or what is asked help about, is no command, and what may be meant; nil where it is one, or an
  /// option.
  static func message(arguments: [String], commands: [String]) -> String? {
    let named = arguments.first == "help" ? arguments.dropFirst() : arguments[...]
    guard let first = named.first, !first.hasPrefix("-"), !(commands + ["help"]).contains(first) else { return nil }
    if first.hasSuffix(".yaml") || first.hasSuffix(".yml") {
      return "error: a command comes before the spec: `nnc check \(first)`, `nnc train \(first)`\n\(list(commands))"
    }
    let meant =
      (foreignCommands[first] ?? Suggestion.closest(to: first, among: commands, foreign: [:]))
      .map { "; did you mean `\($0)`?" } ?? ""
    return "error: there is no command `\(first)`\(meant)\n\(list(commands))"
  }

  private static func list(_ commands: [String]) -> String {
    "commands: \(commands.joined(separator: ", ")); `nnc help COMMAND` tells of one."
  }

  /// The parser's message about arguments as all other errors of nnc look, with what helps where an option is one that
  /// other programs have.
  static func advised(_ message: String) -> String {
    var lines = message.split(separator: "\n", omittingEmptySubsequences: false).map(styled)
    let start = "error: unknown option '"
    if let line = lines.first, line.hasPrefix(start),
      case let option = line.dropFirst(start.count).prefix(while: { $0 != "'" }),
      let help = foreignOptions[option.drop { $0 == "-" }.lowercased().filter { $0 != "-" && $0 != "_" }]
    {
      lines[0] = "\(start)\(option)'"
      lines.insert("help: \(help)", at: 1)
    }
    return lines.joined(separator: "\n")
  }

  /// A line of the parser's, whose labels and sentences begin with capitals.
  private static func styled(_ line: Substring) -> String {
    for (label, ours) in [("Error: ", "error: "), ("Help:  ", "help: "), ("Usage: ", "usage: ")]
    where line.hasPrefix(label) {
      let rest = line.dropFirst(label.count)
      let isSentence = rest.dropFirst().first?.isLowercase == true
      return ours + (isSentence ? rest.prefix(1).lowercased() + rest.dropFirst() : String(rest))
    }
    return String(line)
  }

  private static let foreignCommands = [
    "fit": "train", "resume": "train", "continue": "train", "finetune": "train", "sweep": "train", "predict": "run",
    "infer": "run", "inference": "run", "test": "eval", "evaluate": "eval", "validate": "check", "lint": "check",
    "verify": "check", "benchmark": "bench", "profile": "bench", "init": "new", "create": "new", "draw": "graph",
    "plot": "graph", "compare": "diff", "summary": "check", "compile": "plan", "doc": "explain", "docs": "layers",
  ]

  /// By name, in small letters without separators.
  private static let foreignOptions: [String: String] = {
    let goesOn = "A run that was ended goes on when the same command is given again; --fresh begins anew."
    let threads = "nnc computes on the processor; --threads says on how many of its cores."
    let folder = "--run names the folder that a run is kept in."
    let rate = "Any value of the spec can be set: --set train.optimizer.adam.learning_rate=1e-3"
    let batch = "Any value of the spec can be set: --set train.batch_size=16"
    let weights = "--weights names the weights that run and eval go by, --transfer those that train begins with."
    return [
      "resume": goesOn, "continue": goesOn, "restart": goesOn, "lr": rate, "learningrate": rate, "rate": rate,
      "batchsize": batch, "bs": batch, "seed": "Any value of the spec can be set: --set train.seed=2",
      "gpu": threads, "gpus": threads, "device": threads, "cuda": threads, "cpu": threads, "workers": threads,
      "numworkers": threads, "jobs": threads, "j": threads, "outputdir": folder, "outdir": folder, "savedir": folder,
      "logdir": folder, "checkpoint": weights, "ckpt": weights, "model": weights, "pretrained": weights,
      "config": "The spec is given without an option: `nnc train spec.yaml`.",
      "maxepochs": "--epochs says how many.", "numepochs": "--epochs says how many.",
      "maxsteps": "--steps says how many.", "iterations": "--steps says how many.",
      "force": "--fresh replaces a run that is in the folder.",
      "overwrite": "--fresh replaces a run that is in the folder.",
    ]
  }()
}
