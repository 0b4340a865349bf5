import NNFormats

/// What a run writes into its folder besides the log and the weights.
final class TrainingOutput {
  let folder: RunFolder
  /// The last picture that was written.
  private(set) var lastPreview: String?

  init(_ folder: RunFolder) { self.folder = folder }

  /// Writes the picture of an epoch; nothing where outputs are no pictures.
  func writePreview(_ samples: PreviewSamples, epoch: Int) throws(FileError) {
    guard let image = PreviewSheet(rows: samples.rows).raster?.image else { return }
    let path = folder.previewPath(epoch: epoch)
    try ImageFile.writePNG(image, to: path)
    lastPreview = path
  }
}
