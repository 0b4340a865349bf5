extension Suggestion {
  /// What to say of a word that other frameworks know and for which this language has no word of its own, or has it at
  /// another place; `nil` where there is nothing to say.
  ///
  /// - Parameter candidates: the words that may stand there; what is said of them as foreign words is left out.
  public static func advice(on word: String, among candidates: [String] = []) -> String? {
    let name = word.split(separator: ".").last ?? ""
    guard let entry = foreignAdvice[plain(name)].map({ advices[$0] }) else { return nil }
    return candidates.contains { entry.words.contains(plain($0)) } ? nil : entry.text
  }

  private static func plain(_ word: some StringProtocol) -> String {
    word.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " }
  }

  private static let foreignAdvice: [String: Int] = {
    var places: [String: Int] = [:]
    for (index, entry) in advices.enumerated() { for word in entry.words { places[word] = index } }
    return places
  }()

  private static let advices: [(words: [String], text: String)] = [
    (
      ["inchannels", "infeatures", "numfeatures", "inputchannels", "inputdim", "numinput"],
      "leave it out: the number of channels follows from the layer before"
    ),
    (
      ["inputshape", "batchinputshape", "inputsize"],
      "the network says what goes in: `input: [height, width, channels]` beside `layers:`"
    ),
    (
      ["wgangp", "r1", "r2", "dragan", "gradientpenalty", "gppenalty", "lambdagp", "r1gamma"],
      """
      a gradient's penalty needs second derivatives of every layer, which nnc does not compute: use `kind: hinge` and \
      `spectral_norm: true` on the discriminator's layers, or `kind: wgan`, which clips the weights
      """
    ),
    (["alignedcorners", "aligncorners"], "leave it out: bilinear `upsample` does not align corners"),
    (["paddingmode"], "convolutions pad with zeros; `pad` before them takes a `value`"),
    (["startdim", "enddim"], "leave it out: `flatten` makes one list of values of each sample"),
    (["batchnormalize", "batchnorm", "bn"], "write `normalization: batch`"),
    (["inplace"], "leave it out: where memory is reused follows from the plan"),
    (["kernelregularizer", "biasregularizer", "regularizer", "weightdecay"], "`weight_decay` stands in the optimizer"),
    (
      ["scheduler", "lrscheduler", "lrschedule", "lrpolicy"],
      """
      a schedule stands in place of the number: `learning_rate: {cosine: {from: 1e-3, to: 1e-5}}`
      """
    ),
    (["betas"], "there are two keys: `beta1: 0.9, beta2: 0.999`"),
    (["numworkers", "workers", "prefetch", "pinmemory"], "leave it out: samples are made ahead by themselves"),
    (
      ["device", "gpu", "gpus", "cuda"],
      "leave it out: nnc computes on the processor; `--threads N` says with how many threads"
    ),
    (
      ["totensor", "normalize"], "leave it out: pictures become numbers by `range`, `mean` and `std` of the data source"
    ),
    (
      ["learningrate", "lr", "momentum", "nesterov", "beta1", "beta2", "epsilon"],
      """
      it belongs to the optimizer: `optimizer: {adam: {learning_rate: 1e-3}}`
      """
    ),
    (["optimizer", "batchsize", "epochs", "steps", "optimiser", "earlystop", "checkpoint"], "it belongs into `train`"),
    (
      ["loss", "losses", "train", "metrics", "data", "expect", "vars", "blocks"],
      "it stands at the top of the spec, without indentation"
    ),
    (["weight"], "it stands beside the kind: `{mse: {…}, weight: 0.5}`"),
    (
      ["relu", "leakyrelu", "prelu", "elu", "gelu", "silu", "swish", "sigmoid", "tanh", "softmax"],
      "an activation is a key of the layer before, `activation: relu`, or a layer of its own, `- activation: relu`"
    ),
    (["type", "class", "classname"], "the kind is the key itself: `- conv: {filters: 16}`"),
  ]
}
