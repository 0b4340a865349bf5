import NNKernels

/// This instruction set's table.
func makeConvolutionKernels() -> ConvolutionKernels {
  ConvolutionKernels(
    shape: TileShape(laneWidth: Lane.width, columns: Tile.columns, rows: Tile.rows(Tile.columns)),
    packWeights: { packConvolutionWeights($0, $1, $2) }, convolve: { convolve($0, $1, $2) },
    convolvePool: { convolvePool($0, $1, $2) }, weightGradient: { weightGradient($0, $1, $2) },
    reduceWeightGradient: { reduceWeightGradient($0, $1, $2) },
    registerProducts: { registerProducts($0, $1) })
}
