/// A picture as SVG: shapes and text in the order in which they are drawn. It refers to nothing outside of it.
public struct Drawing {
  /// Its size.
  public var width: Double
  /// Its size.
  public var height: Double
  /// What it shows, for those who cannot see it.
  public let name: String
  private let style: String
  private var lines: [String] = []

  /// An empty picture. `style` is CSS; on a page it holds for all of the page, so its classes are to be its own.
  public init(name: String, style: String, width: Double = 0, height: Double = 0) {
    self.name = name
    self.style = style
    self.width = width
    self.height = height
  }

  /// A rectangle between two corners; `title` shows under the pointer.
  public mutating func rectangle(
    _ left: Double, _ top: Double, _ right: Double, _ bottom: Double, class name: String, radius: Double = 0,
    id: String? = nil, title: String? = nil
  ) {
    let round = radius == 0 ? "" : " rx=\"\(Markup.number(radius))\""
    let id = id.map { " data-id=\"\(Markup.escaped($0))\"" } ?? ""
    let (x, y) = (Drawing.rounded(left), Drawing.rounded(top))
    let size = "width=\"\(exact(Drawing.rounded(right) - x))\" height=\"\(exact(Drawing.rounded(bottom) - y))\""
    add("<rect class=\"\(name)\" x=\"\(exact(x))\" y=\"\(exact(y))\" \(size)\(round)\(id)", title, "rect")
  }

  /// Where text stands in relation to its point.
  public enum Anchor: String { case start, middle, end }

  /// A line of text on a base line.
  public mutating func text(
    _ text: String, _ x: Double, _ y: Double, class name: String, anchor: Anchor = .start, isUpright: Bool = true
  ) {
    let side = anchor == .start ? "" : " text-anchor=\"\(anchor.rawValue)\""
    let turn = isUpright ? "" : " transform=\"rotate(-90 \(Markup.number(x)) \(Markup.number(y)))\""
    lines.append(
      "<text class=\"\(name)\" x=\"\(Markup.number(x))\" y=\"\(Markup.number(y))\"\(side)\(turn)>\(Markup.escaped(text))</text>"
    )
  }

  /// A straight line.
  public mutating func line(_ x: Double, _ y: Double, _ toX: Double, _ toY: Double, class name: String) {
    path("M\(Markup.number(x)) \(Markup.number(y))L\(Markup.number(toX)) \(Markup.number(toY))", class: name)
  }

  /// A path, in SVG's own words.
  public mutating func path(_ data: String, class name: String, title: String? = nil) {
    add("<path class=\"\(name)\" d=\"\(data)\"", title, "path")
  }

  /// The tip of an arrow that points down at a point.
  public mutating func tip(_ x: Double, _ y: Double, class name: String) {
    path("M\(Markup.number(x)) \(Markup.number(y))l-3.5 -6h7z", class: name)
  }

  private mutating func add(_ start: String, _ title: String?, _ tag: String) {
    lines.append(start + (title.map { "><title>\(Markup.escaped($0))</title></\(tag)>" } ?? "/>"))
  }

  /// The picture for a page of HTML.
  public var inline: String { markup("") }

  /// The picture as a file.
  public var file: String {
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + markup(" xmlns=\"http://www.w3.org/2000/svg\"") + "\n"
  }

  private func markup(_ space: String) -> String {
    let (w, h) = (Markup.number(width), Markup.number(height))
    return """
      <svg\(space) viewBox="0 0 \(w) \(h)" width="\(w)" height="\(h)" role="img" aria-label="\(Markup.escaped(name))" \
      font-family="system-ui, 'Helvetica Neue', Arial, sans-serif" font-size="12">
      <style>\(style)</style>
      \(lines.joined(separator: "\n"))
      </svg>
      """
  }

  /// To a thousandth, so that rectangles which meet stay so.
  private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() }

  private func exact(_ thousandths: Double) -> String {
    let value = thousandths / 1000
    return value == value.rounded() ? "\(Int(value))" : "\(value)"
  }
}
