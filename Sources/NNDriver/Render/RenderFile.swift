import NNFormats

extension CheckedSpec {
  /// Throws where what is written to a file would replace one that the spec was read from.
  public func requireOther(than file: String) throws(CommandFailure) {
    guard let source = sources.files.first(where: { isSameFile($0.path, file) }) else { return }
    throw .usage("--output would replace \(source.path), which is read")
  }

  /// Writes the spec with everything expanded to a file, which must be none that it was read from.
  public func render(to file: String, origins: Bool) throws(CommandFailure) {
    try requireOther(than: file)
    guard let text = rendered(for: Folder.parent(of: file))?.text(origins: origins) else {
      throw failure ?? .findings
    }
    do {
      try AtomicFile.write(Array(text.utf8), to: file)
    } catch {
      throw CommandFailure(error)
    }
  }
}
