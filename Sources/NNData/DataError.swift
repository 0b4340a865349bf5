import NNFormats

/// Why a data source cannot be opened or a sample cannot be read.
public struct DataError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The source's name in the spec.
  public let source: String
  /// The file or folder, where there is one.
  public let path: String?
  /// The whole message, with the path in it: lower case, without a final full stop.
  public let message: String
  /// Whose fault it is: exit code 1 or 3.
  public let fault: FileError.Fault
  /// What helps, a sentence each.
  public let help: [String]
  /// The part of the description that is at fault; nil where it is the files.
  public let part: Part?

  /// A part of a source's description, as a spec's keys name it.
  public enum Part: Equatable, Sendable {
    case shape
    /// `range`.
    case range
    /// `mean` or `std`.
    case standardization
    /// The change at this place of `augment`.
    case augment(Int)
    /// The loss of quality at this place of `degrade`.
    case degrade(Int)
    case validation
    case samplesPerEpoch
    case broken
  }

  /// A finding about the description or the data.
  public init(
    source: String, path: String? = nil, part: Part? = nil, _ message: String, fault: FileError.Fault = .data,
    help: [String] = []
  ) {
    self.source = source
    self.path = path
    self.part = part
    self.message = message
    self.fault = fault
    self.help = help
  }

  /// A file that cannot be read; `isOptional` where the source may also do without it.
  public init(source: String, _ error: FileError, isOptional: Bool = false) {
    let skips = isOptional && error.fault == .data
    self.init(
      source: source, path: error.path, error.description, fault: error.fault,
      help: error.help + (skips ? ["or leave out what is broken, with `broken: skip` in `\(source)`"] : []))
  }

  /// The message.
  public var description: String { message }
}
