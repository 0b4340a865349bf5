extension Template {
  static let classifier = Template(
    name: "classifier", summary: "tells classes of small pictures apart, such as MNIST's digits",
    data: "put MNIST's two training files beside the spec, or change `idx:`",
    text: """
      # A classifier: convolutions and pooling, then dense layers down to one value per class.
      nnc: 1

      vars: {classes: 10}

      data:
        digits:
          idx:                                # MNIST's format, unpacked; relative to this file
            images: train-images-idx3-ubyte
            labels: train-labels-idx1-ubyte
          validation: 10%                     # held out, to measure on what was not trained on

      network:
        input: digits.image                   # the other field, `digits.label`, is what the loss compares with
        layers:
          - conv: {filters: 16, activation: relu}
          - max_pool                          # halves height and width
          - conv: {filters: 32, activation: relu}
          - max_pool
          - flatten                           # [height, width, channels] to [features]
          - dense: {units: 64, activation: relu}
          - dropout: 0.25                     # in training only
          - dense: {units: $classes, activation: softmax}  # a probability for each class

      loss: {cross_entropy: {target: digits.label}}  # computed from the logits, in one stable step with the softmax
      metrics: [accuracy]

      train:
        epochs: 5
        batch_size: 32
        optimizer: {adam: {learning_rate: 1e-3}}

      expect: {output: [$classes]}            # `nnc check` proves it

      """)
}
