import NNFormats
import NNTensor

/// How large a sheet of pictures is: found by the pictures' sizes alone, so that what a sheet will take is known before
/// there are pictures.
public struct SheetLayout: Equatable, Sendable {
  /// Pictures side by side.
  struct Row: Equatable, Sendable {
    /// How far each picture is enlarged.
    var scales: [Int]
    var height: Int
    var width: Int
    /// The pixels of its pictures, without what is left empty beside them.
    var pictured: Int
  }

  /// The shorter side of a picture that is enlarged, at least, where the sheet does not grow too large by that.
  public static let minimumSide = 128
  /// Rows are left out, and pictures less enlarged, rather than making a sheet of more pixels than this.
  public static let maximumPixels = 8_000_000
  /// The lines between pictures, in pixels.
  public static let gap = 2
  /// The side up to which pictures are enlarged and rows added: what viewers of pictures take.
  static let comfortableSide = 65_535
  /// The side up to which there is a sheet at all: what PNG files may have by libpng's bounds.
  static let maximumSide = 1_000_000

  /// The rows that are shown: the first ones, as many as there is room for.
  let rows: [Row]
  /// Rows of the sheet.
  public let height: Int
  /// Columns of the sheet.
  public let width: Int

  /// Pixels of the sheet.
  public var pixels: Int { height * width }

  /// Lays out rows of pictures of these sizes; nil where there is none, or where not even the first fits on a sheet.
  public init?(_ rows: [[Size2D]], maximumPixels: Int = SheetLayout.maximumPixels) {
    guard let first = rows.first.flatMap(Self.row) else { return nil }
    var (shown, pictured, height, width) = ([first], first.pictured, first.height, first.width)
    for sizes in rows.dropFirst() {
      guard let row = Self.row(sizes) else { break }
      let larger = (height: height + Self.gap + row.height, width: max(width, row.width))
      pictured += row.pictured
      if pictured > maximumPixels || !Self.fits(larger.height, larger.width, Self.comfortable) { break }
      (height, width) = larger
      shown.append(row)
    }
    (self.rows, self.height, self.width) = (shown, height, width)
  }

  // MARK: A row

  private typealias Bounds = (side: Int, pixels: Int)
  /// What a sheet of several rows, or of pictures that are enlarged, keeps within; what every sheet does.
  private static let comfortable: Bounds = (comfortableSide, ImageFile.maximumPixels)
  private static let enlarged: Bounds = (comfortableSide, maximumPixels)
  private static let possible: Bounds = (maximumSide, ImageFile.maximumPixels)

  /// The pictures of a row: the smaller ones enlarged to the row's height, then all by one factor, nearest neighbour, so
  /// that small ones can be seen; less where that makes too large a row.
  static func row(_ sizes: [Size2D]) -> Row? {
    guard let height = sizes.map(\.height).max(), sizes.allSatisfy({ fits($0.height, $0.width, possible) })
    else { return nil }
    let alike = sizes.map { max(1, height / $0.height) }
    let factor = factor(sizes, alike)
    if factor == 1, let row = row(sizes, alike, 1, possible) { return row }
    for scales in [alike, sizes.map { _ in 1 }] {
      for factor in stride(from: Self.factor(sizes, scales), through: 1, by: -1) {
        if let row = row(sizes, scales, factor, enlarged) { return row }
      }
    }
    return row(sizes, sizes.map { _ in 1 }, 1, possible)
  }

  /// By what pictures are enlarged so that the shortest side has `minimumSide`, after each was by its scale.
  private static func factor(_ sizes: [Size2D], _ scales: [Int]) -> Int {
    let side = zip(sizes, scales).map { min($0.height, $0.width) * $1 }.min() ?? minimumSide
    return max(1, (minimumSide + side - 1) / side)
  }

  private static func row(_ sizes: [Size2D], _ scales: [Int], _ factor: Int, _ bounds: Bounds) -> Row? {
    var row = Row(scales: scales.map { $0 * factor }, height: 0, width: gap * (sizes.count - 1), pictured: 0)
    for (size, scale) in zip(sizes, row.scales) {
      // Sides and scales have at most `maximumSide` before they are multiplied.
      let (height, width) = (size.height * scale, size.width * scale)
      guard fits(height, width, bounds) else { return nil }
      row.height = max(row.height, height)
      row.width += width
      row.pictured += height * width
    }
    return fits(row.height, row.width, bounds) ? row : nil
  }

  private static func fits(_ height: Int, _ width: Int, _ bounds: Bounds) -> Bool {
    (1...bounds.side).contains(height) && (1...bounds.side).contains(width) && height * width <= bounds.pixels
  }
}
