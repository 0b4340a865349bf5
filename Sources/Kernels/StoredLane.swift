/// What a register tile multiplies: a type, so that each has tiles of its own.
protocol Factors {
  /// Whether registers are left to do more with the sums than to store them.
  static var leavesRegisters: Bool { get }
  /// `sum += a * b`.
  static func addProduct(_ sum: inout Lane, _ a: Lane, _ b: Lane)
}

/// Floats.
enum FloatFactors: Factors {
  @inline(__always) static var leavesRegisters: Bool { true }
  @inline(__always) static func addProduct(_ sum: inout Lane, _ a: Lane, _ b: Lane) {
    multiplyAndAdd(&sum, a, b)
  }
}

@inline(__always) private func multiplyAndAdd(_ sum: inout Lane, _ a: Lane, _ b: Lane) { addProduct(&sum, a, b) }

/// Words of two bf16 numbers, whose products are both added.
enum PairFactors: Factors {
  @inline(__always) static var leavesRegisters: Bool { false }
  @inline(__always) static func addProduct(_ sum: inout Lane, _ a: Lane, _ b: Lane) { addPairProducts(&sum, a, b) }
}

// Lanes of tensors that are stored as floats or as bf16 numbers, at the addresses of words.
extension Lane {
  /// Lanes of floats in a cache line: to ask for all of them is to ask for each of these.
  @inline(__always) static var perLine: Int { Swift.max(1, 64 / (width * MemoryLayout<Float>.stride)) }

  /// Words that a stored lane takes.
  @inline(__always) static func words(_ isBFloat16: Bool) -> Int { isBFloat16 ? width / 2 : width }

  /// The stored lane at any (unaligned) address.
  @inline(__always) init(_ words: UnsafePointer<Float>, isBFloat16: Bool) {
    if Lane.hasBFloat16, isBFloat16 {
      self.init(bfloat16: words)
    } else {
      self.init(words)
    }
  }

  /// The lane of the numbers from number `index` on, an even one where two share a word.
  @inline(__always) init(_ words: UnsafePointer<Float>, at index: Int, isBFloat16: Bool) {
    self.init(words + (isBFloat16 ? index / 2 : index), isBFloat16: isBFloat16)
  }

  /// Writes the first `count` numbers from number `index` on.
  @inline(__always) func store(_ words: UnsafeMutablePointer<Float>, at index: Int, count: Int, isBFloat16: Bool) {
    store(words + (isBFloat16 ? index / 2 : index), count: count, isBFloat16: isBFloat16)
  }

  /// Writes the whole lane, rounded to the nearest numbers.
  @inline(__always) func store(_ words: UnsafeMutablePointer<Float>, isBFloat16: Bool) {
    if Lane.hasBFloat16, isBFloat16 {
      storeBFloat16(words)
    } else {
      store(words)
    }
  }

  /// Writes the first `count` numbers (0 … width) and nothing behind them.
  @inline(__always) func store(_ words: UnsafeMutablePointer<Float>, count: Int, isBFloat16: Bool) {
    if Lane.hasBFloat16, isBFloat16 {
      storeBFloat16(words, count: count)
    } else {
      store(words, count: count)
    }
  }
}

/// How numbers are stored, for code that is compiled for each way.
protocol StoredNumbers { static var isBFloat16: Bool { get } }
enum Floats: StoredNumbers { @inline(__always) static var isBFloat16: Bool { false } }
enum BFloat16s: StoredNumbers { @inline(__always) static var isBFloat16: Bool { true } }
