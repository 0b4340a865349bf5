import CLibYAML
import NNDiagnostics

/// One event of the YAML parser, with offsets in Unicode scalars.
struct Event {
  enum Kind {
    case documentStart(isExplicit: Bool)
    case documentEnd
    case streamEnd
    case scalar(String, Node.Scalar.Style)
    case sequenceStart(isFlow: Bool)
    case mappingStart(isFlow: Bool)
    case collectionEnd
    case alias(String)
  }

  let kind: Kind
  let start: Int
  let end: Int
  /// `&anchor`, without the sign.
  var anchor: String?
  /// `!tag`.
  var tag: String?
}

/// What libyaml says of text that is no YAML.
struct SyntaxProblem: Error {
  let problem: String
  let offset: Int
  let context: String?
  let contextOffset: Int
}

/// Hands out libyaml's events of a text.
///
/// libyaml keeps a pointer to its own parser and to the text, so both stand at fixed addresses that live as long as
/// the reader.
final class EventReader {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let text: UnsafeMutableBufferPointer<UInt8>

  init(_ source: String) {
    let bytes = Array(source.utf8)
    text = .allocate(capacity: max(1, bytes.count))
    _ = text.initialize(from: bytes)
    parser = .allocate(capacity: 1)
    parser.initialize(to: yaml_parser_t())
    _ = yaml_parser_initialize(parser)
    yaml_parser_set_input_string(parser, text.baseAddress, bytes.count)
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
    text.deallocate()
  }

  /// The next event but the stream's start.
  func next() throws(SyntaxProblem) -> Event {
    while true {
      var raw = yaml_event_t()
      guard yaml_parser_parse(parser, &raw) == 1 else { throw problem() }
      defer { yaml_event_delete(&raw) }
      if let event = EventReader.event(raw) { return event }
    }
  }

  private func problem() -> SyntaxProblem {
    let state = parser.pointee
    return SyntaxProblem(
      problem: state.problem.map { String(cString: $0) } ?? "not YAML",
      offset: Int(state.problem_mark.index),
      context: state.context.map { String(cString: $0) },
      contextOffset: Int(state.context_mark.index))
  }

  private static func event(_ raw: yaml_event_t) -> Event? {
    func event(_ kind: Event.Kind, anchor: UnsafePointer<UInt8>? = nil, tag: UnsafePointer<UInt8>? = nil) -> Event {
      Event(
        kind: kind, start: Int(raw.start_mark.index), end: Int(raw.end_mark.index),
        anchor: anchor.map { String(cString: $0) }, tag: tag.map { String(cString: $0) })
    }
    switch raw.type {
    case YAML_DOCUMENT_START_EVENT:
      return event(.documentStart(isExplicit: raw.data.document_start.implicit == 0))
    case YAML_DOCUMENT_END_EVENT: return event(.documentEnd)
    case YAML_STREAM_END_EVENT: return event(.streamEnd)
    case YAML_ALIAS_EVENT:
      return event(.alias(raw.data.alias.anchor.map { String(cString: $0) } ?? ""))
    case YAML_SCALAR_EVENT:
      let scalar = raw.data.scalar
      let bytes = UnsafeBufferPointer(start: scalar.value, count: Int(scalar.length))
      let kind = Event.Kind.scalar(String(decoding: bytes, as: UTF8.self), style(scalar.style))
      return event(kind, anchor: scalar.anchor, tag: scalar.tag)
    case YAML_SEQUENCE_START_EVENT:
      let start = raw.data.sequence_start
      let kind = Event.Kind.sequenceStart(isFlow: start.style == YAML_FLOW_SEQUENCE_STYLE)
      return event(kind, anchor: start.anchor, tag: start.tag)
    case YAML_MAPPING_START_EVENT:
      let start = raw.data.mapping_start
      let kind = Event.Kind.mappingStart(isFlow: start.style == YAML_FLOW_MAPPING_STYLE)
      return event(kind, anchor: start.anchor, tag: start.tag)
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: return event(.collectionEnd)
    default: return nil
    }
  }

  private static func style(_ style: yaml_scalar_style_t) -> Node.Scalar.Style {
    switch style {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
    case YAML_LITERAL_SCALAR_STYLE: .literal
    case YAML_FOLDED_SCALAR_STYLE: .folded
    default: .plain
    }
  }
}
