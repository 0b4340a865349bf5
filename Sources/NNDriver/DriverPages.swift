import NNDiagnostics
import NNLayers
import NNSpec

extension DiagnosticPages {
  /// The pages of every code that nnc has: one list per module, each beside the wording of its codes.
  public static let all = DiagnosticPages(spec + layers + driver)

  /// The pages of this module.
  static let driver: [DiagnosticPage] = [
    DiagnosticPage(
      .dataUnusable, "the data of a source cannot be used",
      """
      `check` opens the data: a folder or a file is missing, holds nothing of the kind that is asked for, or does not have the
      declared shape. Paths are relative to the spec's folder.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/fotos, shape: [8, 8, 3]}}
        network: [output: {channels: 3}]
        """,
      repair: [("data/fotos", "data/photos")]),
    DiagnosticPage(
      .noValidation, "nothing is held out for validation",
      """
      A warning: metrics and the validation loss would be taken from samples that the network has learnt from, and look better
      than they are. `validation: 10%` holds a tenth out, chosen by the files' names, so that it stays the same when files are
      added.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [16, 16, 3]}}
        network: [output: {channels: 3}]
        loss: mse
        metrics: [psnr]
        train: {epochs: 1, batch_size: 4, optimizer: adam}
        """,
      repair: [("3]}}", "3], validation: 20%}}")]),
    DiagnosticPage(
      .weightsUnusable, "a weights file cannot be used",
      """
      The file that `weights` names is missing, is no safetensors file, or its tensors are not those of the network: each must
      be there, with its name and shape, and none beside them.
      """,
      example: """
        nnc: 1
        network: {input: [8, 8, 3], weights: trained.safetensors, layers: [conv: {filters: 8}]}
        """,
      repair: [("weights: trained.safetensors, ", "")]),
    DiagnosticPage(
      .memoryExpectation, "the predicted memory is more than expected",
      """
      `expect: {memory: …}` states the peak that running or training may reach. It is predicted exactly, from the plan that
      will be executed. Smaller batches and images need less.
      """,
      example: """
        nnc: 1
        network: {input: [64, 64, 3], layers: [conv: {filters: 16}]}
        expect: {memory: <= 10 KiB}
        """,
      repair: [("10 KiB", "10 MiB")]),
    DiagnosticPage(
      .batchTooLarge, "batches are too large for any machine",
      """
      One sample would fit, `batch_size` of them do not: some tensor would have more than 2³⁶ values.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [64, 64, 3], validation: 10%}}
        network: [output: {channels: 3}]
        loss: mse
        train: {epochs: 1, batch_size: 100000000, optimizer: adam}
        """,
      repair: [("100000000", "100")]),
  ]
}
