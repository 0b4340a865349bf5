extension Template {
  static let denoiser = Template(
    name: "denoiser", summary: "removes noise: learns what was added, and subtracts it", data: pictures,
    text: """
      # A denoiser: clean pictures are degraded as they are read, and the network learns to undo it. It computes a
      # correction that is added to its input, so it starts near the right answer.
      nnc: 1

      vars: {width: 24, noise: 0.1}

      data:
        photos:
          images: photos                      # a folder of PNG or JPEG pictures, relative to this file
          shape: [64, 64, 3]
          augment: [{random_crop: {scale: [0.2, 0.6]}}, {flip: both}]
          degrade:                            # gives `photos.input`, degraded, and `photos.target`, clean
            - noise: $noise                   # standard deviation, where black is 0 and white is 1
          # - blur: 1.5                       # several go one after the other: blur, downscale, grayscale, mask
          samples_per_epoch: 512
          validation: 20%

      network:
        input: photos.input
        layers:
          - conv: {name: first, filters: $width, activation: relu}
          - repeat:                           # the same layers several times, each with its own weights
              count: 3
              layers:
                - conv: {filters: $width, bias: false, normalization: batch, activation: relu}
          - conv: {name: correction, filters: 3, initializer: zeros}
          - add: {from: [input, correction]}  # layers are named, never numbered; `input` is the network's input

      loss: mae                               # sharper than `mse`; against `photos.target`, the only target there is
      metrics: [psnr, ssim]

      train:
        epochs: 20
        batch_size: 16
        # A number may follow a schedule: here it falls along half a cosine, after a short warm-up.
        optimizer: {adam: {learning_rate: {cosine: {from: 2e-3, to: 1e-5, warmup: 20 steps}}}}

      """)
}
