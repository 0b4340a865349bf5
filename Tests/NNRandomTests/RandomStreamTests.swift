import Foundation
import Testing

@testable import NNRandom

private func stream(_ seed: UInt64, _ index: UInt64 = 0, _ second: UInt64 = 0) -> RandomStream {
  RandomStream(seed: seed, purpose: .testing, index: index, second: second)
}

@Test func `Streams repeat for the same key and differ for any other`() {
  var seen: Set<UInt64> = []
  for seed in 0..<8 as Range<UInt64> {
    for index in 0..<8 as Range<UInt64> {
      for second in 0..<8 as Range<UInt64> {
        var one = stream(seed, index, second)
        var same = stream(seed, index, second)
        let value = one.nextUInt64()
        #expect(value == same.nextUInt64())
        seen.insert(value)
      }
    }
  }
  var other = RandomStream(seed: 0, purpose: .shuffle)
  seen.insert(other.nextUInt64())
  #expect(seen.count == 8 * 8 * 8 + 1)
}

@Test func `Uniform numbers fill their range evenly`() {
  var random = stream(1)
  var counts = [Int](repeating: 0, count: 16)
  var sum = 0.0
  var outside = 0
  for _ in 0..<160_000 {
    let value = random.uniformDouble()
    outside += value >= 0 && value < 1 ? 0 : 1
    counts[Int(value * 16)] += 1
    sum += Double(random.uniformFloat())
    let shifted = random.uniform(in: -3.0...5.0)
    outside += shifted >= -3 && shifted <= 5 ? 0 : 1
  }
  #expect(outside == 0)
  let chiSquare = counts.map { Double($0) - 10_000 }.reduce(0.0) { $0 + $1 * $1 / 10_000 }
  #expect(chiSquare < 38)
  #expect(abs(sum / 160_000 - 0.5) < 0.003)
}

@Test func `Normal numbers have the normal moments`() {
  var random = stream(2)
  var moments = [0.0, 0, 0, 0, 0]
  let count = 200_000
  for _ in 0..<count {
    let value = random.normal()
    for power in 1...4 { moments[power] += pow(value, Double(power)) / Double(count) }
  }
  #expect(abs(moments[1]) < 0.01)
  #expect(abs(moments[2] - 1) < 0.02)
  #expect(abs(moments[3]) < 0.04)
  #expect(abs(moments[4] - 3) < 0.12)
}

@Test func `Normal numbers are the recorded ones on every platform`() {
  var random = stream(3)
  let bits = (0..<4).map { _ in random.normal().bitPattern }
  #expect(bits == recordedNormalBits, "\(bits.map { String($0, radix: 16) })")
}

private let recordedNormalBits: [UInt64] = [
  0x3fd9_0499_ed29_e1e9, 0xbfe1_25c5_31ee_8f51, 0xbf8f_9314_6026_2272, 0x4001_811b_0045_7ebc,
]

@Test func `Own logarithm and circle agree with the system's`() {
  var random = stream(4)
  for _ in 0..<20_000 {
    let u = random.uniformDouble()
    #expect(abs(PortableMath.log(1 - u) - log(1 - u)) <= 4e-16 * max(abs(log(1 - u)), 1e-300))
    let point = PortableMath.unitCircle(turns: u)
    #expect(abs(point.cosine - cos(2 * .pi * u)) < 2e-15)
    #expect(abs(point.sine - sin(2 * .pi * u)) < 2e-15)
  }
}

@Test func `Integers below a bound are even and permutations are complete`() {
  var random = stream(5)
  var counts = [Int](repeating: 0, count: 7)
  for _ in 0..<70_000 { counts[random.integer(below: 7)] += 1 }
  for count in counts { #expect(abs(count - 10_000) < 500) }
  for size in [0, 1, 2, 5, 1000] { #expect(random.permutation(size).sorted() == Array(0..<size)) }
  #expect(random.permutation(1000) != Array(0..<1000))
  #expect(random.integer(below: 0) == 0)
}
