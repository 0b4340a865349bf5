/// Counts and costs of what a spec describes: sums of many large ones stay at `Int.max` instead of overflowing.
extension Int {
  /// The sum, or `Int.max` where it is larger. Both are at least 0.
  public func addingSaturated(_ other: Int) -> Int {
    let (sum, overflows) = addingReportingOverflow(other)
    return overflows ? .max : sum
  }

  /// The product, or `Int.max` where it is larger. Both are at least 0.
  public func multipliedSaturated(by other: Int) -> Int {
    let (product, overflows) = multipliedReportingOverflow(by: other)
    return overflows ? .max : product
  }
}

extension Sequence {
  /// The sum over all elements, or `Int.max` where it is larger; no term is below 0.
  public func saturatedSum(of term: (Element) -> Int) -> Int { reduce(0) { $0.addingSaturated(term($1)) } }
}
