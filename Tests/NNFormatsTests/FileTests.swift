@testable import NNFormats
import TemporaryFolders
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct FileTests {
  @Test func aFileIsReplacedWholeAndKeepsItsMode() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([1, 2, 3], "a")
    chmod(path, 0o640)
    try AtomicFile.write([4, 5], to: path)
    #expect(try InputFile(path: path).readAll() == [4, 5])
    var status = stat()
    stat(path, &status)
    #expect(status.st_mode & 0o777 == 0o640)
    #expect(folder.names == ["a"])
  }

  @Test func leftoversAreThoseOfProcessesThatLiveNoMore() throws {
    let folder = try TemporaryFolder()
    for name in [".nnc-1-1.tmp", ".nnc-\(getpid())-1.tmp", ".nnc-999999999-1.tmp", ".nnc-x.tmp", "a"] {
      _ = try folder.write([1], name)
    }
    try AtomicFile.removeLeftovers(in: folder.file("."))
    #expect(folder.names == [".nnc-1-1.tmp", "a"])
  }

  @Test func aSymbolicLinkIsFollowed() throws {
    let folder = try TemporaryFolder()
    let target = try folder.write([1], "target")
    symlink(target, folder.file("link"))
    try AtomicFile.write([2], to: folder.file("link"))
    #expect(try InputFile(path: target).readAll() == [2])
    #expect(folder.names == ["link", "target"])
  }

  @Test func aLinkToAFileThatIsNotThereYetIsFollowed() throws {
    let folder = try TemporaryFolder()
    symlink("second", folder.file("first"))
    symlink("target", folder.file("second"))
    try AtomicFile.write([2], to: folder.file("first"))
    #expect(try InputFile(path: folder.file("target")).readAll() == [2])
    #expect(folder.names == ["first", "second", "target"])
    symlink("round", folder.file("round"))
    #expect(throws: FileError.self) { try AtomicFile.write([2], to: folder.file("round")) }
  }

  @Test func pathsAreTakenApart() {
    #expect(["a/b/c", "/a", "a", "/", ""].map(Folder.parent) == ["a/b", "/", "", "/", ""])
    #expect(Folder.path("a/b/c", below: "a") == "b/c" && Folder.path("a/b/c", below: "a/") == "b/c")
    #expect(Folder.path("a/b/c", below: "") == "a/b/c" && Folder.path("ab/c", below: "a") == "c")
    #expect(Folder.path("/a/b", below: "") == "b" && Folder.path("/a/b", below: "/") == "a/b")
  }

  @Test("a folder whose name has a pattern's signs is meant as it is written")
  func literalPatterns() throws {
    let folder = try TemporaryFolder()
    for name in ["v[2]", "v2"] {
      mkdir(folder.file(name), 0o700)
      try folder.write([1], "\(name)/a.png")
    }
    #expect(try Folder.files(matching: folder.file("v[2]/*.png")) == [folder.file("v[2]/a.png")])
    #expect(try Folder.files(matching: folder.file("v[0-9]/*.png")) == [folder.file("v2/a.png")])
  }

  @Test("what cannot be read is not passed over in silence: links that lead nowhere, and names that are not UTF-8")
  func unreachable() throws {
    let folder = try TemporaryFolder()
    symlink("nowhere", folder.file("gone.png"))
    #expect(try Folder.files(below: folder.path) == [folder.file("gone.png")])
    #expect(try Folder.files(matching: folder.file("*.png")) == [folder.file("gone.png")])
    var name = Array((folder.path + "/caf").utf8CString.dropLast()) + [CChar(bitPattern: 0xE9), 0]
    let descriptor = open(&name, O_CREAT | O_WRONLY, 0o600)
    // Not every file system takes such a name.
    guard descriptor >= 0 else { return }
    close(descriptor)
    let error = #expect(throws: FileError.self) { try Folder.files(below: folder.path) }
    #expect(error?.reason.hasPrefix("it holds a name that is not UTF-8, caf") == true)
    #expect(try Folder.names(in: folder.path) == ["gone.png"])
    unlink(&name)
  }

  @Test func aBodyThatFailsLeavesNothingBehind() throws {
    let folder = try TemporaryFolder()
    #expect(throws: FileError.self) {
      try AtomicFile.write(to: folder.file("a")) { writer throws(FileError) in
        try writer.write([UInt8](repeating: 1, count: 1 << 20))
        throw FileError(writer.path, .write, "told to fail")
      }
    }
    #expect(folder.names == [])
  }

  @Test(.enabled(if: access("/dev/full", W_OK) == 0), arguments: [10, 1 << 20])
  func aFullDeviceIsTheMachinesFault(count: Int) {
    let error = #expect(throws: FileError.self) {
      try AtomicFile.write([UInt8](repeating: 0, count: count), to: "/dev/full")
    }
    #expect(error?.description == "cannot write /dev/full: no space is left on the device")
    #expect(error?.fault == .machine)
  }

  @Test func devicesAreWrittenStraight() throws {
    try AtomicFile.write([1, 2, 3], to: "/dev/null")
    var status = stat()
    stat("/dev/null", &status)
    #expect(status.st_mode & S_IFMT == S_IFCHR)
  }

  @Test func writingWhereThereIsNoFolderOrOnOneFails() throws {
    let folder = try TemporaryFolder()
    let first = #expect(throws: FileError.self) { try AtomicFile.write([1], to: folder.file("none/a")) }
    #expect(first?.fault == .machine)
    #expect(first?.path == folder.file("none/a"))
    #expect(throws: FileError.self) { try AtomicFile.write([1], to: folder.path) }
    #expect(throws: FileError.self) { try AtomicFile.write([1], to: "a\0b") }
  }

  @Test(.enabled(if: geteuid() != 0)) func anUnreadableFileIsTheMachinesFault() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([1], "secret")
    chmod(path, 0)
    let error = #expect(throws: FileError.self) { try InputFile(path: path) }
    #expect(error?.reason == "permission denied")
    #expect(error?.fault == .machine)
  }

  @Test func aFileThatShrinksWhileItIsReadIsAnError() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([UInt8](repeating: 1, count: 100), "a")
    let file = try InputFile(path: path)
    truncate(path, 50)
    let error = #expect(throws: FileError.self) { try file.readAll() }
    #expect(error?.reason == "the file became shorter while it was read")
  }

  @Test func foldersPipesAndMissingFilesAreRefused() throws {
    let folder = try TemporaryFolder()
    mkfifo(folder.file("pipe"), 0o600)
    for path in [folder.path, folder.file("pipe"), folder.file("none"), "/dev/null", "a\0b"] {
      let error = #expect(throws: FileError.self) { try InputFile(path: path) }
      #expect(error?.fault == .data)
    }
  }

  @Test func patternsMatchWithinNamesAndAcrossFolders() throws {
    let folder = try TemporaryFolder()
    mkdir(folder.file("sub"), 0o700)
    mkdir(folder.file("sub/deep"), 0o700)
    for name in ["b.png", "a.png", "c.txt", "sub/d.png", "sub/deep/e.png", ".hidden.png"] {
      try folder.write([1], name)
    }
    let found = { (pattern: String) throws in
      try Folder.files(matching: folder.file(pattern)).map { String($0.dropFirst(folder.path.count + 1)) }
    }
    #expect(try found("*.png") == ["a.png", "b.png"])
    #expect(try found("[ab].*") == ["a.png", "b.png"])
    #expect(try found("*/?.png") == ["sub/d.png"])
    #expect(try found("**/*.png") == ["a.png", "b.png", "sub/d.png", "sub/deep/e.png"])
    #expect(try found("*.jpg") == [])
    #expect(try Folder.files(below: folder.path).count == 5)
  }

  @Test func foldersInACircleEnd() throws {
    let folder = try TemporaryFolder()
    mkdir(folder.file("sub"), 0o700)
    try folder.write([1], "sub/a.png")
    symlink(folder.path, folder.file("sub/again"))
    symlink(folder.file("sub"), folder.file("other"))
    defer { for link in ["sub/again", "other"] { unlink(folder.file(link)) } }
    let expected = ["other/a.png", "sub/a.png"].map(folder.file)
    #expect(try Folder.files(below: folder.path) == expected)
    #expect(try Folder.files(matching: folder.file("**/*.png")) == expected)
    var deep = folder.file("deep")
    for _ in 0..<70 {
      mkdir(deep, 0o700)
      deep += "/d"
    }
    #expect(throws: FileError.self) { try Folder.files(below: folder.path) }
  }

  @Test func crc32cMatchesTheRFC() {
    var sum = CRC32C()
    sum.update(Array("1234".utf8))
    sum.update(Array("56789".utf8))
    #expect(sum.value == 0xE306_9283)
    var zeros = CRC32C()
    zeros.update([UInt8](repeating: 0, count: 32))
    #expect(zeros.value == 0x8A91_36AA && zeros.text == "8a9136aa")
    var (fast, slow) = (CRC32C(), CRC32C())
    let bytes = (0..<1003).map { UInt8(truncatingIfNeeded: $0 &* $0) }
    fast.update(bytes)
    bytes.withUnsafeBytes { slow.updateByTable($0) }
    #expect(fast == slow)
  }
}
