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
  /// So many bytes have pages of their own.
  public static let mapped = 1 << 20
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
      (start, self.mapping) = (mapping.start, mapping.range)
    }
  }

  deinit {
    if let mapping { munmap(mapping.baseAddress, mapping.count) } else { free(start) }
  }

  /// Gives its pages back to the system where it has pages of its own; it is then zeroed.
  func release() {
    #if canImport(Glibc)
      if let mapping { madvise(mapping.baseAddress, mapping.count, MADV_DONTNEED) }
    #endif
  }

  /// Address space for `bytes`, from the start of a huge page on where they fill one, in such pages if the system has them.
  /// Nothing more stays mapped, since a huge page that reached into it would be held whole.
  private static func map(_ bytes: Int) -> (start: UnsafeMutableRawPointer, range: UnsafeMutableRawBufferPointer)? {
    let page = max(4096, sysconf(Int32(_SC_PAGESIZE)))
    let length = (bytes + page - 1) / page * page
    let count = bytes >= hugePage ? length + hugePage : length
    let flags = MAP_PRIVATE | MAP_ANONYMOUS
    guard let base = mmap(nil, count, PROT_READ | PROT_WRITE, flags, -1, 0), base != MAP_FAILED else { return nil }
    guard bytes >= hugePage else { return (base, UnsafeMutableRawBufferPointer(start: base, count: count)) }
    let start = base.alignedUp(toMultipleOf: hugePage)
    let before = start - base
    if before > 0 { munmap(base, before) }
    if count > before + length { munmap(start + length, count - before - length) }
    #if canImport(Glibc)
      // Only a wish: without huge pages the memory works as well, but slower.
      _ = madvise(start, length, MADV_HUGEPAGE)
    #endif
    return (start, UnsafeMutableRawBufferPointer(start: start, count: length))
  }
}
