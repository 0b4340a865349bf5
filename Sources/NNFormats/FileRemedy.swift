import NNText

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension FileError {
  /// What a person can do about it.
  public enum Remedy: Equatable, Sendable {
    /// The file came whole into the world, and is not whole here.
    case fetchAgain
    /// The user may not do this.
    case permit
    /// The device is full.
    case makeRoom
    /// The program has too many files open.
    case raiseFileLimit
    /// A folder stands where a file should.
    case nameFile
    /// Something else stands where a folder should.
    case nameFolder
    /// The folder that a file should go to is missing.
    case makeFolder(String)
    /// The file is packed, by this program.
    case unpack(String)
    /// A picture has too many pixels.
    case shrink
    /// The file is of another format than this, which programs can save it as.
    case saveAs(String)
    /// What else helps, in words.
    case other(String)

    /// One sentence, lower case, without a final full stop.
    public var text: String {
      switch self {
      case .fetchAgain: "copy or download the file again"
      case .permit: "give this user the right to it and to the folders above it (`ls -l` shows them), or choose another"
      case .makeRoom: "make room on that device, or choose a folder on another"
      case .raiseFileLimit: "raise the limit with `ulimit -n`"
      case .nameFile: "name a file inside it"
      case .nameFolder: "name a folder, or one that is not there yet"
      case .makeFolder(let folder): "make it first: `mkdir -p '\(folder)'`"
      case .unpack(let program): "unpack it first: `\(program == "ZIP" ? "unzip" : "gunzip")`"
      case .shrink: "scale it down first"
      case .saveAs(let format): "save it as \(format)"
      case .other(let text): text
      }
    }

    static let savePicture = Remedy.saveAs("PNG or JPEG")
    static let remakePicture = Remedy.other("\(Remedy.fetchAgain.text), or save it anew as PNG or JPEG")
    static let unnest = Remedy.other("look for a link that leads back to a folder above it")
    static let saveArray = Remedy.saveAs("float32: `numpy.save(path, array.astype('<f4'))`")
    static let saveWeights = Remedy.other(
      "name the weights.safetensors of a run, or what `safetensors.torch.save_file(model.state_dict(), path)` saved")

    /// What helps against an error of the system.
    init?(systemError code: Int32) {
      switch code {
      case EACCES, EPERM, EROFS: self = .permit
      case ENOSPC, EDQUOT: self = .makeRoom
      case EMFILE, ENFILE: self = .raiseFileLimit
      case EISDIR: self = .nameFile
      case ELOOP: self = .other("let the link point to a file or folder: `ls -l` shows where it points")
      default: return nil
      }
    }
  }
}

extension FileKind {
  /// What helps where a PNG or JPEG picture was wanted.
  var remedy: FileError.Remedy {
    switch self {
    case .picture: .savePicture
    case .archive(let program): .unpack(program)
    case .other, .text: .other("put a PNG or JPEG picture in its place, or remove it")
    }
  }
}
