import NNDiagnostics
import NNFormats
import NNSpec
import NNTensor
import NNText
import NNTraining

/// What was found of the points of a sweep before the first is trained.
public struct SweepCheck {
  /// A diagnostic, once, with the points that it concerns.
  public struct Finding {
    /// What was found.
    public var diagnostic: Diagnostic
    /// What it points into.
    public var sources: SourceMap
    /// The points, by index.
    public var points: [Int]
  }

  /// What is wrong with the spec of some points, or not as it is hardly meant.
  public private(set) var findings: [Finding] = []
  /// Why points cannot be trained here, with the points.
  public private(set) var failures: [(failure: CommandFailure, points: [Int])] = []
  /// What became of the points until now.
  public private(set) var report: SweepReport
  /// The sweep's folder.
  public var folder: String { report.folder }
  /// What each point takes.
  private var needs: [(parameters: Int, memory: Int)?]
  /// The files of all specs, as they were read.
  private(set) var files: [String: [UInt8]] = [:]
  /// Stands for what each point is made of.
  private(set) var specs: [String]
  /// What the losses of each point are.
  private var quantities: [MeasuredQuantities?]
  private var places: [String: Int] = [:]

  /// How the command ends where something is wrong; nil where nothing is.
  public var failure: CommandFailure? {
    if isUnreadable { return .unreadable }
    if findings.contains(where: { $0.diagnostic.severity == .error }) { return .findings }
    return failures.first?.failure
  }

  private var isUnreadable = false
  private let startsAnew: Bool

  fileprivate init(_ sweep: Sweep, folder: String) {
    let count = sweep.grid.points.count
    startsAnew = sweep.options.fresh
    report = SweepReport(
      spec: sweep.path, folder: folder, grid: sweep.grid, results: Array(repeating: SweepResult(), count: count))
    needs = Array(repeating: nil, count: count)
    specs = Array(repeating: "", count: count)
    quantities = Array(repeating: nil, count: count)
  }

  /// Points, where there are several, that have the same spec: values that are written otherwise and mean the same.
  public var equalPoints: [[Int]] {
    Dictionary(grouping: specs.indices.filter { !specs[$0].isEmpty }) { specs[$0] }.values
      .filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
  }

  /// How many errors and warnings there are.
  public func count(of severity: Severity) -> Int { findings.count { $0.diagnostic.severity == severity } }

  /// The points for people: what they have in common where that tells them from all others, else their names.
  public func names(_ points: [Int]) -> String {
    let grid = report.grid
    if grid.axes.isEmpty { return "" }
    if points.count == grid.points.count { return "at every point" }
    let count = points.count > 1 ? " (\(points.count) of \(grouped(grid.points.count)) points)" : ""
    let choices = grid.axes.indices.map { axis in
      grid.axes[axis].values.filter { value in points.contains { grid.points[$0].values[axis] == value } }
    }
    if choices.reduce(1, { $0 * $1.count }) == points.count {
      let parts = zip(grid.axes, choices).filter { $0.values.count > $1.count }.map { axis, values in
        "\(axis.label)=\(values.prefix(4).joined(separator: " or "))" + (values.count > 4 ? " or …" : "")
      }
      return "at \(parts.joined(separator: ", "))\(count)"
    }
    let shown = points.prefix(4).map { grid.points[$0].name }.joined(separator: "; ")
    return "at \(shown)" + (points.count > 4 ? " and \(points.count - 4) more" : "") + count
  }
}

extension Sweep {
  /// Checks every point: its spec, its data, its memory, and its run folder.
  public func check() throws(CommandFailure) -> SweepCheck {
    // Once the first is read, all others are made of the same files.
    let first = load(0, files: [:])
    var check = SweepCheck(self, folder: options.folder ?? "runs/\(first.spec?.name ?? "")")
    do {
      if !options.fresh { try check.takeUp(SweepRecord(in: check.folder).read()) }
    } catch {
      throw CommandFailure(error)
    }
    check.keep(first)
    for index in grid.points.indices {
      let checked = index == 0 ? first : load(index, files: check.files)
      check.keep(checked)
      check.add(checked, point: index)
      if options.folder == nil, let name = checked.spec?.name, name != first.spec?.name {
        throw .usage("the points have specs of different names: say with --run where they go")
      }
      if !checked.diagnostics.hasErrors { check.add(prepare(checked, index, check.report), point: index) }
    }
    check.settle()
    return check
  }

  /// What a point needs, and what stands for its spec.
  private func prepare(
    _ checked: CheckedSpec, _ index: Int, _ report: SweepReport
  ) -> Result<SweepCheck.Preparation, CommandFailure> {
    Result { () throws(CommandFailure) in
      let plans = try checked.plans(options: change)
      var session = try Session(checked, plans: plans, threads: 1)
      let options = pointOptions(report, index)
      _ = try session.makeTraining()
      let spec = Checksum.sha256(of: session.specText(in: "", options, origins: false) ?? "")
      if !options.fresh {
        try requireSameOrigin(options)
        if report.results[index].spec != spec { try session.requireSameSpec(options) }
      }
      return SweepCheck.Preparation(
        spec: spec, quantities: MeasuredQuantities(checked),
        parameters: plans.model.networks.reduce(0) { $0 + $1.parameters },
        memory: session.plans.peakMemory(session.plans.usual))
    }
  }
}

