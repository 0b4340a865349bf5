extension Template {
  static let unet = Template(
    name: "unet", summary: "a U-Net with skip connections, here to colour grey pictures", data: pictures,
    text: """
      # A U-Net: an encoder that halves the size twice, a decoder that doubles it again, and skip connections that
      # bring back the details of each size. Here it colours pictures; change `degrade` for another task.
      nnc: 1

      vars: {width: 16}

      blocks:
        double:                               # two convolutions; a bias would not survive the normalisation
          parameters: {filters: }             # without a value: every use must give it
          layers:
            - conv: {filters: $filters, bias: false, normalization: batch, activation: relu}
            - conv: {filters: $filters, bias: false, normalization: batch, activation: relu}

      data:
        photos:
          images: photos                      # a folder of PNG or JPEG pictures, relative to this file
          shape: [64, 64, 3]                  # divisible by 4, as the size is halved twice
          augment: [{random_crop: {scale: [0.3, 0.8]}}, {flip: horizontal}]
          degrade: [grayscale]                # gives `photos.input` without colour, and `photos.target`
          samples_per_epoch: 512
          validation: 20%

      network:
        input: photos.input
        layers:
          - double: {name: down1, filters: $width}  # the name of a block's use stands for its output
          - max_pool
          - double: {name: down2, filters: $(2 * width)}
          - max_pool
          - double: {filters: $(4 * width)}
          - upsample: {factor: 2, method: bilinear}
          - concat: {from: [previous, down2]}       # what `down2` gave, beside what comes from below
          - double: {filters: $(2 * width)}
          - upsample: {factor: 2, method: bilinear}
          - concat: {from: [previous, down1]}
          - double: {filters: $width}
          - output: {channels: 3, activation: sigmoid}

      losses:
        pixel: {mae: {prediction: model, target: photos.target}}
        structure: {ssim: {prediction: model, target: photos.target}, weight: 0.2}
      metrics: [psnr, ssim]

      train:
        epochs: 20
        batch_size: 8
        optimizer: {adamw: {learning_rate: {cosine: {from: 1e-3, to: 1e-5, warmup: 20 steps}}}}

      """)
}
