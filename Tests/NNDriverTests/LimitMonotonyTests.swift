import NNKernels
import NNRandom
import Testing

@testable import NNDriver

/// Where a plan was found for one limit of memory, no limit is refused that the same plan would keep.
@Suite struct LimitMonotonyTests {
  @Test("every limit that a plan would keep which another limit led to is kept", arguments: [3, 6, 7, 9, 10])
  func generated(seed: UInt64) throws {
    try expectMonotony(parts: 12) { LimitSpec.generated(seed: seed, limit: $0) }
  }

  @Test("so it is where phases train networks that read each other's values") func phases() throws {
    try expectMonotony(parts: 40) { LimitSpec.phases(limit: $0) }
  }

  private func expectMonotony(parts: Int, _ text: (_ limit: Int?) -> String) throws {
    let (free, arena) = try #require(try size(text(nil)))
    var limit = free
    var narrowed = 0
    while limit > free - arena, let (found, _) = try size(text(limit)) {
      #expect(found <= limit)
      for other in [found, (found + limit) / 2] where other < limit {
        let (again, _) = try size(text(other)) ?? (0, 0)
        #expect(again > 0 && again <= other, "\(limit) bytes led to \(found), but \(other) are refused")
      }
      narrowed += found < free ? 1 : 0
      limit = min(limit, found) - arena / parts
    }
    #expect(narrowed > 1)
  }

  /// What training takes, and its arena; nil where that is refused.
  private func size(_ text: String) throws -> (total: Int, arena: Int)? {
    let checked = CheckedSpec.check(
      bytes: Array(text.utf8), path: "limit.yaml", kernels: try portableKernels(), threads: 1)
    let others = checked.diagnostics.sorted.filter { $0.severity == .error && $0.code != .memoryLimit }
    #expect(others.isEmpty, "\(others.map(\.sentence))")
    guard let memory = checked.madePlans()?.plans.trainingMemory else { return nil }
    return (memory.total, memory.arena)
  }
}

private enum LimitSpec {
  private static func setting(_ limit: Int?) -> String { limit.map { ", memory_limit: \($0) B" } ?? "" }

  /// A network whose values wait for the way back in many ways, drawn from a seed.
  static func generated(seed: UInt64, limit: Int?) -> String {
    var draw = RandomStream(seed: seed, purpose: .testing)
    func pick<T>(_ all: [T]) -> T { all[draw.integer(below: all.count)] }
    var layers: [String] = []
    for index in 0..<(4 + draw.integer(below: 6)) {
      let activation = pick(["relu", "silu", "leaky_relu", "tanh"])
      let normalization = pick(["none", "none", "instance", "layer"])
      let (filters, kernel) = (4 * (1 + draw.integer(below: 4)), pick([3, 5]))
      let settings = "filters: \(filters), activation: \(activation), normalization: \(normalization)"
      layers.append("conv: {name: c\(index), kernel: \(kernel), \(settings)}")
      switch draw.integer(below: 6) {
      case 0 where index > 1: layers.append("concat: {from: [previous, c\(draw.integer(below: index - 1))]}")
      case 1:
        layers.append("conv: {name: r\(index), filters: \(filters)}")
        layers.append("add: {from: [previous, c\(index)]}")
      case 2: layers.append("dropout: {rate: 0.2}")
      case 3:
        layers.append("max_pool")
        layers.append("transposed_conv: {filters: \(filters), kernel: 4, stride: 2, padding: same}")
      default: break
      }
    }
    return """
      nnc: 1
      data: {s: {synthetic: shapes, shape: [48, 40, 3], samples_per_epoch: 12, validation: 25%}}
      network:
      \(layers.map { "  - \($0)" }.joined(separator: "\n"))
        - output: {channels: 3, activation: sigmoid}
      loss: mse
      train: {steps: 2, batch_size: \(2 + draw.integer(below: 6)), optimizer: adam\(setting(limit))}

      """
  }

  /// A generator with ways around, two networks that read its values, and a critic.
  static func phases(limit: Int?) -> String {
    let setting = limit.map { "\n  memory_limit: \($0) B" } ?? ""
    return """
      nnc: 1
      blocks:
        res:
          parameters: {f: }
          layers:
            - conv: {name: a, filters: $f, activation: relu}
            - conv: {name: b, filters: $f}
            - add: {from: [b, input]}
      data:
        d: {synthetic: shapes, shape: [64, 48, 3], samples_per_epoch: 10, degrade: [{noise: 0.1}], range: [-1, 1]}
      networks:
        g:
          input: d.input
          layers:
            - conv: {name: a, filters: 4, kernel: 5, activation: silu, normalization: none}
            - conv: {name: b, filters: 4, kernel: 5, activation: leaky_relu, normalization: instance}
            - res: {f: 4}
            - res: {f: 4}
            - dropout: {rate: 0.2}
            - max_pool: {name: p}
            - conv: {name: c, filters: 8, kernel: 3, activation: relu, normalization: layer}
            - transposed_conv: {name: t, filters: 4, kernel: 4, stride: 2, activation: relu}
            - concat: {from: [t, a]}
            - add: {from: [b, t]}
            - output: {channels: 3, activation: tanh}
        critic:
          input: [64, 48, 3]
          layers:
            - conv: {filters: 8, kernel: 4, stride: 2, padding: 1, activation: leaky_relu}
            - conv: {name: q, filters: 12, kernel: 3, spectral_norm: false, activation: leaky_relu}
            - dense: {units: 1}
        h:
          input: {x: g.p, y: g.c, z: d.input}
          layers:
            - concat: {from: [x, y]}
            - conv: {filters: 12, activation: relu}
            - upsample
            - concat: {from: [previous, z]}
            - output: {channels: 3}
        h2: {like: h, input: {x: g.p, y: g.c, z: d.target}}
      losses:
        pix: {mae: {prediction: g, target: d.target}}
        adv: {adversarial: {kind: hinge, discriminator: critic, fake: g, real: d.target}, weight: 0.1}
        hh: {mse: {prediction: h, target: d.target}, weight: 0.5}
        hh2: {mae: {prediction: h2, target: d.target}, weight: 0.5}
      train:
        steps: 4
        batch_size: 3\(setting)
        ema: 0.9
        phases:
          - {name: gen, update: [g, h, h2], losses: [pix, adv.generator, hh, hh2], optimizer: {sgd: {learning_rate: 1e-2, momentum: 0.9}}}
          - {name: critic, update: [critic], losses: [adv.discriminator], optimizer: {adam: {learning_rate: 1e-3}}}

      """
  }
}
