import NNFormats
import NNSpec
import NNText

/// The points of a sweep: every combination of the values that `--set` gives, the last path changing fastest.
public struct SweepGrid: Sendable {
  /// A path that has several values.
  public struct Axis: Sendable {
    /// The path's end, as long as it takes to tell it from the others.
    public var label: String
    /// The path.
    public var path: String
    /// Its values, as they were written.
    public var values: [String]
    /// The same as parts of a file's name, each different.
    var names: [String]
  }

  /// One combination.
  public struct Point: Sendable {
    /// What it is called, and its run folder within the sweep's: `learning_rate=1e-3,width=32`.
    public var name: String
    /// The value on each axis, as it was written.
    public var values: [String]
    /// All that `--set` says, for this point.
    public var overrides: [Override]
  }

  /// The paths that have several values.
  public let axes: [Axis]
  /// All points.
  public let points: [Point]
  /// The most points that a sweep may have.
  public static let limit = 1_000

  /// The product of all values.
  public init(_ options: [SetOption]) throws(CommandFailure) {
    try SweepGrid.checkPaths(options)
    let swept = options.filter(\.isSwept)
    axes = swept.map { option in
      Axis(
        label: SweepGrid.label(of: option.path, among: swept.map(\.path)), path: option.path, values: option.values,
        names: SweepGrid.fileNames(option.values))
    }
    try SweepGrid.checkCount(axes)
    var choices: [[Int]] = [[]]
    for axis in axes { choices = choices.flatMap { choice in axis.values.indices.map { choice + [$0] } } }
    points = choices.map { [axes] choice in SweepGrid.point(options, axes, choice) }
  }

  private static func point(_ options: [SetOption], _ axes: [Axis], _ choice: [Int]) -> Point {
    var places = choice[...]
    let overrides = options.map { option in
      Override(path: option.path, value: option.values[option.isSwept ? places.removeFirst() : 0])
    }
    let parts = zip(axes, choice).map { "\(fileName($0.label))=\($0.names[$1])" }
    return Point(
      name: shortened(parts.joined(separator: ",")), values: zip(axes, choice).map { $0.values[$1] },
      overrides: overrides)
  }

  private static func checkPaths(_ options: [SetOption]) throws(CommandFailure) {
    for (index, option) in options.enumerated() {
      if let other = options[..<index].first(where: { $0.path == option.path }), option.isSwept || other.isSwept {
        throw .usage("--set \(option.path) stands twice: name all its values in one, with commas between")
      }
      for (place, value) in option.values.enumerated() where option.values[..<place].contains(value) {
        throw .usage("--set \(option.path) names `\(value)` twice")
      }
    }
  }

  private static func checkCount(_ axes: [Axis]) throws(CommandFailure) {
    var (count, overflows) = (1, false)
    for axis in axes where !overflows { (count, overflows) = count.multipliedReportingOverflow(by: axis.values.count) }
    guard overflows || count > limit else { return }
    let product = axes.map { "\($0.values.count)" }.joined(separator: " × ")
    let total = overflows ? "" : " = \(grouped(count))"
    throw .usage("--set gives \(product)\(total) points, and a sweep has \(grouped(limit)) at most")
  }

  // MARK: Names

  /// The shortest end of a path that no other path has.
  private static func label(of path: String, among paths: [String]) -> String {
    let parts = path.split(separator: ".")
    for count in 1..<max(parts.count, 1) {
      let end = parts.suffix(count)
      if !paths.contains(where: { $0 != path && $0.split(separator: ".").suffix(count) == end }) {
        return end.joined(separator: ".")
      }
    }
    return path
  }

  /// Values as parts of file names; those that would be the same to some file system get marks.
  private static func fileNames(_ values: [String]) -> [String] {
    let names = values.map(fileName)
    return names.indices.map { index in
      let isAlone = !names.indices.contains { $0 != index && names[$0].lowercased() == names[index].lowercased() }
      return isAlone ? names[index] : "\(names[index])-\(mark(values[index]))"
    }
  }

  /// What is safe in a file's name on every system: letters, digits and a few signs of ASCII.
  private static func fileName(_ text: String) -> String {
    var words: [String] = []
    var isInWord = false
    for character in text {
      let isKept = character.isASCII && (character.isLetter || character.isNumber || "._-+".contains(character))
      if isKept, isInWord { words[words.count - 1].append(character) } else if isKept { words.append("\(character)") }
      isInWord = isKept
    }
    let name = words.joined(separator: "-")
    return name.isEmpty ? mark(text) : name.count > 48 ? "\(name.prefix(40))-\(mark(text))" : name
  }

  private static func shortened(_ name: String) -> String {
    name.utf8.count > 200 ? "\(name.prefix(190))-\(mark(name))" : name
  }

  /// Eight digits that tell a text from others.
  private static func mark(_ text: String) -> String { String(Checksum.sha256(of: text).prefix(8)) }
}
