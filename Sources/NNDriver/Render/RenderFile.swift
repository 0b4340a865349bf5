import NNFormats

extension CheckedSpec {
  /// Writes the spec with everything expanded to a file, which must be none that it was read from.
  public func render(to file: String, origins: Bool) throws(CommandFailure) {
    if let source = sources.files.first(where: { isSameFile($0.path, file) }) {
      throw .usage("--output would replace \(source.path), which is read")
    }
    guard let text = rendered(for: CheckedSpec.parent(of: file))?.text(origins: origins) else {
      throw failure ?? .findings
    }
    do {
      try AtomicFile.write(Array(text.utf8), to: file)
    } catch {
      throw CommandFailure(error)
    }
  }
}
