/// How the work of a convolution is cut into tasks, where it is not as the kernels' own rule cuts it. It changes no bit of
/// the result: what is added up, and in which order, stays.
public enum ConvolutionBlocking: Hashable, Sendable {
  /// Of the direct algorithm: rows of the result in a task.
  case rows(Int)
  /// Of Winograd's algorithm: tiles in a strip, and blocks of channels of the result in a task.
  case strips(tiles: Int, blocks: Int)
  /// Of a weight gradient: rows of its matrix in a task.
  case panels(rows: Int)

  /// `strips of 48 tiles, 2 blocks`
  public var text: String {
    switch self {
    case .rows(let rows): "tasks of \(rows) \(rows == 1 ? "row" : "rows")"
    case .strips(let tiles, let blocks): "strips of \(tiles) tiles, \(blocks) \(blocks == 1 ? "block" : "blocks")"
    case .panels(let rows): "panels of \(rows) rows"
    }
  }
}
