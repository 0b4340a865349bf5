import NNFormats
import NNText

/// What `metrics.jsonl` tells of a run, as curves.
struct RunHistory {
  /// Values by step.
  struct Curve {
    var name: String
    var steps: [Int] = []
    var values: [Double] = []
    /// Whether it comes from validation.
    var isValidation = false
  }

  /// Curves of one kind, which share their axes.
  struct Chart {
    var title: String
    var curves: [Curve] = []
  }

  /// In the order in which the log names them.
  private(set) var charts: [Chart] = []
  /// The last step that was logged; nil where none was.
  private(set) var step: Int?
  /// Its epoch.
  private(set) var epoch: Int?
  private var places: [String: (chart: Int, curve: Int)] = [:]

  /// The history in a log; lines that cannot be read are left out.
  init(_ log: [UInt8]) {
    for line in log.split(separator: UInt8(ascii: "\n")) {
      guard let record = JSON(parsing: line), let step = RunHistory.count(record["step"]) else { continue }
      self.step = step
      epoch = RunHistory.count(record["epoch"])
      add(record, at: step)
    }
    let order = ["loss", "metric", "losses", "gradient norm", "gradient share", "discriminator", "learning", "samples"]
    let ranks = charts.map { chart in order.firstIndex { chart.title.hasPrefix($0) } ?? order.count }
    charts = charts.indices.sorted { (ranks[$0], $0) < (ranks[$1], $1) }.map { charts[$0] }
  }

  /// A count that numbers of every kind can hold.
  private static func count(_ value: JSON?) -> Int? {
    guard case .integer(let count)? = value, (0...1 << 50).contains(count) else { return nil }
    return count
  }

  /// The history in a run's log; empty where there is none.
  init(path: String) throws(FileError) {
    guard try Folder.kind(of: path) == .file else {
      self.init([])
      return
    }
    self.init(try InputFile(path: path).readAll())
  }

  private mutating func add(_ record: JSON, at step: Int) {
    add(record["loss"], "loss", "training", step)
    let validation = record["validation"]
    add(validation?["loss"], "loss", "validation", step, isValidation: true)
    for (name, value) in validation?["metrics"]?.members ?? [] {
      let base = name.hasPrefix("input_") ? String(name.dropFirst(6)) : name
      add(value, "metric \(base)", base == name ? base : "the input itself", step, isValidation: true)
    }
    let losses = record["losses"]?.members ?? []
    if losses.count > 1 || (validation?["losses"]?.members.count ?? 0) > 1 {
      for (name, value) in losses { add(value, "losses: \(name)", "training", step) }
      for (name, value) in validation?["losses"]?.members ?? [] {
        add(value, "losses: \(name)", "validation", step, isValidation: true)
      }
    }
    for (phase, norms) in record["gradient_norms"]?.members ?? [] {
      for (network, value) in norms.members { add(value, "gradient norms in \(phase)", network, step) }
    }
    for (_, places) in record["gradient_shares"]?.members ?? [] {
      for (place, shares) in places.members {
        for (loss, value) in shares.members { add(value, "gradient shares at \(place)", loss, step) }
      }
    }
    for (loss, verdict) in record["discriminators"]?.members ?? [] {
      for (what, value) in verdict.members { add(value, "discriminator of \(loss)", what, step) }
    }
    if let rates = record["learning_rates"]?.members {
      for (phase, rate) in rates { add(rate, "learning rate", phase, step) }
    } else {
      add(record["learning_rate"], "learning rate", "learning rate", step)
    }
    add(record["samples_per_second"], "samples per second", "training", step)
  }

  private mutating func add(
    _ value: JSON?, _ title: String, _ name: String, _ step: Int, isValidation: Bool = false
  ) {
    guard let value = value?.double, value.isFinite else { return }
    let key = "\(title)\n\(name)"
    let place = places[key] ?? newPlace(title, name, isValidation)
    places[key] = place
    charts[place.chart].curves[place.curve].steps.append(step)
    charts[place.chart].curves[place.curve].values.append(value)
  }

  private mutating func newPlace(_ title: String, _ name: String, _ isValidation: Bool) -> (chart: Int, curve: Int) {
    if !charts.contains(where: { $0.title == title }) { charts.append(Chart(title: title)) }
    let chart = charts.firstIndex { $0.title == title } ?? 0
    charts[chart].curves.append(Curve(name: name, isValidation: isValidation))
    return (chart, charts[chart].curves.count - 1)
  }
}
