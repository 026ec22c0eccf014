// Rows of a matrix, summed by segment.

/** target[segment of row] += row; rows of a segment that does not exist are left out. `target` must be zero before. */
export function segmentSum(source: usize, segments: usize, target: usize, rows: i32, columns: i32, count: i32): void {
  for (let row = 0; row < rows; row++) {
    const segment = load<i32>(segments + (<usize>row << 2));
    if (segment >= 0 && segment < count) {
      const to = target + (<usize>segment * columns << 2);
      const from = source + (<usize>row * columns << 2);
      let i = 0;
      for (; i + 4 <= columns; i += 4) {
        const at = to + (<usize>i << 2);
        v128.store(at, f32x4.add(v128.load(at), v128.load(from + (<usize>i << 2))));
      }
      for (; i < columns; i++) {
        const at = to + (<usize>i << 2);
        store<f32>(at, load<f32>(at) + load<f32>(from + (<usize>i << 2)));
      }
    }
  }
}
