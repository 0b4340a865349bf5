import Testing

@testable import NNRandom

struct KnownAnswer {
  let counter: SIMD4<UInt32>
  let key: UInt64
  let result: SIMD4<UInt32>
}

/// `philox4x32 10` of Random123's file kat_vectors.
let knownAnswers = [
  KnownAnswer(
    counter: SIMD4(0, 0, 0, 0), key: 0, result: SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)),
  KnownAnswer(
    counter: SIMD4(repeating: .max), key: .max, result: SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)),
  KnownAnswer(
    counter: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), key: 0x299f_31d0_a409_3822,
    result: SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)),
]

@Test func `Philox gives Random123's known answers`() {
  for answer in knownAnswers { #expect(Philox4x32(key: answer.key).block(at: answer.counter) == answer.result) }
}
