import NNRandom
import Synchronization

/// The order in which an epoch draws its samples: whole permutations, one after the other, each a function of seed,
/// epoch and its number, so that any draw can be found without those before it.
final class EpochOrder: Sendable {
  private struct Key: Equatable {
    var seed: UInt64
    var epoch: Int
    var turn: Int
  }

  private let count: Int
  private let recent = Mutex<[(key: Key, order: [Int])]>([])

  init(count: Int) { self.count = count }

  /// Which of the `count` samples is drawn at `draw` of `epoch`.
  func sample(seed: UInt64, epoch: Int, draw: Int) -> Int {
    let key = Key(seed: seed, epoch: epoch, turn: draw / count)
    if let order = recent.withLock({ $0.first { $0.key == key }?.order }) { return order[draw % count] }
    let stream = RandomStream(seed: seed, purpose: .shuffle, index: UInt64(bitPattern: Int64(epoch)))
    var turn = stream.substream(UInt64(key.turn))
    let order = turn.permutation(count)
    recent.withLock { kept in
      if kept.count >= 4 { kept.removeFirst() }
      kept.append((key, order))
    }
    return order[draw % count]
  }
}
