/// A source line as a terminal shows it, and the column at which each scalar begins. Tabs become four spaces; control
/// characters and those that reorder text are shown as `�`; wide characters take two columns, combining ones none.
struct DisplayLine {
  /// What is printed, one element per scalar.
  private let cells: [String]
  /// The column of each scalar, and one more for the end.
  private let columns: [Int]

  init(_ scalars: ArraySlice<Unicode.Scalar>) {
    var cells: [String] = []
    var columns = [0]
    for scalar in scalars {
      let (text, width) = DisplayLine.cell(scalar)
      cells.append(text)
      columns.append((columns.last ?? 0) + width)
    }
    self.cells = cells
    self.columns = columns
  }

  /// The width in columns.
  var width: Int { columns.last ?? 0 }

  /// The column at which the scalar at `index` begins; the end's for an index beyond it.
  func column(of index: Int) -> Int { columns[max(0, min(index, columns.count - 1))] }

  /// The text between two columns.
  func text(from start: Int, to end: Int) -> String {
    var result = ""
    for (index, cell) in cells.enumerated() where columns[index] >= start && columns[index + 1] <= end {
      result += cell
    }
    return result
  }

  private static func cell(_ scalar: Unicode.Scalar) -> (String, Int) {
    switch scalar.value {
    case 0x09: ("    ", 4)
    case 0x00...0x1F, 0x7F...0x9F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: ("\u{FFFD}", 1)
    case 0x20...0x7E: (String(scalar), 1)
    default: (String(scalar), width(scalar))
    }
  }

  private static func width(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
      0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
      0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }
}
