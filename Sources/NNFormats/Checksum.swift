import CCrypto

/// Checksums of files.
public enum Checksum {
  /// Bytes that are read at once.
  private static let piece = 1 << 20

  /// The SHA-256 of a text's UTF-8 bytes as 64 small hexadecimal digits.
  public static func sha256(of text: String) -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    var text = text
    let isMade = text.withUTF8 { EVP_Digest($0.baseAddress, $0.count, &digest, nil, EVP_sha256(), nil) == 1 }
    precondition(isMade, "a text's SHA-256 cannot be computed")
    return hexadecimal(digest)
  }

  /// The SHA-256 of a whole file (FIPS 180-4) as 64 small hexadecimal digits. The file is read in pieces.
  public static func sha256(of file: InputFile) throws(FileError) -> String {
    let failure = FileError(file.path, .read, "its checksum cannot be computed")
    guard let context = EVP_MD_CTX_new() else { throw failure }
    defer { EVP_MD_CTX_free(context) }
    guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else { throw failure }
    var offset = 0
    while offset < file.byteCount {
      let bytes = try file.read(at: offset, count: min(piece, file.byteCount - offset))
      guard EVP_DigestUpdate(context, bytes, bytes.count) == 1 else { throw failure }
      offset += bytes.count
    }
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    guard EVP_DigestFinal_ex(context, &digest, &count) == 1 else { throw failure }
    return hexadecimal(Array(digest.prefix(Int(count))))
  }

  private static func hexadecimal(_ digest: [UInt8]) -> String {
    let digits = Array("0123456789abcdef")
    return String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}
