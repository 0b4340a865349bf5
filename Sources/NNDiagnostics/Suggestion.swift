/// Finds what a person meant.
public enum Suggestion {
  /// The candidate closest to a word: the same but for case and separators, a foreign spelling of one, a few slips of
  /// the hand away, or the only one that begins with it.
  ///
  /// - Parameter foreign: what other frameworks write, in small letters without separators, to what is written here; of
  ///   several the first that is a candidate counts.
  public static func closest(
    to word: String, among candidates: [String], foreign: [String: [String]] = foreignSpellings
  ) -> String? {
    match(word, among: candidates, foreign: foreign)?.name
  }

  /// What a word seems to mean.
  public struct Match: Hashable, Sendable {
    /// The candidate.
    public let name: String
    /// Whether nothing else can be meant: another spelling of it, or one slip of the hand, and no second candidate as
    /// near.
    public let isSure: Bool
  }

  /// What a word means beyond doubt; nil where there is a doubt. Once the word is reported, checking goes on as if this
  /// stood there.
  public static func sure(_ word: String, among candidates: [String]) -> String? {
    match(word, among: candidates).flatMap { $0.isSure ? $0.name : nil }
  }

  /// The candidate closest to a word, and how sure that is.
  public static func match(
    _ word: String, among candidates: [String], foreign: [String: [String]] = foreignSpellings
  ) -> Match? {
    guard word.utf8.count <= 400, candidates.count <= candidateLimit else { return nil }
    let wanted = normalized(word)
    guard !wanted.isEmpty, wanted.count <= 100 else { return nil }
    if otherThings.contains(text(wanted)) {
      return nearMatch(word, wanted, candidates, foreign).map { Match(name: $0.name, isSure: false) }
    }
    return nearMatch(word, wanted, candidates, foreign)
  }

  /// What other frameworks have and this language has not, however near it is to a word of it.
  private static let otherThings: Set<String> = [
    "relu6", "prelu", "rrelu", "crelu", "selu", "celu", "hardswish", "hardsigmoid", "hardtanh", "mish",
    "nadam", "radam", "adamax", "adagrad", "adadelta", "lion", "gconv", "dconv", "conv1d", "conv3d", "sepconv",
    "dropout2d", "alphadropout", "charbonnier", "charbonnierloss", "rmse", "msssim", "colorjitter", "polynomial",
    "polynomiallr", "onecycle",
  ]

  private static func nearMatch(
    _ word: String, _ wanted: [Unicode.Scalar], _ candidates: [String], _ foreign: [String: [String]]
  ) -> Match? {
    let names = candidates.map(normalized)
    for stem in stems(of: word, wanted) where !stem.isEmpty {
      if let same = names.firstIndex(of: stem) { return Match(name: candidates[same], isSure: true) }
      if let known = foreign[text(stem)]?.first(where: candidates.contains) {
        return Match(name: known, isSure: true)
      }
    }
    if let (index, isSure) = nearest(to: wanted, among: names) { return Match(name: candidates[index], isSure: isSure) }
    return completion(of: wanted, among: names).map { Match(name: candidates[$0], isSure: false) }
  }

  /// A word without separators; then without the module before its last point, and without what frameworks append:
  /// `nn.SmoothL1Loss` is `smoothl1`.
  private static func stems(of word: String, _ wanted: [Unicode.Scalar]) -> [[Unicode.Scalar]] {
    var stems = [wanted]
    if let last = word.split(separator: ".").last, last.count < word.count { stems.append(normalized(String(last))) }
    for suffix in ["loss", "layer", "2d"] {
      guard let stem = stems.last, stem.count > suffix.count + 1, text(stem).hasSuffix(suffix) else { continue }
      stems.append(stem.dropLast(suffix.count))
    }
    return stems
  }

  /// Among more candidates nothing is looked for: what stands out of a few does not stand out of thousands.
  private static let candidateLimit = 1_000

  /// The Damerau–Levenshtein distance with adjacent transpositions (optimal string alignment): how many insertions,
  /// deletions, substitutions and swaps of neighbours turn one word into the other.
  public static func distance<Letter: Equatable>(_ left: [Letter], _ right: [Letter]) -> Int {
    if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
    var beforeLast = [Int](repeating: 0, count: right.count + 1)
    var last = Array(0...right.count)
    var row = beforeLast
    for i in 1...left.count {
      row[0] = i
      for j in 1...right.count {
        let substitution = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1)
        row[j] = min(last[j] + 1, row[j - 1] + 1, substitution)
        if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
          row[j] = min(row[j], beforeLast[j - 2] + 1)
        }
      }
      swap(&beforeLast, &last)
      swap(&last, &row)
    }
    return last[right.count]
  }

  /// The index of the name that is fewest slips away, where they are few enough.
  private static func nearest(
    to wanted: [Unicode.Scalar], among names: [[Unicode.Scalar]]
  ) -> (index: Int, isSure: Bool)? {
    var best: (index: Int, cost: Int)?
    var slips = 0
    for (index, name) in names.enumerated() {
      let limit = max(1, min(wanted.count, name.count) / 3)
      guard abs(wanted.count - name.count) <= limit else { continue }
      let distance = distance(wanted, name)
      guard distance <= limit, distance < max(wanted.count, name.count) else { continue }
      if distance == 1 { slips += 1 }
      let cost = distance * 4 + (name.first == wanted.first ? 0 : 1) + (name.count == wanted.count ? 0 : 1)
      if cost < best?.cost ?? Int.max { best = (index, cost) }
    }
    return best.map { ($0.index, slips == 1 && wanted.count > 3) }
  }

  /// The index of the only name that begins so.
  private static func completion(of wanted: [Unicode.Scalar], among names: [[Unicode.Scalar]]) -> Int? {
    guard wanted.count >= 3 else { return nil }
    let matches = names.indices.filter { names[$0].starts(with: wanted) }
    return matches.count == 1 ? matches.first : nil
  }

  private static func normalized(_ word: String) -> [Unicode.Scalar] {
    word.lowercased().unicodeScalars.filter { $0 != "_" && $0 != "-" && $0 != " " }
  }

  private static func text(_ scalars: [Unicode.Scalar]) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }
}
