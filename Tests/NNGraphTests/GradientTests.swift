import Foundation
import NNGraph
import NNReference
import NNTensor
import Testing

@Suite struct GradientTests {
  @Test("Every gradient rule agrees with central differences", arguments: GradientCases.all)
  func agrees(check: GradientCheck) {
    #expect(check.worstDifference() <= 1e-6, "\(check)")
  }

  @Test func `a wrong gradient rule is noticed`() {
    var check = GradientCheck(Activate(.leakyRelu(slope: 0.2)), [4, 5])
    #expect(check.worstDifference() <= 1e-6)
    check.rule = Activate(.leakyRelu(slope: 0.20001))
    #expect(check.worstDifference() > 1e-6)
  }

  @Test func `every operation in the folder is checked`() throws {
    let declared = try declaredOperations()
    #expect(declared.count >= 20)
    let differentiated = Set(GradientCases.all.map { typeName($0.operation) })
    var evaluated = differentiated
    for check in GradientCases.all {
      evaluated.formUnion(GradientGraph(check).graph.nodes.map { typeName($0.operation) })
    }
    evaluated.insert(typeName(Update(.adam)))  // checked against PyTorch in ReferenceFileTests
    // Have no gradients, and are checked in PhaseAgreementTests and GaugeAgreementTests.
    let updating: [any NNGraph.Operation] = [
      ClipFactor(), ClampParameter(bound: 1), ClampGradient(), MovingAverage(), SumGradient(), SumOfSquares(),
      ShareAbove(threshold: 0),
    ]
    for operation in updating {
      evaluated.insert(typeName(operation))
    }
    // Have no gradients, and are checked against PyTorch in NormalizationAgreementTests.
    evaluated.insert(typeName(TrackStatistics(momentum: 0.1, count: 2)))
    evaluated.insert(typeName(ChannelScale(epsilon: 1, isAffine: true)))
    evaluated.insert(typeName(ScaleWeights(direction: .forward, groups: 1)))
    evaluated.insert(typeName(PowerIteration(rows: .outer)))  // checked against PyTorch in ReferenceAgreementTests
    for (name, hasRule) in declared {
      #expect(evaluated.contains(name), "\(name) is in no gradient check: add it to GradientCases")
      if hasRule {
        #expect(differentiated.contains(name), "\(name)'s gradient rule is not checked: add it to GradientCases")
      }
    }
  }

  /// The operations declared in `Sources/NNGraph/Operations`, and whether each has a gradient rule.
  private func declaredOperations() throws -> [String: Bool] {
    let root = ReferenceFile.directory.deletingLastPathComponent().deletingLastPathComponent()
    let folder = root.appendingPathComponent("Sources/NNGraph/Operations")
    var operations: [String: Bool] = [:]
    for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
      let parts = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\npublic struct ")
      for part in parts.dropFirst() {
        guard let header = part.split(separator: "\n").first, header.contains("Operation") else { continue }
        operations[String(header.prefix { $0 != ":" })] = part.contains("func gradient(")
      }
    }
    return operations
  }

  private func typeName(_ operation: any NNGraph.Operation) -> String { "\(type(of: operation))" }
}

@Suite struct SecondOrderTests {
  /// Operations whose gradients are made of operations that have gradient rules themselves.
  static let closed =
    GradientCases.convolutions + GradientCases.upsamplings + GradientCases.layouts
    + GradientCases.pools.filter { !($0.operation is MaxPool) }
    + [GradientCheck(SpatialMean(), [2, 3, 2, 2]), GradientCheck(Permute(.channelsFirst), [1, 2, 3, 2])]

  @Test("The gradient of a gradient agrees with central differences", arguments: closed)
  func agrees(check: GradientCheck) throws {
    let first = GradientGraph(check)
    var graph = first.graph
    let leaves = first.node.inputs + [first.seed]
    for (index, gradient) in first.gradients.enumerated() {
      guard let gradient else { continue }
      let direction = graph.input("direction \(index)", graph.type(gradient))
      let seconds = graph.referenceGradients(of: [(gradient, direction)], for: leaves)
      #expect(seconds.contains { $0 != nil }, "\(check): nothing to differentiate")
      for (leaf, second) in zip(leaves, seconds) {
        guard let second else { continue }
        try compare(graph, gradient, direction, leaf, second)
      }
    }
  }

  private func compare(
    _ graph: Graph, _ gradient: ValueID, _ direction: ValueID, _ leaf: ValueID, _ second: ValueID
  ) throws {
    var leaves: [Origin: ReferenceTensor] = [:]
    for value in graph.values {
      if case .input(let name) = value.origin {
        leaves[value.origin] = SharedHash.symmetric(value.type.shape, seed: "second/\(name)")
      }
    }
    let origin = graph.values[leaf.index].origin
    let point = try #require(leaves[origin])
    let along = try #require(leaves[graph.values[direction.index].origin])
    let evaluator = Evaluator()
    let exact = evaluator.evaluate(graph, leaves: leaves)[second.index]
    // The gradients are bilinear, so one difference along a random direction is exact.
    let move = SharedHash.symmetric(point.shape, seed: "move")
    func objective(_ sign: Double) -> Double {
      leaves[origin] = point.combined(move) { $0 + sign * $1 }
      return evaluator.evaluate(graph, leaves: leaves)[gradient.index].dot(along)
    }
    let numeric = (objective(1) - objective(-1)) / 2
    let scale = max(abs(numeric), exact.mapped(abs).dot(move.mapped(abs)), 1e-9)
    #expect(abs(exact.dot(move) - numeric) / scale <= 1e-9)
  }
}
