/// Colours for terminals; without them every text stays as it is.
struct Paint {
  enum Style: String {
    case error = "1;31"
    case warning = "1;33"
    case note = "1;32"
    case help = "1;36"
    case frame = "1;34"
    case bold = "1"
  }

  let isOn: Bool

  func callAsFunction(_ text: String, _ style: Style) -> String {
    isOn && !text.isEmpty ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }

  static func style(of severity: Severity) -> Style {
    switch severity {
    case .error: .error
    case .warning: .warning
    case .note: .note
    }
  }
}
