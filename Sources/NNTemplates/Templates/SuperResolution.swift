extension Template {
  static let superResolution = Template(
    name: "super-resolution", summary: "doubles the resolution of pictures with residual blocks", data: pictures,
    text: """
      # Super-resolution: pictures are made smaller as they are read, and the network learns to restore them. All
      # convolutions work at the small size; `depth_to_space` lays channels out as pixels at the end.
      nnc: 1

      vars: {scale: 2, size: 64, width: 32}

      blocks:                                 # layers that are used several times, with parameters
        residual:
          parameters: {filters: , kernel: 3}  # without a value: must be given; with one: its default
          layers:
            - conv: {filters: $filters, kernel: $kernel, activation: relu}
            - conv: {name: second, filters: $filters, kernel: $kernel}
            - add: {from: [second, input]}    # inside a block `input` is what the block is given

      data:
        photos:
          images: photos                      # a folder of PNG or JPEG pictures, relative to this file
          shape: [$size, $size, 3]            # the shape of `photos.target`
          augment: [{random_crop: {scale: [0.1, 0.4]}}, {flip: horizontal}]
          degrade: [{downscale: $scale}]      # `photos.input` is smaller by this factor
          samples_per_epoch: 512
          validation: 20%

      network:
        input: photos.input
        layers:
          - conv: {name: head, filters: $width, activation: relu}
          - repeat: {count: 4, layers: [{residual: {filters: $width}}]}
          - add: {from: [head, previous]}     # `previous` is the layer before
          - conv: {filters: $(3 * scale ** 2)}
          - depth_to_space: {factor: $scale}

      losses:                                 # several losses, with weights, are added up
        pixel: {mae: {prediction: model, target: photos.target}}
        structure: {ssim: {prediction: model, target: photos.target}, weight: 0.1}
      metrics: [psnr, ssim]

      train:
        epochs: 20
        batch_size: 16
        optimizer: {adam: {learning_rate: {cosine: {from: 1e-3, to: 1e-5, warmup: 20 steps}}}}

      expect: {output: [$size, $size, 3], parameters: <= 1e6}  # `nnc check` proves it

      """)
}
