/// Runs `body` for each of `0..<count`, at most six, written out: what arrays of lanes carry from one to another can then
/// stay in registers, where a loop keeps it in memory.
@inline(__always)
func unrolled(_ count: Int, _ body: (Int) -> Void) {
  if count > 0 { body(0) }
  if count > 1 { body(1) }
  if count > 2 { body(2) }
  if count > 3 { body(3) }
  if count > 4 { body(4) }
  if count > 5 { body(5) }
}
