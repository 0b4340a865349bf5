import NNFormats

/// Finding the pictures of a folder that holds one folder per class.
enum ClassFolders {
  /// The pictures in bytewise order, the number of each one's class, and the classes' names.
  typealias Found = (paths: [String], labels: [Int], names: [String])

  /// The pictures of `fewest` classes at least.
  static func find(_ folder: String, fewest: Int) throws(FileError) -> Found {
    var result: Found = ([], [], [])
    var others: [String] = []
    for name in try Folder.names(in: folder, isStrict: true) {
      let path = Folder.join(folder, name)
      guard try Folder.kind(of: path) == .folder else {
        others.append(path)
        continue
      }
      let files = try PictureFiles.inFolder(path)
      result.paths += files
      result.labels += [Int](repeating: result.names.count, count: files.count)
      result.names.append(name)
    }
    guard !result.names.isEmpty else {
      let instead = others.isEmpty ? "" : ", but \(PictureFiles.summary(others))"
      throw FileError(
        folder, .read, "it holds no folders\(instead); each class is a folder of pictures", remedy: .classes)
    }
    if let stray = others.first(where: ImageFile.hasImageName) {
      throw FileError(
        stray, .read, "it lies beside the folders of the classes and belongs to none of them",
        remedy: .other("move it into one of them, or remove it"))
    }
    guard result.names.count >= fewest else {
      throw FileError(
        folder, .read, "it holds one class only, \(result.names[0]); each class is a folder, and there must be two",
        remedy: .classes)
    }
    return result
  }
}

extension FileError.Remedy {
  fileprivate static let classes = Self.other("name the folder above those of the classes")
}
