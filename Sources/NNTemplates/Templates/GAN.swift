extension Template {
  static let gan = Template(
    name: "gan", summary: "super-resolution against a critic: two networks, trained in turns", data: pictures,
    text: """
      # A generator and a critic that work against each other: the critic learns to tell real pictures from generated
      # ones, the generator learns to double the resolution of pictures so that the critic takes them for real.
      nnc: 1

      vars: {size: 64, width: 32}

      data:
        photos:
          images: photos                      # a folder of PNG or JPEG pictures, relative to this file
          shape: [$size, $size, 3]
          range: [-1, 1]                      # the values of black and white, as `tanh` gives them
          augment: [{random_crop: {scale: [0.1, 0.4]}}, {flip: horizontal}]
          degrade: [{downscale: 2}]
          samples_per_epoch: 512
          validation: 20%

      networks:                               # several networks, each with a name
        generator:
          input: photos.input
          layers:
            - conv: {name: head, filters: $width, activation: relu}
            - conv: {filters: $width, activation: relu}
            - conv: {filters: $width}
            - add: {from: [head, previous]}
            - conv: {filters: 12}
            - depth_to_space: {factor: 2}
            - activation: tanh
        critic:
          input: [$size, $size, 3]            # a bare shape: a function that losses apply to pictures
          layers:
            - conv: {filters: 32, kernel: 4, stride: 2, activation: leaky_relu}
            - conv: {filters: 64, kernel: 4, stride: 2, activation: leaky_relu}
            - conv: {filters: 64, kernel: 4, stride: 2, activation: leaky_relu}
            - dense: {units: 1}               # no activation: the loss takes the raw value

      losses:
        pixel: {mae: {prediction: generator, target: photos.target}}
        # Two terms: `real_or_not.discriminator` for the critic, `real_or_not.generator`, with the weight, for the other.
        real_or_not:
          adversarial: {kind: hinge, discriminator: critic, fake: generator, real: photos.target}
          weight: {linear: {from: 0, to: 0.01, start: 50 steps, over: 100 steps}}  # first learn the pixels
      metrics: [psnr, ssim]

      train:
        epochs: 20
        batch_size: 8
        optimizer: {adam: {learning_rate: 2e-4, beta1: 0.5}}
        phases:                               # what each step does, in this order
          - {name: critic, update: [critic], losses: [real_or_not.discriminator]}
          - {name: generator, update: [generator], losses: [pixel, real_or_not.generator]}

      """)
}
