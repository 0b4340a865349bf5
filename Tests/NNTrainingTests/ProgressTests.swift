import Testing

@testable import NNTraining

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite("Progress")
struct ProgressTests {
  private let line = ProgressLine(
    epoch: 2, epochs: 5, step: 37, steps: 160, loss: 0.0123, samplesPerSecond: 812, secondsLeft: 23, activity: nil)

  @Test("80 columns hold the whole line")
  func wide() {
    #expect(line.text(columns: 79) == "epoch 2/5  step 37/160  loss 0.01230  812 samples/s  0:23 left")
  }

  @Test("40 columns leave out what matters least")
  func narrow() {
    #expect(line.text(columns: 39) == "step 37/160  loss 0.01230  0:23 left")
  }

  @Test("no width is ever exceeded", arguments: 0...90)
  func neverWraps(columns: Int) {
    for activity in [nil, "validating 12/400", "prüfe 写真 12/400"] {
      var line = line
      line.activity = activity
      #expect(DisplayWidth.of(line.text(columns: columns)) <= columns)
    }
    let parts = ["epoch 2/5", "step 320", "validation loss 0.0123", "写真写真写真写真写真写真写真写真写真写真写真 27.1"]
    for text in ProgressLine.wrapped(parts, columns: columns) { #expect(DisplayWidth.of(text) <= columns) }
    let long = ["going on after step 2, from runs/a/checkpoints/\(String(repeating: "x", count: 200))", "写真写真", "end"]
    let lines = ProgressLine.wrapped(long, columns: columns)
    for text in lines { #expect(DisplayWidth.of(text) <= columns) }
    if columns > 2 {
      #expect(lines.joined().filter { $0 != " " } == long.joined().filter { $0 != " " }, "nothing is lost")
    }
  }

  @Test("where standard error is a file there are whole lines, no escapes, and not many")
  func plain() {
    let capture = Capture()
    var now = 100.0
    let reporter = ProgressReporter(mode: .auto, quiet: false, descriptor: capture.descriptor) { now }
    for _ in 0..<200 {
      reporter.show { line }
      now += 0.1
    }
    reporter.note(["epoch 2/5", "validation loss 0.5"])
    let text = capture.text()
    #expect(!text.contains("\u{1B}") && !text.contains("\r"))
    let lines = text.split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines.last == "epoch 2/5  validation loss 0.5")
  }

  @Test("always redraws one line, never shows none, quiet nothing at all")
  func modes() {
    for (mode, quiet, expected) in [
      (ProgressMode.always, false, "\r" + line.text(columns: 79) + "\u{1B}[K\r\u{1B}[Kdone\n"),
      (.never, false, "done\n"), (.always, true, ""), (.auto, true, ""),
    ] {
      let capture = Capture()
      let reporter = ProgressReporter(mode: mode, quiet: quiet, descriptor: capture.descriptor) { 0 }
      for _ in 0..<3 { reporter.show { line } }
      reporter.note(["done"])
      #expect(capture.text() == expected)
    }
  }

  @Test("a pseudo-terminal of 40 and 80 columns is never filled to its edge", arguments: [40, 80])
  func pseudoTerminal(columns: Int) throws {
    let (controller, side) = try #require(PseudoTerminal.open())
    defer {
      close(controller)
      close(side)
    }
    var size = winsize(ws_row: 24, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    try #require(ioctl(controller, UInt(TIOCSWINSZ), &size) == 0)
    var now = 0.0
    let reporter = ProgressReporter(mode: .always, quiet: false, descriptor: side) { now }
    for step in 1...50 {
      var line = line
      line.step = step * 1000
      reporter.show { line }
      now += 0.2
    }
    reporter.note(["epoch 2/5", "training loss 0.5", "validation loss 0.4", "psnr 27.10 (input 20.30)", "ssim 0.9"])
    let rows = PseudoTerminal.text(of: controller, until: "ssim 0.9").replacing("\u{1B}[K", with: "")
      .split { $0 == "\r" || $0 == "\n" || $0 == "\r\n" }
    #expect(rows.count > 50)
    for row in rows { #expect(DisplayWidth.of(String(row)) < columns, "\(row)") }
  }

  @Test("numbers are short but say enough")
  func numbers() {
    #expect(NumberText.short(0.0123456) == "0.01235")
    #expect(NumberText.short(12.3456) == "12.35")
    #expect(NumberText.short(0.0000123) == "1.230e-05")
    #expect(NumberText.short(9_999_990) == "1.000e+07")
    #expect(NumberText.short(0) == "0")
    #expect(NumberText.short(.nan) == "nan")
    #expect(NumberText.duration(23.4) == "0:23")
    #expect(NumberText.duration(3723) == "1:02:03")
    #expect(NumberText.metric(.accuracy, 0.9531) == "95.31%")
  }
}
