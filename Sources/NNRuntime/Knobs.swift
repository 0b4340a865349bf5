#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// An environment variable that changes how the program works. All there are stand in `Knob.all`.
public struct Knob: Hashable, Sendable {
  /// The variable, such as `NNC_THREADS`.
  public let name: String
  /// What it may be set to, for people.
  public let values: String
  /// What it does.
  public let meaning: String

  /// Which kernels run.
  public static let kernels = Knob(
    name: "NNC_KERNELS", values: "avx512, avx2, portable",
    meaning: "the instruction set of the kernels; the best that the processor has, unless set")
  /// How many threads compute.
  public static let threads = Knob(
    name: "NNC_THREADS", values: "1 … \(ThreadPool.maximumThreads)",
    meaning: "how many threads compute; as many as the process may use cores, unless set")
  /// Prints what each step computes.
  public static let debug = Knob(
    name: "NNC_DEBUG", values: "1", meaning: "prints minimum, maximum and mean of each step's results")
  /// Makes reads of dead memory show.
  public static let poison = Knob(
    name: "NNC_POISON", values: "1", meaning: "fills memory with NaN as soon as its contents are no longer needed")
  /// Rewrites golden files.
  public static let bless = Knob(
    name: "NNC_BLESS", values: "1", meaning: "lets the tests rewrite their golden files instead of comparing")

  /// Where what `nnc bench --tune` measured is kept.
  public static let cache = Knob(
    name: "NNC_CACHE", values: "a folder",
    meaning: "where `nnc bench --tune` keeps what it measured; $XDG_CACHE_HOME/nnc or ~/.cache/nnc, unless set")
  /// Ignores what was measured.
  public static let tuning = Knob(
    name: "NNC_TUNING", values: "off", meaning: "plans by the rules alone, whatever `nnc bench --tune` measured")

  /// Writes no colours.
  public static let noColor = Knob(
    name: "NO_COLOR", values: "1", meaning: "writes no colours; nor are there any where TERM is dumb")
  /// Writes colours that no terminal asks for.
  public static let forceColor = Knob(
    name: "CLICOLOR_FORCE", values: "1", meaning: "writes colours even where no terminal shows them")

  /// Every environment variable that is read.
  public static let all = [kernels, threads, debug, poison, bless, cache, tuning, noColor, forceColor]

  /// What the variable is set to; nil where it is not set or empty.
  public var value: String? {
    guard let text = getenv(name) else { return nil }
    let value = String(cString: text)
    return value.isEmpty ? nil : value
  }

  /// Whether a variable that only switches is on: set to anything but `0`.
  public var isOn: Bool { value.map { $0 != "0" } ?? false }
}

/// An environment variable is set to something that it may not be.
public struct KnobFailure: Error, Hashable, CustomStringConvertible {
  /// The variable.
  public let knob: Knob
  /// What it is set to.
  public let value: String
  /// What it may be set to here.
  public let allowed: [String]
  /// Why not to this.
  public let reason: String

  public var description: String {
    "\(knob.name)=\(value): \(reason); possible here: \(allowed.joined(separator: ", "))"
  }
}
