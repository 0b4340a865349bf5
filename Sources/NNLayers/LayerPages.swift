import NNDiagnostics

extension DiagnosticPages {
  /// The pages of this module.
  public static let layers: [DiagnosticPage] = kinds + networks + losses + judges + phases + lints

  /// The pages of what can be wrong with a layer.
  static let kinds: [DiagnosticPage] = [
    DiagnosticPage(
      .groupsDoNotDivide, "groups do not divide the channels",
      """
      `groups` splits the channels into parts of equal size, so it must divide the channels of the input, and for a
      convolution the filters, too. The help lists what is possible.
      """,
      example: "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [conv: {filters: 16, groups: 2}]}",
      repair: [("groups: 2", "groups: 1")]),
    DiagnosticPage(
      .windowDoesNotFit, "a window is larger than its input",
      """
      A window of a convolution or a pool must fit into the padded image at least once. Mostly the image has been made smaller
      more often than it can be: each pool and each stride of 2 halves it.
      """,
      example: """
        nnc: 1
        network:
          input: [4, 4, 3]
          layers:
            - max_pool
            - max_pool
            - max_pool
        """,
      repair: [("[4, 4, 3]", "[8, 8, 3]")]),
    DiagnosticPage(
      .needsImage, "a layer of images is given a list of values",
      """
      Convolutions, pools and the like work on `[height, width, channels]`. After `flatten`, `dense` or `global_avg_pool`
      there is only `[features]`; `reshape` makes an image of it.
      """,
      example: "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [dense: {units: 64}, conv: {filters: 8}]}",
      repair: [("conv: {filters: 8}", "reshape: {shape: [4, 4, 4]}, conv: {filters: 8}")]),
    DiagnosticPage(
      .bottleneckDoesNotReduce, "a bottleneck does not reduce the channels",
      """
      A bottleneck is a 1×1 convolution to fewer channels than go in; that is all that sets it apart. For any other 1×1
      convolution write `conv` with `kernel: 1`.
      """,
      example: "nnc: 1\nnetwork: {input: [8, 8, 16], layers: [bottleneck: {filters: 32}]}",
      repair: [("filters: 32", "filters: 4")]),
    DiagnosticPage(
      .reshapeCount, "`reshape` changes the number of values",
      """
      `reshape` orders the same values anew, so the product of the new sizes equals the product of the old ones.
      """,
      example: "nnc: 1\nnetwork: {input: [64], layers: [reshape: {shape: [8, 8, 3]}]}",
      repair: [("[8, 8, 3]", "[8, 8, 1]")]),
    DiagnosticPage(
      .tooLarge, "a tensor is too large for any machine",
      """
      A layer's output or its weights would have more than 2³⁶ values, 256 GiB. That is mostly a size with too many digits.
      """,
      example: "nnc: 1\nnetwork: {input: [64, 64, 3], layers: [conv: {filters: 1000000, kernel: 256}]}",
      repair: [("1000000, kernel: 256", "100, kernel: 5")]),
    DiagnosticPage(
      .unknownLayer, "`from` names a layer that is not there",
      """
      `from` takes the name of a layer that stands before this one in the same network or block, or `previous`, or `input`.
      """,
      example: """
        nnc: 1
        network:
          input: [8, 8, 3]
          layers:
            - conv: {name: head, filters: 8}
            - conv: {filters: 8}
            - add: {from: [previous, haed]}
        """,
      repair: [("haed", "head")]),
    DiagnosticPage(
      .mergeDiffers, "layers that are joined differ in shape",
      """
      `concat` joins channels, so height and width must be equal; `add` and `multiply` go value by value, so all must be equal.
      Nothing is broadcast or cropped silently. A note shows the layer that made the difference: mostly a pool that dropped an
      odd row.
      """,
      example: """
        nnc: 1
        network:
          input: [65, 65, 3]
          layers:
            - conv: {name: skip, filters: 8}
            - max_pool
            - upsample
            - concat: {from: [previous, skip]}
        """,
      repair: [("[65, 65, 3]", "[64, 64, 3]")]),
    DiagnosticPage(
      .outputPadding, "`output_padding` does not apply",
      """
      `output_padding` chooses one of the sizes that a strided convolution would have reduced to the same one, so it is below
      the stride. With `padding: same` the output is exactly size × stride, and there is nothing to choose.
      """,
      example: """
        nnc: 1
        network: {input: [8, 8, 3], layers: [transposed_conv: {filters: 8, kernel: 4, stride: 2, output_padding: 1}]}
        """,
      repair: [("output_padding: 1", "padding: 1, output_padding: 1")]),
    DiagnosticPage(
      .paddingEatsOutput, "the padding of a transposed convolution cuts everything away",
      """
      Padding makes the output of a transposed convolution smaller. With this much of it nothing is left.
      """,
      example: "nnc: 1\nnetwork: {input: [4, 4, 3], layers: [transposed_conv: {filters: 8, kernel: 2, padding: 5}]}",
      repair: [("padding: 5", "padding: 1")]),
    DiagnosticPage(
      .poolPadding, "the padding of a pool is more than half its window",
      """
      Then some windows would lie in the padding alone, and there would be nothing to take the maximum or mean of.
      """,
      example: "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [max_pool: {size: 2, padding: 2}]}",
      repair: [("padding: 2", "padding: 1")]),
    DiagnosticPage(
      .poolWindow, "the window of a `max_pool` is too large",
      """
      Training remembers for each window where its maximum was, as a number of 16 bits. Several smaller pools one after the
      other reach as far.
      """,
      example: "nnc: 1\nnetwork: {input: [1024, 1024, 1], layers: [max_pool: {size: 600}]}",
      repair: [("size: 600", "size: 200")]),
    DiagnosticPage(
      .slopeWithoutLeakyRelu, "an activation other than `leaky_relu` has a slope",
      """
      `slope` is how steep `leaky_relu` is below zero. The other activations have none.
      """,
      example: "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [activation: {kind: relu, slope: 0.1}]}",
      repair: [("kind: relu", "kind: leaky_relu")]),
    DiagnosticPage(
      .tooMuchArithmetic, "a layer would take years",
      """
      The layer, alone or with the layers before it, needs more than 10¹⁷ operations for a batch. That is mostly a kernel
      with too many digits.
      """,
      example: "nnc: 1\nnetwork: {input: [8000, 8000, 1], layers: [conv: {filters: 1000, kernel: 8000}]}",
      repair: [("kernel: 8000", "kernel: 3")]),
    DiagnosticPage(
      .operandCount, "a layer is given too many or too few layers",
      """
      `concat`, `add` and `multiply` join two or more, `from: [a, b]`; every other kind takes one.
      """,
      example: """
        nnc: 1
        network:
          input: [8, 8, 3]
          layers:
            - conv: {name: skip, filters: 8}
            - conv: {filters: 8}
            - add
        """,
      repair: [("- add", "- add: {from: [previous, skip]}")]),
    DiagnosticPage(
      .factorDoesNotDivide, "`depth_to_space` has no whole blocks",
      """
      It makes a block of factor × factor pixels out of as many channels, so factor² must divide the channels.
      """,
      example: "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [conv: {filters: 10}, depth_to_space: {factor: 2}]}",
      repair: [("filters: 10", "filters: 12")]),
    DiagnosticPage(
      .cropsEverything, "`crop` leaves nothing of the image",
      """
      What is cut off at two opposite sides is together less than the image has there.
      """,
      example: "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [crop: {top: 4, bottom: 4}]}",
      repair: [("bottom: 4", "bottom: 3")]),
    DiagnosticPage(
      .oneValuePerChannel, "a normalisation has a single value per channel",
      """
      Batch and instance normalisation subtract the mean of a channel and divide by its deviation, group normalisation those
      of some channels, layer normalisation those of a pixel's. Of one value the mean is the value itself, so the output would
      be 0 whatever goes in.
      """,
      example:
        "nnc: 1\nnetwork: {input: [4, 4, 3], layers: [conv: {filters: 8, kernel: 4, padding: valid}, instance_norm]}",
      repair: [("instance_norm", "layer_norm")]),
    DiagnosticPage(
      .zeroSpectralNorm, "a spectral norm would divide by zero",
      """
      `spectral_norm` divides the weights by their largest singular value. Of weights that begin as zeros it is 0, and no
      gradient could ever lead away from there.
      """,
      example:
        "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [conv: {filters: 4, spectral_norm: true, initializer: zeros}]}",
      repair: [("initializer: zeros", "initializer: he_normal")]),
  ]
}
