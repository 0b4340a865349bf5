import NNDiagnostics
import Testing

@Suite struct SuggestionTests {
  private let keys = [
    "filters", "kernel", "stride", "padding", "dilation", "groups", "bias", "activation", "normalization",
    "spectral_norm", "initializer", "output_padding", "name", "from",
  ]

  @Test(
    "foreign spellings name the word of this language",
    arguments: [
      ("out_channels", "filters"), ("kernel_size", "kernel"), ("strides", "stride"), ("Kernel", "kernel"),
      ("output-padding", "output_padding"), ("outputPadding", "output_padding"), ("use_bias", "bias"),
      ("filtres", "filters"),
    ])
  func foreign(written: String, meant: String) {
    #expect(Suggestion.closest(to: written, among: keys) == meant)
  }

  @Test(
    "foreign kinds name the kind",
    arguments: [
      ("Conv2D", "conv"), ("ConvTranspose2d", "transposed_conv"), ("deconv", "transposed_conv"),
      ("MaxPooling2D", "max_pool"), ("Linear", "dense"),
    ])
  func kinds(written: String, meant: String) {
    #expect(Suggestion.closest(to: written, among: ["conv", "transposed_conv", "max_pool", "dense"]) == meant)
  }

  @Test("what is far from everything names nothing") func nothing() {
    #expect(Suggestion.closest(to: "zzzzzz", among: keys) == nil)
    #expect(Suggestion.closest(to: "", among: keys) == nil)
    #expect(Suggestion.closest(to: String(repeating: "k", count: 100_000), among: keys) == nil)
  }

  @Test(
    "the distance counts a swap of neighbours once",
    arguments: [
      ("", "", 0), ("abc", "abc", 0), ("abc", "acb", 1), ("abc", "ab", 1), ("abc", "axc", 1), ("kitten", "sitting", 3),
      ("", "ab", 2),
    ])
  func distance(left: String, right: String, distance: Int) {
    #expect(Suggestion.distance(Array(left), Array(right)) == distance)
    #expect(Suggestion.distance(Array(right), Array(left)) == distance)
  }

  @Test("one-letter misspellings name the right key in at least 95 % of cases") func misspellings() {
    var (right, total) = (0, 0)
    for key in keys {
      for written in variants(of: key) where !keys.contains(written) {
        total += 1
        if Suggestion.closest(to: written, among: keys) == key { right += 1 }
      }
    }
    #expect(total > 3_000)
    #expect(Double(right) / Double(total) >= 0.95, "\(right) of \(total)")
  }

  private func variants(of word: String) -> [String] {
    let letters = Array(word)
    var result: [String] = []
    for index in letters.indices {
      result.append(String(letters[..<index] + letters[(index + 1)...]))
      if index + 1 < letters.count {
        var swapped = letters
        swapped.swapAt(index, index + 1)
        result.append(String(swapped))
      }
      for letter in "abcdefghijklmnopqrstuvwxyz" {
        result.append(String(letters[..<index] + [letter] + letters[(index + 1)...]))
        result.append(String(letters[..<index] + [letter] + letters[index...]))
      }
    }
    return result
  }
}
