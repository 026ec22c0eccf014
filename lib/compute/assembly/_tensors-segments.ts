// Rows of a matrix, summed by segment.
import { addRun } from "./_tensors-runs";

/** target[segment of row] += row; rows of a segment that does not exist are left out. `target` must be zero before. */
export function segmentSum(source: usize, segments: usize, target: usize, rows: i32, columns: i32, count: i32): void {
  for (let row = 0; row < rows; row++) {
    const segment = load<i32>(segments + (<usize>row << 2));
    if (segment >= 0 && segment < count) {
      const to = target + (<usize>segment * columns << 2);
      const from = source + (<usize>row * columns << 2);
      addRun(from, to, columns);
    }
  }
}
