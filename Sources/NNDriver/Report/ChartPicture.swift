import NNText
import NNTraining

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Curves as a part of the report: a picture whose values show under the pointer, and a legend with the last ones.
struct ChartPicture {
  private let chart: RunHistory.Chart
  private let curves: [RunHistory.Curve]
  private let steps: ClosedRange<Double>
  private let values: ClosedRange<Double>
  private let isLogarithmic: Bool

  static let width = 520.0
  static let height = 220.0
  private static let left = 62.0
  private static let right = 508.0
  private static let top = 10.0
  private static let bottom = 192.0
  /// Of more points, the lowest and the highest of neighbours are drawn.
  static let mostPoints = 600

  init(_ chart: RunHistory.Chart) {
    self.chart = chart
    curves = chart.curves.map(ChartPicture.thinned)
    let all = chart.curves.flatMap(\.values).map(ChartPicture.drawable)
    let times = chart.curves.flatMap(\.steps).map(Double.init)
    steps = ChartPicture.range(times, padding: 0)
    let isPositive = all.allSatisfy { $0 > 0 }
    isLogarithmic = isPositive && (all.max() ?? 1) > 20 * (all.min() ?? 1)
    let scaled = isLogarithmic ? all.map(ChartPicture.logarithm) : all
    values = ChartPicture.range(scaled, padding: 0.06)
  }

  /// The part of the page.
  var html: String {
    let paths = curves.enumerated().map { index, curve in
      """
      <path class="c\(index % 8)\(curve.isValidation ? " v" : "")" d="\(path(curve))" data-n="\(Markup.escaped(curve.name))" \
      data-s="\(curve.steps.map(String.init).joined(separator: " "))" \
      data-v="\(curve.values.map(NumberText.short).joined(separator: " "))"/>\(dots(curve, index))
      """
    }
    let size = "viewBox=\"0 0 \(Int(ChartPicture.width)) \(Int(ChartPicture.height))\""
    let (left, right) = (Int(ChartPicture.left), Int(ChartPicture.right))
    return """
      <figure class="chart"><figcaption>\(Markup.escaped(title))</figcaption>
      <svg \(size) role="img" aria-label="\(Markup.escaped(chart.title))" data-left="\(left)" data-right="\(right)" \
      data-from="\(Int(steps.lowerBound))" data-to="\(Int(steps.upperBound))">
      \(grid)
      \(paths.joined(separator: "\n"))
      <path class="cross" d="M0 0"/>
      </svg>
      <ul>\(chart.curves.enumerated().map(legend).joined())</ul></figure>
      """
  }

  private var title: String { chart.title + (isLogarithmic ? " (logarithmic)" : "") }

  private func legend(_ index: Int, _ curve: RunHistory.Curve) -> String {
    let last = curve.values.last.map(NumberText.short) ?? ""
    return "<li class=\"c\(index % 8)\(curve.isValidation ? " v" : "")\"><i></i>\(Markup.escaped(curve.name)) "
      + "<b>\(last)</b></li>"
  }

  // MARK: Scales

  private func x(_ step: Double) -> Double {
    let share = (step - steps.lowerBound) / (steps.upperBound - steps.lowerBound)
    return ChartPicture.left + (ChartPicture.right - ChartPicture.left) * share
  }

  private func y(_ value: Double) -> Double {
    let drawable = ChartPicture.drawable(value)
    let scaled = isLogarithmic ? ChartPicture.logarithm(drawable) : drawable
    let share = (scaled - values.lowerBound) / (values.upperBound - values.lowerBound)
    return ChartPicture.bottom - (ChartPicture.bottom - ChartPicture.top) * share
  }

  private static func range(_ values: [Double], padding: Double) -> ClosedRange<Double> {
    let (low, high) = (values.min() ?? 0, values.max() ?? 1)
    if low == high {
      let around = padding == 0 ? 1 : max(abs(low) * 0.5, 1e-6)
      return low - around...high + around
    }
    let extra = (high - low) * padding
    return low - extra...high + extra
  }

  /// A value whose distance from others is finite, too.
  private static func drawable(_ value: Double) -> Double { min(max(value, -1e300), 1e300) }

