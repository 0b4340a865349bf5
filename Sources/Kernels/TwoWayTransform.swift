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

/// One to six lanes. None is zero first: the compiler would split such a lane into what it clears and what it does not.
@inline(__always)
func gathered<let count: Int>(_ lane: (Int) -> Lane) -> InlineArray<count, Lane> {
  var lanes = InlineArray<count, Lane>(repeating: lane(0))
  unrolled(count - 1) { lanes[$0 + 1] = lane($0 + 1) }
  return lanes
}

/// Transforms all columns of a matrix of lanes, of at most six by six, by `down`, then all rows of the result by `across`.
@inline(__always)
func transformBothWays<let rows: Int, let columns: Int, let newRows: Int, let newColumns: Int>(
  _ load: (_ row: Int, _ column: Int) -> Lane,
  down: (InlineArray<rows, Lane>) -> InlineArray<newRows, Lane>,
  across: (InlineArray<columns, Lane>) -> InlineArray<newColumns, Lane>,
  store: (_ row: Int, _ column: Int, Lane) -> Void
) {
  let first = down(gathered { load($0, 0) })
  let second = columns > 1 ? down(gathered { load($0, 1) }) : first
  let third = columns > 2 ? down(gathered { load($0, 2) }) : first
  let fourth = columns > 3 ? down(gathered { load($0, 3) }) : first
  let fifth = columns > 4 ? down(gathered { load($0, 4) }) : first
  let sixth = columns > 5 ? down(gathered { load($0, 5) }) : first
  unrolled(newRows) { y in
    let row = across(
      gathered {
        switch $0 {
        case 0: first[y]
        case 1: second[y]
        case 2: third[y]
        case 3: fourth[y]
        case 4: fifth[y]
        default: sixth[y]
        }
      })
    unrolled(newColumns) { store(y, $0, row[$0]) }
  }
}
