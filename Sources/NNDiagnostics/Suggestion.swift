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

  /// The candidate closest to a word, and how sure that is.
  public static func match(
    _ word: String, among candidates: [String], foreign: [String: [String]] = foreignSpellings
  ) -> Match? {
    guard !word.isEmpty, word.count <= 100 else { return nil }
    for stem in stems(of: word) where !stem.isEmpty {
      if let same = candidates.first(where: { normalized($0) == stem }) { return Match(name: same, isSure: true) }
      if let known = foreign[String(stem)]?.first(where: candidates.contains) {
        return Match(name: known, isSure: true)
      }
    }
    let wanted = normalized(word)
    return nearest(to: wanted, among: candidates)
      ?? completion(of: wanted, among: candidates).map { Match(name: $0, isSure: false) }
  }

  /// A word without separators; then without the module before its last point, and without what frameworks append:
  /// `nn.SmoothL1Loss` is `smoothl1`.
  private static func stems(of word: String) -> [[Character]] {
    var stems = [normalized(word)]
    if let last = word.split(separator: ".").last, last.count < word.count { stems.append(normalized(String(last))) }
    for suffix in ["loss", "layer", "2d"] {
      guard let stem = stems.last, stem.count > suffix.count + 1, String(stem).hasSuffix(suffix) else { continue }
      stems.append(stem.dropLast(suffix.count))
    }
    return stems
  }

  /// The Damerau–Levenshtein distance with adjacent transpositions (optimal string alignment): how many insertions,
  /// deletions, substitutions and swaps of neighbours turn one word into the other.
  public static func distance(_ left: [Character], _ right: [Character]) -> Int {
    if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for i in 1...left.count {
      var row = [i] + Array(repeating: 0, count: right.count)
      for j in 1...right.count {
        let substitution = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1)
        row[j] = min(last[j] + 1, row[j - 1] + 1, substitution)
        if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
          row[j] = min(row[j], beforeLast[j - 2] + 1)
        }
      }
      beforeLast = last
      last = row
    }
    return last[right.count]
  }

  private static func nearest(to wanted: [Character], among candidates: [String]) -> Match? {
    var best: (name: String, cost: Int)?
    var distances: [Int] = []
    for candidate in candidates {
      let name = normalized(candidate)
      let distance = distance(wanted, name)
      guard distance <= max(1, min(wanted.count, name.count) / 3), distance < max(wanted.count, name.count) else {
        continue
      }
      distances.append(distance)
      let cost = distance * 4 + (name.first == wanted.first ? 0 : 1) + (name.count == wanted.count ? 0 : 1)
      if cost < best?.cost ?? Int.max { best = (candidate, cost) }
    }
    let isSure = distances.contains(1) && wanted.count > 3 && distances.count { $0 == 1 } == 1
    return best.map { Match(name: $0.name, isSure: isSure) }
  }

  private static func completion(of wanted: [Character], among candidates: [String]) -> String? {
    guard wanted.count >= 3 else { return nil }
    let matches = candidates.filter { normalized($0).starts(with: wanted) }
    return matches.count == 1 ? matches.first : nil
  }

  private static func normalized(_ word: String) -> [Character] {
    word.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " }.map { $0 }
  }
}
