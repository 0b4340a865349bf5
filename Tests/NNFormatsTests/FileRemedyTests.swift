import NNFormats
import TemporaryFolders
import Testing

/// What a file's errors say that helps.
@Suite struct FileRemedyTests {
  private enum Reader { case picture, array, digits, weights }

  private func error(_ bytes: [UInt8], _ reader: Reader) throws -> FileError? {
    let folder = try TemporaryFolder()
    let path = try folder.write(bytes, "file")
    return #expect(throws: FileError.self) {
      switch reader {
      case .picture: _ = try ImageFile.read(path)
      case .array: _ = try NPY.open(path)
      case .digits: _ = try IDX.open(path)
      case .weights: _ = try SafetensorsFile(path: path)
      }
    }
  }

  @Test("a file that is not whole is to be copied again, whatever it should hold")
  func truncated() throws {
    let files: [(name: String, reader: Reader)] = [("rgb8.png", .picture), ("rgb.jpg", .picture)]
    for (name, reader) in files {
      let bytes = try Fixture.bytes(name)
      for length in [0, bytes.count / 2] {
        let error = try error(Array(bytes.prefix(length)), reader)
        #expect(error?.help.first?.hasPrefix("copy or download the file again") == true, "\(String(describing: error))")
      }
    }
    let header = NPY.header(shape: [4])
    for bytes in [header, Array(header.prefix(11)), []] {
      #expect(try error(bytes, .array)?.help == ["copy or download the file again"])
    }
    #expect(try error([0, 0, 8, 1, 0, 0, 0, 9], .digits)?.help == ["copy or download the file again"])
    #expect(try error([1, 0, 0, 0, 0, 0, 0, 0], .weights)?.help == ["copy or download the file again"])
  }

  @Test("a file of another kind is called what it is, and what to save it as is said")
  func otherKinds() throws {
    let gif = try error(Array("GIF89a".utf8) + [0, 1], .picture)
    #expect(gif?.help == ["save it as PNG or JPEG"])
    let packed = try error([0x1F, 0x8B, 8, 0, 0], .picture)
    #expect(packed?.help == ["unpack it first: `gunzip`"])
    let text = try error(Array("a text that is longer than a header".utf8), .weights)
    #expect(text?.reason == "it is a text file, not a .safetensors file")
    #expect(text?.help.first?.contains("safetensors.torch.save_file") == true)
    let short = try error(Array("hello\n".utf8), .weights)
    #expect(short?.reason == text?.reason && short?.help == text?.help)
    let pickled = try error([0x50, 0x4B, 3, 4, 0, 0, 8, 8, 0, 0], .weights)
    #expect(pickled?.reason == "it is a ZIP archive, not a .safetensors file")
    let words = try error(Array("hello\n".utf8), .array)
    #expect(words?.reason == "it is a text file, not a .npy file")
    #expect(words?.help == ["save it as float32: `numpy.save(path, array.astype('<f4'))`"])
  }

  @Test("what the system refuses names the right, the room or the folder that is missing")
  func system() throws {
    let folder = try TemporaryFolder()
    #expect(FileError("a", .read, systemError: 13).help.first?.hasPrefix("give this user the right") == true)
    #expect(FileError("a", .write, systemError: 28).help.first?.hasPrefix("make room") == true)
    let path = folder.file("none/a.npy")
    let error = #expect(throws: FileError.self) { try NPY.write([1], shape: [1], to: path) }
    #expect(error?.reason == "there is no folder \(folder.file("none"))")
    #expect(error?.help == ["make it first: `mkdir -p '\(folder.file("none"))'`"])
    let isFolder = #expect(throws: FileError.self) { try ImageFile.read(folder.path) }
    #expect(isFolder?.help == ["name a file inside it"])
  }
}
