import NNGraph
import NNTensor

/// A tensor on its way through a network, with what reports say about it.
struct Signal {
  /// The tensor `[N, H, W, C]` or `[N, F]`.
  var value: ValueID
  /// Its shape without the batch: `[H, W, C]` or `[F]`.
  var shape: [Int]
  /// How much of the network's input each value sees.
  var field = ReceptiveField()
  /// The layer it came from, by its index in the network's records; nil for the network's input.
  var record: Int?
  /// The network's input that it is, where there are several by name.
  var inputName: String?

  /// Rows and columns, where it has them.
  var size: Size2D? { shape.count == 3 ? Size2D(shape[0], shape[1]) : nil }

  /// The last dimension.
  var channels: Int { shape[shape.count - 1] }

  /// `[256, 256, 3]`
  var description: String { Shape(shape).description }
}

/// How many input pixels, along each direction, one value depends on, and how far apart neighbouring values look.
public struct ReceptiveField: Hashable, Sendable {
  /// Rows and columns that one value depends on; nil for all of them.
  public var extent: Size2D? = Size2D(1, 1)
  /// Input pixels between neighbouring values; less than one after upsampling.
  var jumpHeight = 1.0
  var jumpWidth = 1.0

  /// After a window of `taps` that moves by `stride`.
  func after(window: Size2D, stride: Size2D) -> ReceptiveField {
    var field = self
    field.extent = extent.map {
      Size2D(
        grown($0.height, by: Double(window.height - 1) * jumpHeight),
        grown($0.width, by: Double(window.width - 1) * jumpWidth))
    }
    field.jumpHeight *= Double(stride.height)
    field.jumpWidth *= Double(stride.width)
    return field
  }

  /// After enlarging by `factor`, each result depending on `taps` neighbours.
  func after(taps: Size2D, enlarging factor: Size2D) -> ReceptiveField {
    var field = after(window: taps, stride: Size2D(1, 1))
    field.jumpHeight /= Double(factor.height)
    field.jumpWidth /= Double(factor.width)
    return field
  }

  /// After an operation in which each value depends on all others.
  var whole: ReceptiveField {
    var field = self
    field.extent = nil
    return field
  }

  /// Of a value that depends on both.
  func joined(with other: ReceptiveField) -> ReceptiveField {
    var field = self
    if let a = extent, let b = other.extent {
      field.extent = Size2D(max(a.height, b.height), max(a.width, b.width))
    } else {
      field.extent = nil
    }
    return field
  }

  private func grown(_ extent: Int, by pixels: Double) -> Int {
    pixels < 1e15 ? extent + Int(pixels.rounded(.up)) : Int(1e15)
  }
}
