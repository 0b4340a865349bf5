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
      .weightsUnusable, "a weights file cannot be used",
      """
      The file that `weights` names is missing, is no safetensors file, or its tensors are not those of the network: each must
      be there, with its name and shape, and none beside them among those of this network; tensors of others do not matter.
      """,
      example: """
        nnc: 1
        network: {input: [8, 8, 3], weights: trained.safetensors, layers: [conv: {filters: 8}]}
        """,
      repair: [("weights: trained.safetensors, ", "")]),
    DiagnosticPage(
      .weightsChecksum, "a weights file has another checksum",
      """
      `sha256` says which file `weights` must be, so that no other is taken for it: a download that was cut off, or a file that
      somebody replaced. `sha256sum FILE` prints a file's checksum; the diagnostic has both. Where the file is meant to be
      another one, its checksum belongs into the spec.
      """,
      example: SpecExample(
        """
        nnc: 1
        network:
          input: [8, 8, 3]
          weights: none.safetensors
          sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
          layers: [max_pool]
        """, files: [.init("none.safetensors", .bytes([8, 0, 0, 0, 0, 0, 0, 0] + Array("{}     \n".utf8)))]),
      repair: [
        (
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
          "41d065e99df0e1ed8b38803ae5333b4f1092da447ea6b158e2a0ba5f967c6c90"
        )
      ]),
    DiagnosticPage(
      .brokenPictures, "pictures of a data source cannot be read",
      """
      `check` reads the headers of the first thousand pictures; damage further inside a file shows when it is decoded. A broken
      picture ends the run, unless the source says `broken: skip`: then training draws the next whole sample in its place,
      validation has one fewer, and the summary says how many were left out. With `skip` this is a warning.
      """,
      example: """
        nnc: 1
        data: {photos: {images: scans.txt, shape: [8, 8, 3]}}
        network: [output: {channels: 3}]
        """,
      repair: [("scans.txt", "data/photos")]),
    DiagnosticPage(
      .inputNotGiven, "a loss needs a network that no data goes into",
      """
      A network whose `input` is a bare shape is a function that losses apply to other values, such as a discriminator. A loss
      cannot compare its output, because nothing says what goes in: give it a data source, or another network, as input.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 20%}}
        network: {input: [16, 16, 3], layers: [output: {channels: 3}]}
        loss: mse
        train: {epochs: 1, batch_size: 4, optimizer: adam}
        """,
      repair: [("input: [16, 16, 3]", "input: photos")]),
    DiagnosticPage(
      .memoryExpectation, "the predicted memory is more than expected",
      """
      `expect: {memory: …}` states the peak that the process of running or training may reach. It is predicted from the plan
      that will be executed, the batches that wait, the pictures that are kept and the program itself. Smaller batches and
      images need less.
      """,
      example: """
        nnc: 1
        network: {input: [64, 64, 3], layers: [conv: {filters: 16}]}
        expect: {memory: <= 10 KiB}
        """,
      repair: [("10 KiB", "100 MiB")]),
    DiagnosticPage(
      .memoryLimit, "training needs more memory than its limit",
      """
      `memory_limit` says how much memory the process of training may take at its peak. To keep it, fewer samples of a batch
      go through the networks at a time, or layers are computed again on the way back: whichever costs less, or both. What
      is left are the program, weights and what is kept for them, batches, and what layers need at the least. Batch
      normalisation needs all samples at once. Results have the same bits on any number of threads: room is left for four or
      more, and training is refused where more compute than there is room for.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [64, 64, 3], validation: 10%}}
        network: [conv: {filters: 16}, output: {channels: 3}]
        loss: mse
        train: {epochs: 1, batch_size: 4, memory_limit: 8 MiB, optimizer: adam}
        """,
      repair: [("8 MiB", "1 GiB")]),
    DiagnosticPage(
      .noBFloat16, "this processor cannot compute in the precision that is asked for",
      """
      `precision: bfloat16` takes instructions that multiply bf16 numbers (AVX-512 BF16). Where the processor has none, or
      `NNC_KERNELS` names other kernels, the same spec runs in float32: results differ by rounding, and it takes more memory
      and time. Nothing is wrong with the spec.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [8, 8, 3], validation: 10%}}
        network: [output: {channels: 3}]
        loss: mse
        train: {epochs: 1, batch_size: 4, optimizer: adam, precision: bfloat16}
        """,
      repair: [("bfloat16", "float32")]),
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
      repair: [("100000000", "4")]),
  ]
}
