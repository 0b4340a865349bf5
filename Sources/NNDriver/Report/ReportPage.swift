import NNText
import NNTraining

/// The parts of the report's page, as HTML that is XML, too.
enum ReportPage {
  /// All that stands before the curves.
  static func head(_ name: String, _ description: String?, _ history: RunHistory) -> String {
    let place = history.step.map { "step \(grouped($0))" + (history.epoch.map { ", epoch \(grouped($0))" } ?? "") }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <title>\(Markup.escaped(name))</title>
      <link rel="icon" href="data:,"/>
      <style>
      \(ReportStyle.css)
      </style>
      </head>
      <body>
      <header><h1>\(Markup.escaped(name))</h1>
      \(description.map { "<p>\(Markup.escaped($0))</p>\n" } ?? "")<p>\(place ?? "nothing logged yet")</p></header>
      <main>
      \(cards(history))

      """
  }

  /// The numbers that are looked at first.
  private static func cards(_ history: RunHistory) -> String {
    var cards: [String] = []
    for chart in history.charts where chart.title == "loss" || chart.title.hasPrefix("metric ") {
      for curve in chart.curves {
        guard let last = curve.values.last else { continue }
        let what = chart.title == "loss" ? "\(curve.name) loss" : curve.name
        let input = curve.name == "the input itself" ? "\(chart.title.dropFirst(7)) of the input" : what
        cards.append("<div class=\"card\"><b>\(NumberText.short(last))</b><span>\(Markup.escaped(input))</span></div>")
      }
    }
    return "<div class=\"cards\">\(cards.joined())</div>"
  }

  /// The curves.
  static func charts(_ history: RunHistory) -> String {
    guard !history.charts.isEmpty else { return "" }
    let charts = history.charts.map { ChartPicture($0).html }
    return
      "<section><h2>Curves by step</h2>\n<div class=\"charts\">\n\(charts.joined(separator: "\n"))\n</div></section>\n"
  }

  /// A picture that may be larger than the window.
  static func picture(_ title: String, _ svg: String, _ name: String) -> String {
    "<section><h2>\(title)</h2>\n<div class=\"wide \(name)\">\n\(svg)\n</div></section>\n"
  }

  /// Every curve's last value.
  static func numbers(_ history: RunHistory) -> String {
    let rows = history.charts.flatMap { chart in
      chart.curves.map { curve in
        let cells = [chart.title, curve.name].map { "<td>\(Markup.escaped($0))</td>" }.joined()
        let last = curve.values.last.map(NumberText.short) ?? ""
        return
          "<tr>\(cells)<td class=\"n\">\(last)</td><td class=\"n\">\(curve.steps.last.map(grouped) ?? "")</td></tr>"
      }
    }
    return """
      <section><h2>Last numbers</h2>
      <table><thead><tr><th>what</th><th>of</th><th>value</th><th>at step</th></tr></thead><tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table></section>

      """
  }

  /// What it ran on.
  static func machine(_ machine: Machine) -> String {
    let rows = [
      ("processor", machine.processor), ("threads", "\(machine.threads)"), ("kernels", machine.kernels),
      ("nnc", machine.version),
    ].map { "<tr><td>\($0)</td><td>\(Markup.escaped($1))</td></tr>" }
    return "<section><h2>Machine</h2>\n<table><tbody>\n\(rows.joined(separator: "\n"))\n</tbody></table></section>\n"
  }

  /// The spec as the run folder keeps it.
  static func spec(_ text: String) -> String {
    """
    <section><h2>Spec</h2>
    <details open="open"><summary>with every default, as the run went by it</summary>
    <pre>\(Markup.escaped(text))</pre></details></section>

    """
  }

  static let end = """
    </main>
    <script>
    \(ReportStyle.script)
    </script>
    </body>
    </html>

    """
}
