import NNFormats
import NNTensor

extension RunOptions {
  /// The samples of a `.npy` file for an input of `shape`, `[H, W, C]` or `[F]`, which they must have; `taker` is what the
  /// input is called.
  func samples(of file: String, for taker: String, shape: [Int]) throws -> (values: [Float], count: Int) {
    let array = try NPY.read(file)
    let expected = isChannelsFirst ? shape.channelsFirst : shape
    guard array.shape.count == expected.count + 1, Array(array.shape.dropFirst()) == expected else {
      throw CommandFailure.data(
        """
        \(file) is \(Shape(array.shape)), \(taker) takes [N, \(Shape(expected).description.dropFirst())
        help: \(help(array.shape, expected, shape))
        """)
    }
    let count = array.shape[0]
    return (isChannelsFirst ? array.values.permuted(count, shape, toLast: true) : array.values, count)
  }

  /// Writes values of `shape`, `[H, W, C]` or `[F]`, to a `.npy` file in the layout that is asked for; gives what a person is
  /// told of it.
  func write(_ values: [Float], count: Int, shape: [Int], to path: String) throws -> String {
    let written = [count] + (isChannelsFirst ? shape.channelsFirst : shape)
    try NPY.write(isChannelsFirst ? values.permuted(count, shape, toLast: false) : values, shape: written, to: path)
    return "\(path) \(Shape(written))\(values.fault.map { ": \($0)" } ?? "")"
  }

  private func help(_ found: [Int], _ expected: [Int], _ shape: [Int]) -> String {
    if found == expected { return "save it as an array of one sample: `numpy.save(path, array[None])`" }
    let samples = Array(found.dropFirst())
    if samples == (isChannelsFirst ? shape : shape.channelsFirst) {
      let layout = isChannelsFirst ? "nhwc" : "nchw"
      return "its channels come \(isChannelsFirst ? "last" : "first"): read it so with `--npy-layout \(layout)`"
    }
    return "save the samples in this shape, with their number before it"
  }
}

extension [Int] {
  /// `[H, W, C]` as `[C, H, W]`; features as they are.
  var channelsFirst: [Int] { count == 3 ? [self[2], self[0], self[1]] : self }
}

extension [Float] {
  /// Samples of `shape` `[H, W, C]` between both layouts.
  func permuted(_ samples: Int, _ shape: [Int], toLast: Bool) -> [Float] {
    guard shape.count == 3 else { return self }
    let (area, channels) = (shape[0] * shape[1], shape[2])
    var result = [Float](repeating: 0, count: count)
    for sample in 0..<samples {
      let start = sample * area * channels
      for pixel in 0..<area {
        for channel in 0..<channels {
          let (last, first) = (start + pixel * channels + channel, start + channel * area + pixel)
          if toLast { result[last] = self[first] } else { result[first] = self[last] }
        }
      }
    }
    return result
  }
}
