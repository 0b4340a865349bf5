import Foundation
import Testing

@testable import NNRuntime

@Suite("What control groups grant") struct ControlGroupTests {
  private func group(_ files: [String: String]) throws -> ControlGroup {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("nnc-groups-\(UUID().uuidString)")
    for (path, text) in files {
      let file = root.appendingPathComponent(path)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    return ControlGroup(root: root.path)
  }

  @Test("the smallest limit of the groups above counts, in the unified hierarchy") func unified() throws {
    let group = try group([
      "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/memory.max": "max\n", "sys/fs/cgroup/a/memory.max": "3000000\n",
      "sys/fs/cgroup/a/b/memory.max": "5000000\n", "sys/fs/cgroup/a/b/cpu.max": "150000 100000\n",
    ])
    #expect(group.memory == 3_000_000 && group.cores == 2)
    try? FileManager.default.removeItem(atPath: group.root)
  }

  @Test("version 1 has a hierarchy for each controller, and a number near 2⁶³ for no limit") func versionOne() throws {
    let group = try group([
      "proc/self/cgroup": "7:memory:/docker/x\n4:cpu,cpuacct:/docker/x\n1:name=systemd:/\n",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
      "sys/fs/cgroup/memory/docker/memory.limit_in_bytes": "64000000\n",
      "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
      "sys/fs/cgroup/cpu/docker/x/cpu.cfs_quota_us": "50000\n",
      "sys/fs/cgroup/cpu/docker/x/cpu.cfs_period_us": "20000\n",
    ])
    #expect(group.memory == 64_000_000 && group.cores == 3)
    try? FileManager.default.removeItem(atPath: group.root)
  }

  @Test("within a container the groups' own folders are missing: what the mounted root says counts") func container()
    throws
  {
    let group = try group([
      "proc/self/cgroup": "5:memory:/docker/x\n0::/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "1048576\n",
    ])
    #expect(group.memory == 1 << 20 && group.cores == nil)
    try? FileManager.default.removeItem(atPath: group.root)
  }

  @Test("without groups there is no limit") func none() {
    #expect(ControlGroup(root: "/nowhere").memory == nil && ControlGroup(root: "/nowhere").cores == nil)
  }
}
