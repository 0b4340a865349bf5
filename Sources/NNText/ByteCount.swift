/// Sizes in bytes for people.
public enum ByteCount {
  /// `37.2 MB`, in powers of ten.
  public static func text(_ bytes: Int) -> String {
    if bytes < 1000 { return "\(bytes) B" }
    if bytes < 1_000_000 { return "\(decimal(Double(bytes) / 1e3, 1)) kB" }
    if bytes < 1_000_000_000 { return "\(decimal(Double(bytes) / 1e6, 1)) MB" }
    return "\(decimal(Double(bytes) / 1e9, 2)) GB"
  }
}
