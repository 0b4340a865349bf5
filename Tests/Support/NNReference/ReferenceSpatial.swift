import NNGraph
import NNTensor

extension Margins {
  /// `x` surrounded by `value`.
  func referencePad(_ x: ReferenceTensor, value: Double) -> ReferenceTensor {
    let shape: Shape = [x.shape[0], x.shape[1] + total.height, x.shape[2] + total.width, x.shape[3]]
    var result = ReferenceTensor(shape, repeating: value)
    forEachInner(of: shape) { outer, inner in result.values[outer] = x.values[inner] }
    return result
  }

  /// `x` without its margins.
  func referenceCrop(_ x: ReferenceTensor) -> ReferenceTensor {
    let shape: Shape = [x.shape[0], x.shape[1] - total.height, x.shape[2] - total.width, x.shape[3]]
    var result = ReferenceTensor(shape)
    forEachInner(of: x.shape) { outer, inner in result.values[inner] = x.values[outer] }
    return result
  }

  /// Indices of each value inside the margins: in the image of shape `outer`, and in the one without margins.
  private func forEachInner(of outer: Shape, _ body: (_ outer: Int, _ inner: Int) -> Void) {
    let (height, width) = (outer[1] - total.height, outer[2] - total.width)
    let (large, small) = (ImageIndex(outer), ImageIndex([outer[0], height, width, outer[3]]))
    for n in 0..<outer[0] {
      for y in 0..<height {
        for x in 0..<width {
          for c in 0..<outer[3] { body(large(n, y + top, x + left, c), small(n, y, x, c)) }
        }
      }
    }
  }
}

extension Size2D {
  /// Channels to blocks of pixels, by a view and an order of axes.
  func referenceDepthToSpace(_ x: ReferenceTensor) -> ReferenceTensor {
    let (n, h, w, c) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3] / area)
    return x.reshaped([n, h, w, c, height, width]).permuted([0, 1, 4, 2, 5, 3])
      .reshaped([n, h * height, w * width, c])
  }

  /// Blocks of pixels to channels.
  func referenceSpaceToDepth(_ x: ReferenceTensor) -> ReferenceTensor {
    let (n, h, w, c) = (x.shape[0], x.shape[1] / height, x.shape[2] / width, x.shape[3])
    return x.reshaped([n, h, height, w, width, c]).permuted([0, 1, 3, 5, 2, 4]).reshaped([n, h, w, c * area])
  }
}
