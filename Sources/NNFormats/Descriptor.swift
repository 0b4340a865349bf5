#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Writing to open files.
public enum Descriptor {
  /// Writes all of `text` as UTF-8; the system's error number, or 0.
  public static func write(_ text: String, to descriptor: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { write(UnsafeRawBufferPointer($0), to: descriptor) }
  }

  /// Writes all bytes; the system's error number, or 0. Where the descriptor takes none for now, this waits until it does.
  public static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
    var done = 0
    while done < bytes.count, let base = bytes.baseAddress {
      let sent = systemWrite(descriptor, base + done, bytes.count - done)
      if sent < 0 && errno == EINTR { continue }
      if sent < 0 && errno == EAGAIN {
        var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&room, 1, -1)
        continue
      }
      if sent < 0 { return errno }
      done += sent
    }
    return 0
  }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
