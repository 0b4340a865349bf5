/// The binary version of CIFAR-10 (https://www.cs.toronto.edu/~kriz/cifar.html): files of records, each a label byte and
/// 3,072 bytes of a 32×32 picture, the red plane first, then green, then blue.
public enum CIFAR10 {
  /// Rows and columns of a picture.
  public static let side = 32
  /// How many classes there are.
  public static let classCount = 10
  /// Bytes of a record.
  public static let recordBytes = 1 + planeBytes * 3
  static let planeBytes = side * side

  /// The names of the training files, in order.
  public static let trainingNames = (1...5).map { "data_batch_\($0).bin" }
  /// The name of the test file.
  public static let testName = "test_batch.bin"

  /// One file of records, open; pictures are read from it one by one.
  public struct Records: Sendable {
    /// The file's path.
    public var path: String { file.path }
    /// How many records there are.
    public let count: Int
    /// The label of each, 0…9.
    public let labels: [Int]
    private let file: InputFile

    /// Opens a file and reads the labels; an error where it does not hold whole records, or a label is none.
    public init(path: String) throws(FileError) {
      file = try InputFile(path: path)
      count = file.byteCount / CIFAR10.recordBytes
      let rest = file.byteCount % CIFAR10.recordBytes
      if file.byteCount == 0 { throw FileError(damaged: path, "the file is empty") }
      if rest != 0 {
        throw FileError(
          damaged: path,
          "the file is truncated: a picture takes \(CIFAR10.recordBytes) bytes, and after \(count) of them \(rest) are left"
        )
      }
      var labels: [Int] = []
      for index in 0..<count {
        let label = Int(try file.read(at: index * CIFAR10.recordBytes, count: 1)[0])
        guard label < CIFAR10.classCount else {
          throw FileError(
            path, .read, "it is not CIFAR-10's binary format: the label of picture \(index) is \(label), not 0…9",
            remedy: .fetchBinary)
        }
        labels.append(label)
      }
      self.labels = labels
    }

    /// The picture of record `index`.
    public func picture(_ index: Int) throws(FileError) -> Image {
      let plane = CIFAR10.planeBytes
      let bytes = try file.read(at: index * CIFAR10.recordBytes + 1, count: plane * 3)
      var pixels: [UInt8] = []
      pixels.reserveCapacity(plane * 3)
      for place in 0..<plane {
        for channel in 0..<3 { pixels.append(bytes[channel * plane + place]) }
      }
      return Image(width: CIFAR10.side, height: CIFAR10.side, channels: 3, pixels: .bytes(pixels))
        ?? Image(blankWidth: CIFAR10.side, height: CIFAR10.side)
    }
  }

  /// Opens one of the folder's files; where it is missing, the error says what is there instead.
  public static func open(_ name: String, in folder: String) throws(FileError) -> Records {
    switch try Folder.kind(of: folder) {
    case .missing: throw FileError(missing: folder)
    case .file, .other:
      throw FileError(
        folder, .read, "it is not a folder; CIFAR-10 is a folder of \(testName) and others", remedy: .fetchBinary)
    case .folder: break
    }
    let path = Folder.join(folder, name)
    guard try Folder.kind(of: path) == .missing else { return try Records(path: path) }
    throw try missing(name, in: folder)
  }

  private static func missing(_ name: String, in folder: String) throws(FileError) -> FileError {
    let names = try Folder.names(in: folder)
    if let inner = names.first(where: { $0 == "cifar-10-batches-bin" }) {
      return FileError(folder, .read, "it holds no \(name)", remedy: .other("name its folder \(inner)"))
    }
    let arePickles = names.contains("data_batch_1") || names.contains("batches.meta")
    return FileError(
      folder, .read, "it holds no \(name)\(arePickles ? ", but pickles for Python" : "")", remedy: .fetchBinary)
  }

  /// The classes' names, from `batches.meta.txt`; none where there is no such file.
  public static func classNames(in folder: String) throws(FileError) -> [String] {
    let path = Folder.join(folder, "batches.meta.txt")
    guard try Folder.kind(of: path) == .file else { return [] }
    let text = String(decoding: try InputFile(path: path).prefix(1 << 16), as: UTF8.self)
    let names = text.split(whereSeparator: \.isNewline).map(String.init).filter { !$0.allSatisfy(\.isWhitespace) }
    guard names.count == classCount else {
      throw FileError(damaged: path, "it holds \(names.count) names of classes, not \(classCount)")
    }
    return names
  }
}

extension FileError.Remedy {
  fileprivate static let fetchBinary = Self.other(
    "download the binary version (cifar-10-binary.tar.gz), and name its folder cifar-10-batches-bin")
}
