/// Products and sums in registers only, `iterations` times over; returns the operations done. The lanes' sum goes to
/// `sink`, so that nothing is left out.
func registerProducts(_ iterations: Int, _ sink: UnsafeMutablePointer<Float>) -> Double {
  var sums = InlineArray<12, Lane>(repeating: Lane(repeating: sink[0]))
  let a = Lane(repeating: sink[1])
  let b = Lane(repeating: sink[2])
  for _ in 0..<iterations {
    for m in 0..<12 { addProduct(&sums[m], a, b) }
  }
  var total = Lane.zero
  for m in 0..<12 { total += sums[m] }
  total.store(sink, count: 1)
  return Double(iterations) * Double(12 * Lane.width * 2)
}
