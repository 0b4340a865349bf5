import NNPlan
import NNTensor
import Testing

@testable import NNCompiler

/// Sound plans with buffers among the channels of others, broken.
extension BrokenPlan {
  static let views: [BrokenPlan] = [
    BrokenPlan("a view behind the last channel", says: "without room for it", .joined) {
      $0[try $0.view(0)].place = .view(of: try $0.host(0), channel: 17)
    },
    BrokenPlan("a view before the first channel", says: "without room for it", .joined) {
      $0[try $0.view(0)].place = .view(of: try $0.host(0), channel: -1)
    },
    BrokenPlan("a view of a buffer that there is not", says: "without room for it", .joined) {
      $0[try $0.view(0)].place = .view(of: BufferID(9999), channel: 0)
    },
    BrokenPlan("a view of other pixels than the host's", says: "without room for it", .joined) {
      let id = try $0.view(0)
      $0.buffers[id.index].type.shape[1] /= 2
    },
    BrokenPlan("a view of other samples than the host's", says: "without room for it", .joined) {
      let id = try $0.view(0)
      $0.buffers[id.index].samples = .chunk
    },
    BrokenPlan("a view that is stored otherwise than the host", says: "without room for it", .joined) {
      let id = try $0.view(0)
      $0.buffers[id.index].type.element = .bfloat16
    },
    BrokenPlan("views that begin within a word", says: "without room for it", .joined) {
      for index in $0.buffers.indices { $0.buffers[index].type.element = .bfloat16 }
      $0[try $0.view(0)].place = .view(of: try $0.host(0), channel: 1)
    },
    BrokenPlan("a buffer that lies in itself", says: "lies in itself", .joined) {
      let id = try $0.view(0)
      $0[id].place = .view(of: id, channel: 0)
    },
    BrokenPlan("a view of a parameter", says: "which is not in the arena", .joined) {
      $0[try $0.host(0)].place = .retained(offset: 0)
      $0.retainedBytes = 1 << 20
    },
    BrokenPlan("a view whose host has no place", says: "which has no place", .joined) {
      $0[try $0.host(0)].place = .unplaced
    },
    BrokenPlan("a view that the host writes", says: "among other channels", .joined) {
      $0.inputs[0].buffer = try $0.view(0)
    },
    BrokenPlan("a kernel that knows no views of what it reads", says: "cannot read", .joined) {
      let id = try $0.view(0)
      let reader = try #require($0.steps.firstIndex { $0.inputs.contains(id) })
      $0.steps[reader].kernel = .spatialMean
    },
    BrokenPlan("a kernel that knows no views of what it writes", says: "cannot write", .joined) {
      let id = try $0.view(0)
      let writer = try #require($0.steps.firstIndex { $0.outputs.contains(id) })
      $0.steps[writer].kernel = .depthToSpace(factor: Size2D(2, 2))
    },
    BrokenPlan("a workspace among other channels", says: "cannot work in", .joined) {
      let step = try #require($0.steps.firstIndex { $0.workspace != nil })
      $0.steps[step].workspace = try $0.view(0)
    },
    BrokenPlan("a part of a concatenation that nobody writes", says: "before it is made", .joined) {
      let id = try $0.view(0)
      $0.steps.removeAll { $0.outputs.contains(id) }
    },
    BrokenPlan("two operands at the same channels", says: "after its channels were overwritten", .joined) {
      let (skip, up) = (try $0.view(0), try $0.view(1))
      try #require($0[skip].channels == $0[up].channels)
      $0[up].place = $0[skip].place
    },
    BrokenPlan("a concatenation that is read before its last part is made", says: "before it is made", .joined) {
      let (host, late) = (try $0.host(0), try $0.view(1))
      let writer = try #require($0.steps.firstIndex { $0.outputs.contains(late) })
      let reader = try #require($0.steps.firstIndex { $0.inputs.contains(host) })
      try #require(writer < reader)
      $0.steps.insert($0.steps.remove(at: reader), at: writer)
    },
    BrokenPlan("bytes of a concatenation that others use between its parts", says: "before it is made", .joined) {
      let (early, late) = (try $0.view(0), try $0.view(1))
      let first = try #require($0.steps.firstIndex { $0.outputs.contains(early) })
      let second = try #require($0.steps.firstIndex { $0.outputs.contains(late) })
      let between = try #require($0.steps[first + 1..<second].first)
      $0[between.outputs[0]].place = $0[try $0.host(0)].place
    },
    BrokenPlan("a part of a gradient after its bytes went to others", says: "overwritten", .joined) {
      let part = try $0.gradientPart()
      let reader = try #require($0.steps.firstIndex { $0.inputs.contains(part) })
      let root = $0.root(of: part)
      let writer = try #require($0.steps.firstIndex { $0.outputs.contains(root) })
      try #require(writer + 1 < reader)
      let other = $0.steps[writer + 1].outputs[0]
      $0[other].place = $0[root].place
    },
    BrokenPlan("a result over channels of its operand", says: "over its operand", .joined) {
      let id = try $0.view(0)
      let writer = try #require($0.steps.firstIndex { $0.outputs.contains(id) })
      $0.steps[writer].inputs[0] = try $0.host(0)
    },
  ]
}

/// A U-Net of one level: what it puts together lies where a kernel wrote it.
let joining = """
  conv: {name: skip, filters: 16, activation: relu}
  max_pool
  conv: {filters: 16, activation: relu}
  upsample: 2
  concat: {from: [previous, skip]}
  conv: {filters: 8, activation: relu}
  output: {channels: 3}
  """

extension Plan {
  /// The views in the order in which they are made, of the way forward.
  private func views() -> [BufferID] {
    let made = steps.filter { !$0.isGradient }.flatMap(\.outputs)
    return made.filter { isView($0) }
  }

  fileprivate func view(_ index: Int) throws -> BufferID { try #require(views().dropFirst(index).first) }

  fileprivate func host(_ index: Int) throws -> BufferID { root(of: try view(index)) }

  /// A view that no step writes itself, and whose bytes stay for some steps.
  fileprivate func gradientPart() throws -> BufferID {
    let written = Set(steps.flatMap(\.outputs))
    let parts = buffers.indices.map { BufferID($0) }.filter { isView($0) && !written.contains($0) }
    return try #require(parts.max { self[$0].lifetime.upperBound < self[$1].lifetime.upperBound })
  }
}
