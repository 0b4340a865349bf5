extension Template {
  static let autoencoder = Template(
    name: "autoencoder", summary: "squeezes pictures through a bottleneck and restores them", data: pictures,
    text: """
      # An autoencoder: the network learns to give back the picture that it is given, through a bottleneck of few
      # channels. Every key, every layer and every default is explained by `nnc layers`.
      nnc: 1                                  # the version of the language, always first

      vars: {size: 64, width: 16}             # constants: `$width`, `$(2 * width)`; `--set vars.width=32` overrides one

      data:
        photos:                               # a name of your choice
          images: photos                      # a folder of PNG or JPEG pictures, relative to this file
          shape: [$size, $size, 3]            # [height, width, channels]
          augment:                            # random changes of training pictures, in this order
            - random_crop: {scale: [0.3, 1]}  # a part of the picture's area, resized to the shape
            - flip: horizontal
          samples_per_epoch: 512              # few pictures, cropped at random, make long epochs
          validation: 20%                     # held out, to measure on what was not trained on

      network:                                # layers in a row; each takes what the one before gives
        # The encoder: each pooling halves height and width.
        - conv: {filters: $width, activation: relu}
        - max_pool                            # a bare word where nothing has to be said
        - conv: {filters: $(2 * width), activation: relu}
        - max_pool
        - bottleneck: {name: code, filters: $width, activation: relu}  # a 1x1 convolution that reduces the channels
        # The decoder: stride 2 with `padding: same`, the default, doubles height and width exactly; a kernel of a
        # multiple of the stride covers all pixels alike.
        - transposed_conv: {filters: $(2 * width), kernel: 4, stride: 2, activation: relu}
        - transposed_conv: {filters: $width, kernel: 4, stride: 2, activation: relu}
        - output: {channels: 3, activation: sigmoid}  # values from 0 to 1, as the pictures have them

      loss: mse                               # the network's output against the data; a picture is its own target
      metrics: [psnr, ssim]                   # measured after each epoch on what is held out

      train:
        epochs: 20
        batch_size: 16
        optimizer: {adam: {learning_rate: 2e-3}}

      expect:                                 # what `nnc check` is to prove
        output: [$size, $size, 3]

      """)
}
