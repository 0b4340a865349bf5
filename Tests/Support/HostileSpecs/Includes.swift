/// Files that include files.
extension HostileSpec {
  static let includes = [
    HostileSpec("a spec that includes itself", ["NNC0231"]) { including("spec.yaml") },
    HostileSpec(
      "an include cycle of 10 files", ["NNC0231"],
      arrange: { place in
        place.write(including("f0.yaml"))
        for index in 0..<10 { place.write(including("f\((index + 1) % 10).yaml"), to: "f\(index).yaml") }
      }),
    HostileSpec(
      "an include cycle through a link", ["NNC0231"],
      arrange: { place in
        place.link("other.yaml", to: "spec.yaml")
        place.write(including("other.yaml"))
      }),
    HostileSpec(
      "includes 100 deep", ["NNC0232"],
      arrange: { place in
        place.write(including("f0.yaml"))
        for index in 0..<100 { place.write(including("f\(index + 1).yaml"), to: "f\(index).yaml") }
      }),
    HostileSpec(
      "includes that double 30 times", ["NNC0232"],
      arrange: { place in
        place.write(including("f0.yaml"))
        for index in 0..<29 {
          let next = "f\(index + 1).yaml"
          place.write(
            "nnc: 1\ninclude: {a: \(next), b: \(next)}\nvars: {v: 1}\nblocks: {b: [flatten]}\n", to: "f\(index).yaml")
        }
        place.write("nnc: 1\nvars: {v: 1}\nblocks: {b: [flatten]}\n", to: "f29.yaml")
      }),
    HostileSpec(
      "2,000 includes of one file", [],
      arrange: { place in
        place.write("nnc: 1\nvars: {v: 1}\n", to: "one.yaml")
        place.write(SpecText.after("include:\n" + (0..<2_000).map { "  a\($0): one.yaml\n" }.joined()))
      }),
    HostileSpec("5,000 includes of missing files", ["NNC0001"]) {
      SpecText.after("include:\n" + (0..<5_000).map { "  a\($0): none\($0).yaml\n" }.joined())
    },
    HostileSpec(
      "an include of a folder", ["NNC0002"],
      arrange: { place in
        place.makeFolder("folder")
        place.write(including("folder"))
      }),
    HostileSpec("an include of an endless device", ["NNC0004"], arrange: { $0.write(including("/dev/zero")) }),
    HostileSpec(
      "an include of a pipe that nobody writes", ["NNC0005"],
      arrange: { place in
        place.makePipe("pipe.yaml")
        place.write(including("pipe.yaml"))
      }),
    HostileSpec(
      "an include of a file with 1,000 mistakes", ["NNC0201"],
      arrange: { place in
        let wrong = (0..<1_000).map { "  b\($0): [conv: {filters: 1, zzq: 2}]\n" }.joined()
        place.write("nnc: 1\nblocks:\n" + wrong, to: "wrong.yaml")
        place.write(including("wrong.yaml"))
      }),
  ]

  private static func including(_ path: String) -> String { SpecText.after("include: {a: \(path)}\n") }
}
