/// A count with its noun: `1 sample`, `3 samples`.
public func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

/// `1234567` as `1,234,567`.
public func grouped(_ number: Int) -> String {
  var digits = String(number.magnitude)
  var groups: [String] = []
  while digits.count > 3 {
    groups.insert(String(digits.suffix(3)), at: 0)
    digits.removeLast(3)
  }
  groups.insert(digits, at: 0)
  return (number < 0 ? "-" : "") + groups.joined(separator: ",")
}

/// A number with a fixed count of decimals, rounded, thousands grouped.
public func decimal(_ number: Double, _ places: Int) -> String {
  var scale = 1
  for _ in 0..<places { scale *= 10 }
  guard number.isFinite, abs(number) * Double(scale) < 1e18 else { return "\(number)" }
  let scaled = Int((abs(number) * Double(scale)).rounded())
  let fraction = String(scaled % scale)
  let text = grouped(scaled / scale)
  let sign = number < 0 && scaled != 0 ? "-" : ""
  guard places > 0 else { return sign + text }
  return sign + text + "." + String(repeating: "0", count: places - fraction.count) + fraction
}

/// Rows in columns two spaces apart.
public func table(_ header: [String], _ rows: [[String]], rightAligned: Set<Int> = []) -> [String] {
  let all = [header] + rows
  let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
  return all.map { row in
    let cells = row.enumerated().map { column, cell in
      let space = String(repeating: " ", count: widths[column] - cell.count)
      return rightAligned.contains(column) ? space + cell : cell + space
    }
    let line = cells.joined(separator: "  ")
    let end = line.utf8.lastIndex { $0 != UInt8(ascii: " ") }.map(line.utf8.index(after:)) ?? line.startIndex
    return String(line[..<end])
  }
}
