#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The system refused memory.
public struct MemoryFailure: Error, Hashable, CustomStringConvertible {
  /// How many bytes were asked for.
  public let bytes: Int
  /// What they were for, such as `the arena of \`photos\``.
  public let purpose: String
  /// The system's number for the reason.
  public let code: Int32

  public var description: String {
    "no memory for \(purpose): \(bytes) bytes: \(String(cString: strerror(code)))"
  }
}

/// A zeroed range of bytes that starts at a multiple of 64 and has 64 readable zero bytes behind its end, released with
/// this object. Large ranges come straight from the system, in huge pages where it has them.
public final class Memory {
  /// The first byte.
  public let start: UnsafeMutableRawPointer
  /// How many bytes may be used.
  public let byteCount: Int

  private let mapping: UnsafeMutableRawBufferPointer?

  /// Readable bytes behind the end.
  static let slack = 64
  private static let mapped = 1 << 20
  private static let hugePage = 2 << 20

  /// Reserves `byteCount` bytes for `purpose`.
  public init(_ byteCount: Int, for purpose: @autoclosure () -> String) throws(MemoryFailure) {
    let (bytes, overflow) = byteCount.addingReportingOverflow(Self.slack)
    guard byteCount >= 0, !overflow, bytes <= Int.max - Self.hugePage else {
      throw MemoryFailure(bytes: byteCount, purpose: purpose(), code: ENOMEM)
    }
    self.byteCount = byteCount
    if bytes < Self.mapped {
      var pointer: UnsafeMutableRawPointer?
      let code = posix_memalign(&pointer, 64, bytes)
      guard code == 0, let pointer else { throw MemoryFailure(bytes: bytes, purpose: purpose(), code: code) }
      memset(pointer, 0, bytes)
      (start, mapping) = (pointer, nil)
    } else {
      guard let mapping = Self.map(bytes) else {
        throw MemoryFailure(bytes: bytes, purpose: purpose(), code: errno)
      }
      self.mapping = mapping
      start = Self.firstHugePage(mapping, bytes)
    }
  }

  deinit {
    if let mapping { munmap(mapping.baseAddress, mapping.count) } else { free(start) }
  }

  /// Address space for `bytes`, and for aligning them to a huge page where they fill one.
  private static func map(_ bytes: Int) -> UnsafeMutableRawBufferPointer? {
    let count = bytes >= hugePage ? bytes + hugePage : bytes
    let flags = MAP_PRIVATE | MAP_ANONYMOUS
    guard let start = mmap(nil, count, PROT_READ | PROT_WRITE, flags, -1, 0), start != MAP_FAILED else { return nil }
    return UnsafeMutableRawBufferPointer(start: start, count: count)
  }

  /// Where in `mapping` the range starts; asks for huge pages.
  private static func firstHugePage(_ mapping: UnsafeMutableRawBufferPointer, _ bytes: Int) -> UnsafeMutableRawPointer {
    guard let base = mapping.baseAddress else { preconditionFailure("an empty mapping") }
    guard bytes >= hugePage else { return base }
    let start = base.alignedUp(toMultipleOf: hugePage)
    #if canImport(Glibc)
      // Only a wish: without huge pages the memory works as well, but slower.
      _ = madvise(start, bytes, MADV_HUGEPAGE)
    #endif
    return start
  }
}
