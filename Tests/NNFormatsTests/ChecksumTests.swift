import NNFormats
import TemporaryFolders
import Testing

@Suite("Checksums") struct ChecksumTests {
  private func sha256(_ bytes: [UInt8]) throws -> String {
    let folder = try TemporaryFolder()
    let path = folder.file("data")
    try AtomicFile.write(bytes, to: path)
    return try Checksum.sha256(of: try InputFile(path: path))
  }

  @Test(
    "SHA-256 is that of NIST's examples",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (
        "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
        "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
      ),
    ])
  func examples(text: String, digest: String) throws { #expect(try sha256(Array(text.utf8)) == digest) }

  @Test("a million letters `a`, NIST's long example, and a file of several pieces")
  func pieces() throws {
    let million = [UInt8](repeating: 0x61, count: 1_000_000)
    #expect(try sha256(million) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    let zeros = [UInt8](repeating: 0, count: 5 << 20)
    #expect(try sha256(zeros) == "c036cbb7553a909f8b8877d4461924307f27ecb66cff928eeeafd569c3887e29")
  }
}
