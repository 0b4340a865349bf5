import NNLayers
import NNSpec
import Testing

@Suite struct ExpansionTests {
  @Test func `inner layers of a named use are name.inner, of unnamed ones kind and number`() {
    let checked = Checked(
      text: """
        nnc: 1
        blocks:
          double:
            parameters: {filters: , inner: $(filters * 2)}
            layers: [{conv: {filters: $inner}}, {conv: {name: end, filters: $filters}}]
        network:
          input: [8, 8, 3]
          layers:
            - double: {name: down1, filters: 4}
            - double: {filters: 5}
            - conv: {filters: 6}
            - double: {filters: 7, inner: 1}
            - concat: {from: [previous, down1, down1.end, double_1.conv_1]}
        """)
    #expect(checked.codes == [])
    #expect(
      checked.paths("model") == [
        "model.down1.conv_1", "model.down1.end", "model.double_1.conv_1", "model.double_1.end", "model.conv_1",
        "model.double_2.conv_1", "model.double_2.end", "model.concat_1",
      ])
    #expect(checked.parameters.prefix(2) == ["model.down1.conv_1.weight", "model.down1.conv_1.bias"])
    #expect(checked.model?.network("model")?.layers.map { $0.output[2] } == [8, 4, 10, 5, 6, 1, 7, 7 + 4 + 4 + 10])
  }

  @Test func `turns are repeat_1.0 and name.0, index counts from 0, and outer names are visible`() {
    let checked = Checked(
      text: """
        nnc: 1
        network:
          input: [8, 8, 3]
          layers:
            - conv: {name: head, filters: 3}
            - repeat: {count: 2, index: i, layers: [{conv: {filters: $(4 + i)}}]}
            - conv: {filters: 3}
            - repeat: {name: tower, count: 2, layers: [{conv: {filters: 3}}, {add: {from: [previous, input, head]}}]}
            - concat: {from: [repeat_1.0, tower.0.conv_1, tower]}
            - repeat: {count: 0, layers: [flatten]}
        """)
    #expect(checked.codes == [])
    #expect(
      checked.paths("model") == [
        "model.head", "model.repeat_1.0.conv_1", "model.repeat_1.1.conv_1", "model.conv_1", "model.tower.0.conv_1",
        "model.tower.0.add_1", "model.tower.1.conv_1", "model.tower.1.add_1", "model.concat_1",
      ])
    #expect(checked.model?.network("model")?.output == [8, 8, 10])
  }

  @Test func `networks take others' outputs in any order, share nothing, and one is run by default`() {
    let checked = Checked(
      text: """
        nnc: 1
        networks:
          joined: {input: {a: decoder, b: twin}, layers: [{add: {from: [a, b]}}]}
          decoder: {input: encoder.code, layers: [{output: {channels: 3}}]}
          twin: {like: decoder, input: encoder.code, frozen: true}
          encoder: {input: [8, 8, 3], layers: [{conv: {name: code, filters: 4}}, flatten]}
        """)
    #expect(checked.codes == [])
    #expect(checked.model?.networks.map(\.name) == ["joined", "decoder", "twin", "encoder"])
    #expect(checked.model?.defaultNetwork == "joined")
    #expect(checked.model?.network("joined")?.dataInputs == ["encoder.input"])
    let trained = checked.model?.graph.parameters.filter(\.isTrainable).map(\.name)
    #expect(
      trained == ["encoder.code.weight", "encoder.code.bias", "decoder.output_1.weight", "decoder.output_1.bias"])
    #expect(checked.parameters.contains("twin.output_1.weight"))
  }

  @Test func `a name of another spec's file is alias.name, and paths count from the file they stand in`() {
    let checked = Checked(path: "\(StructureGoldenTests.folder.path)/include/user.yaml")
    #expect(checked.codes == [])
    #expect(checked.spec?.networks.map(\.name) == ["model", "lib.trunk", "lib.deep.last"])
    #expect(checked.paths("model").first == "model.double_1.conv_1")
    #expect(checked.model?.network("model")?.output == [8, 8, 4])
    #expect(checked.spec?.networks.last?.weights?.value == "more/weights.safetensors")
    #expect(checked.model?.network("lib.deep.last")?.input == [8, 8, 4])
  }

  @Test func `a network of several thousand layers is checked in time proportional to them`() {
    let checked = Checked(
      text: "nnc: 1\nnetwork: {input: [2], layers: [{repeat: {count: 5000, layers: [{activation: relu}]}}]}\n")
    #expect(checked.codes == [] && checked.paths("model").count == 5_000)
  }

  @Test func `layers of one name and other shapes are an error and no trap`() {
    let checked = Checked(
      text:
        "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [{conv: {name: a, filters: 3}}, {conv: {name: a, filters: 9}}]}\n")
    #expect(checked.codes == ["NNC0222"])
  }

  @Test func `a word may be a parameter`() {
    let checked = Checked(
      text: """
        nnc: 1
        blocks: {c: {parameters: {act: relu, pad: same}, layers: [{conv: {filters: 2, activation: $act, padding: $pad}}]}}
        network: {input: [8, 8, 3], layers: [{c: {act: tanh, pad: valid}}, c]}
        """)
    #expect(checked.codes == [])
    #expect(checked.model?.network("model")?.layers.map(\.summary) == ["conv 3×3, tanh", "conv 3×3, relu"])
  }
}
