import NNData
import NNFormats
import NNRuntime

/// Why training, evaluating or running stopped.
public enum TrainingFailure: Error, CustomStringConvertible {
  /// A loss is no longer a number; nothing was written over earlier files.
  case nonFiniteLoss(step: Int, loss: String, value: Float)
  /// A plan reads a field that the data source does not have.
  case unknownField(port: String, source: String)
  /// There is no sample to train on or to evaluate.
  case noSamples(source: String, what: String)
  /// The run folder holds a run already.
  case runFolderInUse(path: String, found: [String])
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

  /// One sentence, lower case, without a final full stop.
  public var description: String {
    switch self {
    case .nonFiniteLoss(let step, let loss, let value):
      "the loss `\(loss)` is \(value) at step \(step): training has diverged (a smaller learning rate often helps)"
    case .unknownField(let port, let source): "the network reads `\(port)`, which the data source `\(source)` lacks"
    case .noSamples(let source, let what): "the data source `\(source)` has no \(what)"
    case .runFolderInUse(let path, let found):
      """
      \(path) holds a run already (\(found.joined(separator: ", "))): choose another with --run, \
      or replace it with --fresh
      """
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

  /// 1 where the spec or the data are at fault, 2 for wrong usage, 3 where the machine or the numbers failed.
  public var exitCode: Int32 {
    switch self {
    case .nonFiniteLoss, .memory: 3
    case .unknownField, .noSamples, .sampleSize, .weights, .transfer: 1
    case .runFolderInUse: 2
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
