/// The lanes of a tile at the points of both axes.
typealias PointLanes<let rows: Int, let columns: Int> = InlineArray<rows, InlineArray<columns, Lane>>

/// Work on a tile of F(4, r), compiled for each number of points.
protocol PointsWork {
  /// To be inlined always: only where both numbers are known the compiler keeps the points in registers.
  func work<let rows: Int, let columns: Int>(_: PointLanes<rows, columns>.Type)
}

extension PointsWork {
  /// Works on `rows` × `columns` points, four to six along each axis.
  @inline(__always)
  func work(_ rows: Int, _ columns: Int) {
    switch (rows, columns) {
    case (6, 6): work6x6()
    case (5, 5): work5x5()
    case (5, 4): work5x4()
    case (4, 5): work4x5()
    case (4, 4): work4x4()
    case (6, 4): work6x4()
    case (4, 6): work4x6()
    case (5, 6): work5x6()
    default: work6x5()
    }
  }

  // Functions of their own: what all of them need would otherwise stand between the lanes of each.
  @inline(never) func work6x6() { work(PointLanes<6, 6>.self) }
  @inline(never) private func work5x5() { work(PointLanes<5, 5>.self) }
  @inline(never) private func work5x4() { work(PointLanes<5, 4>.self) }
  @inline(never) private func work4x5() { work(PointLanes<4, 5>.self) }
  @inline(never) private func work4x4() { work(PointLanes<4, 4>.self) }
  @inline(never) private func work6x4() { work(PointLanes<6, 4>.self) }
  @inline(never) private func work4x6() { work(PointLanes<4, 6>.self) }
  @inline(never) private func work5x6() { work(PointLanes<5, 6>.self) }
  @inline(never) private func work6x5() { work(PointLanes<6, 5>.self) }
}