  private static func logarithm(_ value: Double) -> Double { log10(value) }

  // MARK: Parts

  private func path(_ curve: RunHistory.Curve) -> String {
    let points = zip(curve.steps, curve.values).map { "\(Markup.number(x(Double($0)))) \(Markup.number(y($1)))" }
    return "M" + points.joined(separator: "L")
  }

  /// A curve of few points shows them.
  private func dots(_ curve: RunHistory.Curve, _ index: Int) -> String {
    guard curve.steps.count <= 40 else { return "" }
    let circles = zip(curve.steps, curve.values).map {
      "<circle cx=\"\(Markup.number(x(Double($0))))\" cy=\"\(Markup.number(y($1)))\" r=\"2.2\"/>"
    }
    return "<g class=\"c\(index % 8)\">\(circles.joined())</g>"
  }

  private var grid: String {
    var lines = values(ticks: 4).map { value -> String in
      let place = Markup.number(y(value))
      return "<path class=\"grid\" d=\"M\(Int(ChartPicture.left)) \(place)H\(Int(ChartPicture.right))\"/>"
        + "<text x=\"\(Int(ChartPicture.left) - 6)\" y=\"\(Markup.number(y(value) + 4))\" text-anchor=\"end\">"
        + "\(NumberText.short(value).trimmed)</text>"
    }
    let length = steps.upperBound - steps.lowerBound
    for step in ChartPicture.ticks(steps, unit: max(1, ChartPicture.unit(length, 6))) where step >= 0 {
      lines.append(
        "<text x=\"\(Markup.number(x(step)))\" y=\"210\" text-anchor=\"middle\">\(grouped(Int(step)))</text>")
    }
    return lines.joined(separator: "\n")
  }

  private func values(ticks count: Double) -> [Double] {
    guard isLogarithmic else { return ChartPicture.ticks(values, unit: ChartPicture.unit(width, count)) }
    var ticks: [Double] = []
    var power = 1e-30
    while power < 1e30 {
      for factor in width > 2.5 ? [1.0] : [1.0, 3.0] where values.contains(ChartPicture.logarithm(factor * power)) {
        ticks.append(factor * power)
      }
      power *= 10
    }
    return ticks
  }

  private var width: Double { values.upperBound - values.lowerBound }

  private static func ticks(_ range: ClosedRange<Double>, unit: Double) -> [Double] {
    let first = (range.lowerBound / unit).rounded(.up)
    let count = ((range.upperBound / unit).rounded(.down) - first).rounded()
    guard count.isFinite, count >= 0, count < 100 else { return [] }
    return (0...Int(count)).map { (first + Double($0)) * unit }
  }

  /// 1, 2 or 5 times a power of ten, which goes about `count` times into `length`.
  private static func unit(_ length: Double, _ count: Double) -> Double {
    var power = 1e-30
    while power < 1e30 {
      for factor in [1.0, 2.0, 5.0] where length / (factor * power) <= count { return factor * power }
      power *= 10
    }
    return max(length, 1)
  }

  private static func thinned(_ curve: RunHistory.Curve) -> RunHistory.Curve {
    guard curve.steps.count > mostPoints else { return curve }
    var result = curve
    (result.steps, result.values) = ([], [])
    let buckets = mostPoints / 2 - 1
    var kept: [Int] = []
    for bucket in 0..<buckets {
      let range = curve.steps.count * bucket / buckets..<curve.steps.count * (bucket + 1) / buckets
      guard let low = range.min(by: { curve.values[$0] < curve.values[$1] }),
        let high = range.max(by: { curve.values[$0] < curve.values[$1] })
      else { continue }
      kept += low == high ? [low] : [min(low, high), max(low, high)]
    }
    if kept.last != curve.steps.count - 1 { kept.append(curve.steps.count - 1) }
    result.steps = kept.map { curve.steps[$0] }
    result.values = kept.map { curve.values[$0] }
    return result
  }
}

extension String {
  /// A decimal without zeros at its end.
  fileprivate var trimmed: String {
    guard contains("."), !contains("e") else { return self }
    var text = self
    while text.hasSuffix("0") { text.removeLast() }
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }
}
