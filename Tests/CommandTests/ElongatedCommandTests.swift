import Foundation
import NNFormats
import Testing

/// Pictures of one row or of one column, from a spec to weights and previews.
@Suite struct ElongatedCommandTests {
  /// A spec with samples of one shape, and of the same number of values in another where `target` is given.
  private func folder(_ shape: [Int], target: [Int]? = nil, samples: Int = 2) throws -> Folder {
    let folder = Folder()
    let count = samples * shape.reduce(1, *)
    let values = (0..<count).map { Float($0 % 17) / 17 }
    try NPY.write(values, shape: [samples] + shape, to: folder.path("x.npy"))
    if let target { try NPY.write(values, shape: [samples] + target, to: folder.path("y.npy")) }
    try folder.write(
      """
      nnc: 1
      name: long
      data:
        x: {npy: x.npy}
        \(target == nil ? "" : "y: {npy: y.npy}")
      networks:
        model:
          input: x
          layers:
            - conv: {filters: \(shape[2]), kernel: 1}
            \(target.map { "- reshape: {shape: \($0)}" } ?? "")
      losses: {a: {mse: {prediction: model, target: \(target == nil ? "x" : "y")}}}
      train: {epochs: 2, batch_size: 1, optimizer: {sgd: {learning_rate: 1e-3}}}

      """, to: "spec.yaml")
    return folder
  }

  @Test(
    "training makes previews that fit a viewer",
    arguments: [[1, 2_600, 1], [1, 3_000, 1], [3_000, 1, 1], [1, 16_000, 1], [300_000, 1, 1]])
  func trains(shape: [Int]) throws {
    let folder = try folder(shape)
    defer { folder.remove() }
    let result = try Command.nnc("train", "spec.yaml", in: folder)
    #expect(result.status == 0 && !result.errors.contains("no previews"), "\(result)")
    for epoch in 1...2 {
      let header = try ImageFile.header(folder.path("runs/long/previews/epoch-000\(epoch).png"))
      #expect(max(header.width, header.height) <= max(65_535, shape[0]), "\(header)")
    }
    #expect(folder.exists("runs/long/weights.safetensors"))
  }

  @Test("where a preview cannot be made, training says so once and goes on")
  func warns() throws {
    let folder = try folder([1, 20_000, 1], target: [20_000, 1, 1])
    defer { folder.remove() }
    let check = try Command.nnc("check", "spec.yaml", in: folder)
    #expect(check.status == 0, "\(check)")
    let result = try Command.nnc("train", "spec.yaml", in: folder)
    #expect(result.status == 0 && folder.exists("runs/long/weights.safetensors"), "\(result)")
    let warning = "warning: there are no previews: pictures of 1×20000, 20000×1, 20000×1 pixels side by side are too"
    #expect(result.errors.components(separatedBy: warning).count == 2, "\(result.errors)")
    #expect(!folder.exists("runs/long/previews/epoch-0001.png"))
  }

  @Test("`check` predicts the memory of the longest pictures that lie across each other")
  func predicts() throws {
    let folder = try folder([1, 1_000_000, 1], target: [1_000_000, 1, 1], samples: 1)
    defer { folder.remove() }
    let check = try Command.nnc("check", "spec.yaml", in: folder)
    #expect(check.status == 0 && !check.crashed, "\(check)")
  }

  @Test("`check` predicts a sheet's memory once, not for each column of it")
  func predictsSheets() throws {
    let folder = try folder([8, 600, 3], samples: 8)
    defer { folder.remove() }
    let check = try Command.nnc("check", "spec.yaml", in: folder)
    let match = try #require(check.output.firstMatch(of: /\ntrain +batch 1: ([0-9.]+) MB/), "\(check)")
    #expect(Double(match.1) ?? 1e9 < 65, "\(match.1)")
  }

  @Test("comparing pictures that are too large for one sheet is refused, and so are the best and the worst of them")
  func refused() throws {
    let folder = try folder([1, 20_000, 1], target: [20_000, 1, 1])
    defer { folder.remove() }
    #expect(try Command.nnc("train", "spec.yaml", "--quiet", in: folder).status == 0)
    let result = try Command.nnc(
      "eval", "spec.yaml", "--weights", "runs/long/weights.safetensors", "--pictures", "a.png", in: folder)
    #expect(result.status == 1 && result.errors.contains("cannot write a.png: pictures of 1×20000"), "\(result)")
  }
}
