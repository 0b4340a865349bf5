/// Files that are none, and folders without end.
extension HostileSpec {
  static let places = [
    HostileSpec("a folder without specs", [], status: 1, path: "folder", arrange: { $0.makeFolder("folder") }),
    HostileSpec(
      "a folder called spec.yaml in a folder", [], path: ".",
      arrange: { place in
        place.makeFolder("folder.yaml")
        place.write(SpecText.clean)
      }),
    HostileSpec("a missing file", ["NNC0001"], path: "none.yaml", arrange: { _ in }),
    HostileSpec("the null device", ["NNC0005"], path: "/dev/null", arrange: { _ in }),
    HostileSpec("an endless device", ["NNC0004"], path: "/dev/zero", arrange: { _ in }),
    HostileSpec("a pipe that nobody writes", ["NNC0005"], path: "pipe.yaml", arrange: { $0.makePipe("pipe.yaml") }),
    HostileSpec(
      "a pipe in a folder of specs", [], path: ".",
      arrange: { place in
        place.makePipe("pipe.yaml")
        place.write(SpecText.clean)
      }),
    HostileSpec(
      "a link to itself", ["NNC0003"], status: 3, path: "loop.yaml", arrange: { $0.link("loop.yaml", to: "loop.yaml") }),
    HostileSpec(
      "a folder with two links to itself", [], path: ".",
      arrange: { place in
        place.write(SpecText.clean)
        for name in ["a", "b"] { place.link(name, to: ".") }
      }),
    HostileSpec(
      "data in a folder with two links to itself", ["NNC0401"],
      arrange: { place in
        place.makeFolder("photos")
        for name in ["photos/a", "photos/b"] { place.link(name, to: ".") }
        place.write(images("photos"))
      }),
    HostileSpec(
      "a pattern of 30 stars", ["NNC0401"],
      arrange: { place in
        place.makeFolder("photos")
        place.write("", to: "photos/" + "a".times(200))
        place.write(images("photos/" + "*a".times(30) + "*b"))
      }),
    HostileSpec(
      "a pattern of 30 double stars", ["NNC0401"],
      arrange: { place in
        for depth in 0..<10 { place.makeFolder("d" + "/d".times(depth)) }
        place.write(images("**/".times(30) + "*.png"))
      }),
    HostileSpec(
      "data in a pipe that nobody writes", ["NNC0401"],
      arrange: { place in
        place.makePipe("pipe.npy")
        place.write(SpecText.after("data: {a: {npy: pipe.npy}}\n"))
      }),
    HostileSpec(
      "data in an endless device", ["NNC0401"], arrange: { $0.write(SpecText.after("data: {a: {npy: /dev/zero}}\n")) }),
    HostileSpec(
      "a data file of one byte", ["NNC0401"],
      arrange: { place in
        place.write([0x93], to: "a.npy")
        place.write(SpecText.after("data: {a: {npy: a.npy}}\n"))
      }),
    HostileSpec(
      "a header that claims 2^63 values", ["NNC0401"],
      arrange: { place in
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 1, 1, 3), }\n"
        place.write(
          [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8), to: "a.npy")
        place.write(SpecText.after("data: {a: {npy: a.npy}}\n"))
      }),
    HostileSpec(
      "weights whose header claims 2^63 bytes", ["NNC0403"],
      arrange: { place in
        place.write([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], to: "w.safetensors")
        place.write(SpecText.clean.replacing("  input:", by: "  weights: w.safetensors\n  input:"))
      }),
    HostileSpec(
      "a list of 100,000 missing pictures", ["NNC0401"],
      arrange: { place in
        place.write("none.png\n".times(100_000), to: "list.txt")
        place.write(images("list.txt"))
      }),
  ]

  private static func images(_ path: String) -> String {
    SpecText.after("data: {a: {images: '\(path)', shape: [8, 8, 3]}}\n")
  }
}
