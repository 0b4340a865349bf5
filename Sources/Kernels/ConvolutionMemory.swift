/// Copies `count` floats; the source and the target do not overlap.
@inline(__always)
func copy(_ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int) {
  var done = 0
  while done + Lane.width <= count {
    Lane(source + done).store(target + done)
    done += Lane.width
  }
  while done < count {
    target[done] = source[done]
    done += 1
  }
}

/// Writes `count` zeros.
@inline(__always)
func clear(_ target: UnsafeMutablePointer<Float>, _ count: Int) {
  var done = 0
  while done + Lane.width <= count {
    Lane.zero.store(target + done)
    done += Lane.width
  }
  while done < count {
    target[done] = 0
    done += 1
  }
}
