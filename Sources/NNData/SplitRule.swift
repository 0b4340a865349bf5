import NNRandom

/// Which samples are held out: those whose hash falls below the fraction. Adding files moves no other file.
enum SplitRule {
  /// The indices of the training and of the validation samples, each ascending. Where the hash would leave a part
  /// empty though both are asked for and there are two samples, the nearest hash moves.
  static func split(count: Int, fraction: Double, key: (Int) -> String) -> (training: [Int], validation: [Int]) {
    guard fraction > 0, count > 1 else { return (Array(0..<count), []) }
    let hashes = (0..<count).map { StableHash.mixed(key($0)) }
    var training: [Int] = []
    var validation: [Int] = []
    for index in 0..<count {
      if Double(hashes[index] >> 11) * 0x1p-53 < fraction { validation.append(index) } else { training.append(index) }
    }
    if validation.isEmpty, let place = training.indices.min(by: { hashes[training[$0]] < hashes[training[$1]] }) {
      validation = [training.remove(at: place)]
    }
    if training.isEmpty, let place = validation.indices.max(by: { hashes[validation[$0]] < hashes[validation[$1]] }) {
      training = [validation.remove(at: place)]
    }
    return (training, validation)
  }
}
