import NNData
import NNFormats
import NNRuntime

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Why training, evaluating or running stopped.
public enum TrainingFailure: Error, CustomStringConvertible {
  /// A loss or a weight is no longer a number; nothing was written over earlier files.
  case diverged(Divergence)
  /// A signal ended training; what was made is saved.
  case interrupted(signal: Int32, step: Int, checkpoint: String)
  /// A file could not be written while training; the checkpoint after so many steps is whole, if there is one.
  case unwritten(FileError, checkpoint: Int?)
  /// A plan reads a field that the data source does not have.
  case unknownField(port: String, source: String)
  /// There is no sample to train on or to evaluate.
  case noSamples(source: String, what: String)
  /// The run folder holds a run already.
  case runFolderInUse(path: String, found: [String])
  /// Another process trains into the run folder.
  case runFolderLocked(path: String)
  /// Values that `Runner` was given do not make whole samples.
  case sampleSize(values: Int, perSample: Int)
  /// A weights file does not fit the spec.
  case weights(WeightsMismatch)
  /// Another spec's weights do not fit as they are.
  case transfer(path: String, WeightsTransfer)
  /// A sample could not be read.
  case data(DataError)
  /// A file could not be read or written.
  case file(FileError)
  /// The system refused memory.
  case memory(MemoryFailure)

  /// Whether what was logged until then is worth looking at, and the disk may take it.
  public var leavesReport: Bool {
    switch self {
    case .diverged, .interrupted: true
    default: false
    }
  }

  /// Whether a signal ended training, which is no fault.
  public var isInterruption: Bool { if case .interrupted = self { true } else { false } }

  /// One sentence, lower case, without a final full stop.
  public var description: String {
    switch self {
    case .diverged(let divergence): divergence.description
    case .interrupted(let signal, let step, let checkpoint):
      """
      stopped by \(signal == SIGINT ? "SIGINT" : "SIGTERM") after step \(step): the same command goes on from \(checkpoint)
      """
    case .unwritten(let error, let checkpoint):
      "\(error)"
        + (checkpoint.map {
          """
          ; the checkpoint of step \($0) is whole, and the same command goes on from there
          """
        } ?? "")
    case .unknownField(let port, let source): "the network reads `\(port)`, which the data source `\(source)` lacks"
    case .noSamples(let source, let what): "the data source `\(source)` has no \(what)"
    case .runFolderInUse(let path, let found):
      """
      \(path) holds a run already (\(found.joined(separator: ", "))): choose another with --run, \
      or replace it with --fresh
      """
    case .runFolderLocked(let path):
      "another process trains into \(path) at the moment: choose another folder with --run"
    case .sampleSize(let values, let perSample): "\(values) values do not make samples of \(perSample)"
    case .weights(let mismatch): mismatch.description
    case .transfer(let path, let transfer):
      (["not all tensors of \(path) and the spec are the same:"] + transfer.lines.map { "  \($0)" }).joined(
        separator: "\n")
    case .data(let error): error.description
    case .file(let error): error.description
    case .memory(let error): error.description
    }
  }

  /// What helps, a sentence each.
  public var help: [String] {
    switch self {
    case .unwritten(let error, _), .file(let error): error.help
    case .data(let error): error.help
    case .weights(let mismatch):
      [
        "name weights that were trained by this spec, or train with what fits of them: "
          + "`nnc train SPEC --transfer \(mismatch.path)`"
      ]
    default: []
    }
  }

  /// The file or folder that could not be read; nil where it is not for that.
  public var unread: String? {
    switch self {
    case .file(let error): error.action == .write ? nil : error.path
    case .data(let error): error.path
    default: nil
    }
  }

  /// 1 where the spec or the data are at fault, 2 for wrong usage, 3 where the machine or the numbers failed.
  public var exitCode: Int32 {
    switch self {
    case .diverged, .memory: 3
    case .interrupted(let signal, _, _): 128 + signal
    case .unwritten(let error, _): error.fault == .machine ? 3 : 1
    case .unknownField, .noSamples, .sampleSize, .weights, .transfer: 1
    case .runFolderInUse, .runFolderLocked: 2
    case .data(let error): error.fault == .machine ? 3 : 1
    case .file(let error): error.fault == .machine ? 3 : 1
    }
  }
}

/// Runs `body` and turns what lower rooms throw into a `TrainingFailure`. Other errors (a plan closure's own) pass.
func translating<Result>(_ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as DataError {
    throw TrainingFailure.data(error)
  } catch let error as FileError {
    throw TrainingFailure.file(error)
  } catch let error as MemoryFailure {
    throw TrainingFailure.memory(error)
  }
}