extension Sweep {
  /// A point's folder must hold a run that began with the same weights, or none: else the sweep would mix both.
  private func requireSameOrigin(_ options: TrainingOptions) throws(CommandFailure) {
    let folder = RunFolder(path: options.folder ?? "")
    guard let step = try? folder.checkpointSteps().last,
      let checkpoint = try? Checkpoint(path: folder.checkpointPath(step: step))
    else { return }
    do throws(TrainingFailure) {
      if let origin = options.transfer {
        try folder.requireOrigin(origin, of: checkpoint)
      } else if let origin = checkpoint.state.origin {
        throw .runFolderInUse(path: folder.path, found: ["a run that began with `--transfer \(origin)`"])
      }
    } catch {
      throw CommandFailure(error)
    }
  }
}

extension Session {
  /// A point's folder must hold a run of this spec, or none; only the length of training may be another.
  fileprivate func requireSameSpec(_ options: TrainingOptions) throws(CommandFailure) {
    let folder = RunFolder(path: options.folder ?? "")
    guard !isMissing(folder.specPath) else { return }
    let old = CheckedSpec.load(path: folder.specPath, kernels: checked.kernels)
    guard old.failure == nil else { return }
    let diff = try SpecDiff(old, checked)
    let ignored = ["train.steps", "train.epochs"]
    let settings = diff.settings.filter { !ignored.contains($0.key) }.map(\.text)
    let layers = diff.networks.filter { !$0.layers.isEmpty || $0.isOneSided }.map { "other layers in `\($0.name)`" }
    let changes = settings + layers
    if changes.isEmpty { return }
    throw .usage(
      """
      the run folder holds a run of another spec (\(changes.prefix(3).joined(separator: "; "))\
      \(changes.count > 3 ? "; …" : "")): choose another folder with --run, or replace it with --fresh
      """)
  }
}

extension SweepCheck {
  /// What a point that can be trained is made of.
  struct Preparation {
    var spec: String
    var quantities: MeasuredQuantities
    var parameters: Int
    var memory: Int
  }

  fileprivate mutating func takeUp(_ results: [String: SweepResult]) {
    for (index, point) in report.grid.points.enumerated() {
      report.results[index] = results[point.name] ?? SweepResult()
    }
  }

  /// The same with what became of the points by now, once no other process trains them.
  func takingUp(_ record: SweepRecord) throws(FileError) -> SweepCheck {
    if startsAnew { return self }
    var check = self
    check.takeUp(try record.read())
    check.settle()
    return check
  }

  /// Keeps the texts of a spec and of what it includes.
  fileprivate mutating func keep(_ checked: CheckedSpec) {
    for file in checked.sources.files where file.hasText && !Override.isName(file.path) && files[file.path] == nil {
      let mark: [UInt8] = file.hasByteOrderMark ? [0xEF, 0xBB, 0xBF] : []
      files[file.path] = mark + Array(file.text(of: Span(file: file.id, start: 0, end: file.scalars.count)).utf8)
    }
  }

  fileprivate mutating func add(_ checked: CheckedSpec, point: Int) {
    isUnreadable = isUnreadable || checked.isUnreadable
    let renderer = FullRenderer(sources: checked.sources)
    for diagnostic in checked.diagnostics.sorted {
      // That a path leads nowhere is the same for all of its values.
      let isAboutPath = diagnostic.code.slug == "bad-override"
      let text = isAboutPath ? diagnostic.message : renderer.render(diagnostic)
      if let place = places[text] {
        findings[place].points.append(point)
      } else {
        places[text] = findings.count
        findings.append(Finding(diagnostic: diagnostic, sources: checked.sources, points: [point]))
      }
    }
  }

  fileprivate mutating func add(_ preparation: Result<Preparation, CommandFailure>, point: Int) {
    switch preparation {
    case .success(let found):
      specs[point] = found.spec
      quantities[point] = found.quantities
      needs[point] = (found.parameters, found.memory)
    case .failure(let failure):
      if let place = failures.firstIndex(where: { $0.failure == failure }) {
        failures[place].points.append(point)
      } else {
        failures.append((failure, [point]))
      }
    }
  }

  /// Points whose spec or folder is no longer what it was begin anew, or go on by what is in their folders.
  fileprivate mutating func settle() {
    report.sharesTrainingLoss = Set(quantities.map { $0?.trainingLoss }).count == 1
    report.sharesValidationLoss = Set(quantities.map { $0?.validationLoss }).count == 1
    for index in specs.indices {
      let result = report.results[index]
      let isKept = result.spec == specs[index] && !(result.isComplete && isMissing(weights(index)))
      if isKept, result.state != .training { continue }
      report.results[index] = SweepResult()
      // What goes on by what is in its folder keeps its time.
      if !startsAnew, steps(index) != nil { report.results[index].seconds = result.seconds }
    }
  }

  /// The step of the last checkpoint in a point's folder.
  private func steps(_ index: Int) -> Int? {
    try? RunFolder(path: report.folder(of: index)).checkpointSteps().last
  }

  private func weights(_ index: Int) -> String { RunFolder(path: report.folder(of: index)).weightsPath }

  /// What would be done: a row for each point.
  public var text: String {
    let header = report.grid.axes.map(\.label) + ["parameters", "memory", "state", "run folder"]
    let rows = report.results.indices.map { index in
      var row = report.grid.points[index].values.map { SweepReport.cell($0) }
      row.append(needs[index].map { grouped($0.parameters) } ?? "")
      row.append(needs[index].map { ByteCount.text($0.memory) } ?? "")
      row += [state(index), report.folder(of: index)]
      return row
    }
    let first = report.grid.axes.count
    return table(header, rows, rightAligned: [first, first + 1]).joined(separator: "\n") + "\n"
  }

  private func state(_ index: Int) -> String {
    let result = report.results[index]
    if result.isSettled(for: specs[index]) { return result.state.rawValue }
    guard !startsAnew, let step = steps(index) else { return "new" }
    return "after step \(grouped(step))"
  }
}
