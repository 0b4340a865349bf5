extension Template {
  static let residual = Template(
    name: "residual", summary: "residual blocks at three sizes, here to fill in what is missing", data: pictures,
    text: """
      # A residual network: each block adds a correction to what it is given, so that many of them still train. Here
      # it fills in pictures of which a part is missing.
      nnc: 1

      vars: {width: 24}

      blocks:
        residual:                             # what it is given, plus what two convolutions make of it
          parameters: {filters: }
          layers:
            - conv: {filters: $filters, normalization: {group: {groups: 8}}, activation: silu}
            - conv: {name: last, filters: $filters, normalization: {group: {groups: 8}}}
            - add: {from: [last, input]}      # `input` is what the block is given
        smaller:                              # half the size, other channels, then two residual blocks
          parameters: {filters: , count: 2}
          layers:
            - conv: {filters: $filters, stride: 2, activation: silu}
            - repeat: {count: $count, layers: [{residual: {filters: $filters}}]}  # blocks may use blocks

      data:
        photos:
          images: photos                      # a folder of PNG or JPEG pictures, relative to this file
          shape: [64, 64, 3]
          augment: [{random_crop: {scale: [0.3, 0.8]}}, {flip: horizontal}]
          degrade: [{mask: 0.2}]              # removes a fifth of the picture: `photos.input`
          samples_per_epoch: 512
          validation: 20%

      network:
        input: photos.input
        layers:
          - conv: {name: head, filters: $width, activation: silu}
          - smaller: {name: half, filters: $(2 * width)}
          - smaller: {filters: $(4 * width)}
          - upsample: {factor: 2, method: bilinear}
          - conv: {filters: $(2 * width), activation: silu}
          - add: {from: [previous, half]}
          - upsample: {factor: 2, method: bilinear}
          - conv: {filters: $width, activation: silu}
          - add: {from: [previous, head]}
          - output: {channels: 3, activation: sigmoid}

      loss: mae
      metrics: [psnr, ssim]

      train:
        epochs: 20
        batch_size: 8
        optimizer: {adamw: {learning_rate: 1e-3, weight_decay: 1e-3}}  # spares biases and normalisations

      """)
}
