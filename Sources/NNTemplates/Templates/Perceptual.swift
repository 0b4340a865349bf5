extension Template {
  static let perceptual = Template(
    name: "perceptual", summary: "compares what a second network sees in pictures, not only pixels", data: pictures,
    text: """
      # A perceptual loss: prediction and target are compared by what the layers of another network make of them. That
      # network is frozen, an ordinary network of this spec; its weights say what counts as alike.
      nnc: 1

      data:
        photos:
          images: photos                      # a folder of PNG or JPEG pictures, relative to this file
          shape: [64, 64, 3]
          augment: [{random_crop: {scale: [0.2, 0.6]}}, {flip: horizontal}]
          degrade: [{blur: 1.5}, {noise: 0.05}]
          samples_per_epoch: 512
          validation: 20%

      networks:
        restorer:
          input: photos.input
          layers:
            - conv: {filters: 24, activation: relu}
            - conv: {filters: 24, activation: relu}
            - conv: {filters: 24, activation: relu}
            - conv: {name: correction, filters: 3, initializer: zeros}
            - add: {from: [input, correction]}
        features:
          input: [64, 64, 3]                  # a bare shape: a function that the loss applies
          frozen: true                        # its weights stay as they are
          # Weights of a network with these layers' names and shapes. Without them the features are random, and
          # `nnc check` warns: good enough to see the mechanism, too little to rely on.
          # weights: features.safetensors
          layers:
            - conv: {name: conv1, filters: 32}
            - activation: {name: relu1, kind: relu}
            - max_pool
            - conv: {name: conv2, filters: 64}
            - activation: {name: relu2, kind: relu}

      losses:
        pixel: {mae: {prediction: restorer, target: photos.target}}
        look:
          perceptual: {network: features, layers: {relu1: 1, relu2: 0.5}, prediction: restorer, target: photos.target}
          weight: 0.1
      metrics: [psnr, ssim]

      train:
        epochs: 20
        batch_size: 8
        optimizer: {adam: {learning_rate: 1e-3}}
        ema: 0.99                             # validation and the weights kept are a moving average

      """)
}
