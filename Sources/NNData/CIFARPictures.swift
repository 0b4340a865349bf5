import NNFormats

/// The pictures of some files of CIFAR-10, one file after the other.
struct CIFARPictures: PictureStore {
  /// `[height, width, channels]`.
  static let shape = [CIFAR10.side, CIFAR10.side, 3]

  let files: [CIFAR10.Records]
  let labels: [Int]
  private let starts: [Int]

  init(_ files: [CIFAR10.Records]) {
    self.files = files
    labels = files.flatMap(\.labels)
    var starts = [0]
    for file in files { starts.append((starts.last ?? 0) + file.count) }
    self.starts = starts
  }

  var count: Int { labels.count }
  func key(_ index: Int) -> String { String(index) }

  func title(_ index: Int) -> String {
    let place = place(index)
    return "\(files[place.file].path) (sample \(place.record))"
  }

  func picture(_ index: Int) throws(FileError) -> Image {
    let place = place(index)
    return try files[place.file].picture(place.record)
  }

  private func place(_ index: Int) -> (file: Int, record: Int) {
    let file = starts.dropFirst().firstIndex { index < $0 } ?? files.count
    return (file - 1, index - starts[file - 1])
  }
}
