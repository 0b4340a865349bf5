import NNDiagnostics

/// A layer as written in a list, or a block's use or a `repeat` with the layers that it stands for.
public struct LayerUse: Sendable {
  /// Kind and arguments; `name` and `from` are still among them.
  public let item: KindItem
  /// `name:`, where it is written and valid.
  public let name: Spanned<String>?
  /// Its name within its list: `name:`, else the kind and a number; a turn of a `repeat` has its index.
  public let localName: String
  /// What expressions inside it see.
  public let environment: Environment
  /// Whether it is wrong and reported already: its output is unknown, and nothing more is to be said about it.
  public let isReported: Bool
  /// What it stands for, where it is a block's use, a `repeat` or one of its turns.
  public let group: LayerGroup?
  /// Where it was expanded from; `nil` for a layer that stands in the network itself.
  public let site: ExpansionSite?

  /// Its arguments as written.
  public var part: SpecPart { SpecPart(item.arguments, environment) }
  /// The kind as written.
  public var kind: String { item.kind }
  /// The kind's token.
  public var kindSpan: Span { item.kindSpan }
  /// The whole item.
  public var span: Span { item.span }

  /// The same under another local name.
  func called(_ localName: String) -> LayerUse {
    LayerUse(
      item: item, name: name, localName: localName, environment: environment, isReported: isReported, group: group,
      site: site)
  }
}

/// The layers that a block's use or a `repeat` stands for.
public struct LayerGroup: Sendable {
  /// What expanded into the layers.
  public enum Origin: Sendable {
    /// A block's use: outer layers cannot be named inside.
    case block
    /// A `repeat`, whose layers are its turns.
    case turns
    /// A turn of a `repeat`: outer layers can be named inside.
    case turn
  }

  /// What expanded into them.
  public let origin: Origin
  /// `from:`; `nil` for the layer before.
  public let from: [Spanned<String>]?
  /// The layers in order.
  public let layers: [LayerUse]
  /// False where something of it is wrong and reported, so that its output is unknown.
  public let isWhole: Bool
}

/// Where a layer was expanded from: the use of a block, a turn of a `repeat`, or `like`; a list up to the network itself.
public final class ExpansionSite: Sendable {
  /// The use.
  public let span: Span
  /// What is said about it.
  public let remark: String
  /// Where the use itself was expanded from.
  public let outer: ExpansionSite?

  init(_ remark: String, at span: Span, in outer: ExpansionSite?) {
    self.remark = remark
    self.span = span
    self.outer = outer
  }

  /// A note for each use, outermost last; of many the innermost and the outermost ones.
  public var notes: [Note] {
    var notes: [Note] = []
    var next: ExpansionSite? = self
    while let site = next {
      notes.append(Note(site.remark, at: site.span))
      next = site.outer
    }
    guard notes.count > 6 else { return notes }
    return notes.prefix(3) + [Note("and from \(notes.count - 5) more uses around it")] + notes.suffix(2)
  }
}

/// Collects what is wrong in layers that may be expanded several times: a mistake at one place is reported once, with
/// notes that say where it was expanded from.
public struct ExpansionReports: Sendable {
  private struct Place: Hashable {
    let code: DiagnosticCode
    let span: Span
  }

  private var seen: Set<Place> = []

  /// Nothing reported yet.
  public init() {}

  /// Adds what was found in one layer, expanded from `site`.
  public mutating func add(
    _ found: Diagnostics, from site: ExpansionSite?, and outermost: ExpansionSite? = nil,
    to diagnostics: inout Diagnostics
  ) {
    if found.isEmpty { return }
    let notes = (site?.notes ?? []) + (outermost?.notes ?? [])
    var places: Set<Place> = []
    for var diagnostic in found.sorted {
      let place = Place(code: diagnostic.code, span: diagnostic.span)
      places.insert(place)
      if !notes.isEmpty, seen.contains(place) { continue }
      diagnostic.notes += notes
      diagnostics.add(diagnostic)
    }
    seen.formUnion(places)
  }
}
