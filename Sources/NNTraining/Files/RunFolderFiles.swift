import NNFormats

// What a run has left in its folder.
extension RunFolder {
  /// The files of a run that are there, by their names in the folder, those last without which it cannot go on; empty for
  /// a folder that is new or holds none.
  public func runFiles() throws(FileError) -> [String] {
    guard try Folder.kind(of: path) == .folder else { return [] }
    var found: [String] = []
    for file in File.allCases where try Folder.kind(of: path(of: file)) != .missing { found.append(file.rawValue) }
    found += try eventFiles()
    for picture in try previewNames() { found.append("previews/" + picture) }
    for (name, _) in try checkpoints(damaged: true) + checkpoints() { found.append("checkpoints/" + name) }
    if try Folder.kind(of: frozenPath) != .missing { found.append("checkpoints/" + FrozenWeights.fileName) }
    return found
  }

  /// The names of the files that `EventLog` made.
  func eventFiles() throws(FileError) -> [String] {
    try Folder.names(in: path).filter { EventLog.time(of: $0) != nil }
  }

  /// The steps of all checkpoints, the newest last.
  public func checkpointSteps() throws(FileError) -> [Int] { try checkpoints().map(\.step) }

  /// The checkpoints by name and step, or those that were found damaged.
  func checkpoints(damaged: Bool = false) throws(FileError) -> [(name: String, step: Int)] {
    guard try Folder.kind(of: checkpointsPath) == .folder else { return [] }
    let suffix = RunFolder.checkpointSuffix + (damaged ? RunFolder.damagedSuffix : "")
    return try Folder.names(in: checkpointsPath).compactMap { name in
      guard name.hasPrefix(RunFolder.checkpointPrefix), name.hasSuffix(suffix) else { return nil }
      let digits = name.dropFirst(RunFolder.checkpointPrefix.count).dropLast(suffix.count)
      guard digits.count >= 8, digits.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
      return Int(digits).map { (name: name, step: $0) }
    }.sorted { $0.step < $1.step }
  }

  /// The picture of the last epoch that has one.
  func lastPreview() throws(FileError) -> String? { try previews().last?.path }

  /// The pictures in the order of their epochs.
  public func previews() throws(FileError) -> [(epoch: Int, path: String)] {
    try previewNames().map { (Int($0.dropFirst(6).dropLast(4)) ?? 0, Folder.join(previewsPath, $0)) }
      .sorted { $0.epoch < $1.epoch }
  }

  private func previewNames() throws(FileError) -> [String] {
    guard try Folder.kind(of: previewsPath) == .folder else { return [] }
    return try Folder.names(in: previewsPath).filter { name in
      guard name.hasPrefix("epoch-"), name.hasSuffix(".png") else { return false }
      let digits = name.dropFirst(6).dropLast(4)
      return digits.count >= 4 && digits.allSatisfy { ("0"..."9").contains($0) }
    }
  }
}
