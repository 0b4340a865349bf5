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
    let wanted = normalized(word)
    guard !wanted.isEmpty, wanted.count <= 100 else { return nil }
    if let same = candidates.first(where: { normalized($0) == wanted }) { return same }
    if let known = foreign[String(wanted)]?.first(where: candidates.contains) { return known }
    return nearest(to: wanted, among: candidates) ?? completion(of: wanted, among: candidates)
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

  private static func nearest(to wanted: [Character], among candidates: [String]) -> String? {
    var best: (name: String, cost: Int)?
    for candidate in candidates {
      let name = normalized(candidate)
      let distance = distance(wanted, name)
      guard distance <= max(1, min(wanted.count, name.count) / 3), distance < max(wanted.count, name.count) else {
        continue
      }
      let cost = distance * 4 + (name.first == wanted.first ? 0 : 1) + (name.count == wanted.count ? 0 : 1)
      if cost < best?.cost ?? Int.max { best = (candidate, cost) }
    }
    return best?.name
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
