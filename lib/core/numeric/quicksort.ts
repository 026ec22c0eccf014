/** Runs up to this long are sorted by insertion. */
const short = 16;

/**
 * The order in which a quicksort puts values, ascending; equal values do not keep their order. As numpy's default argsort
 * up to 1.24 has it: split at the median of the first, middle and last value (Hoare 1962, Sedgewick 1978), insertion for
 * runs of at most 16. What the splits do to equal values is part of the result, so they are done as there.
 * @param values without NaN
 * @returns indices
 */
export function quicksortOrder(values: ArrayLike<number>): number[] {
  const order = Array.from({ length: values.length }, (_, i) => i);
  const runs: [number, number][] = [[0, values.length - 1]];
  for (let run = runs.pop(); run; run = runs.pop()) {
    const [first, last] = run;
    if (last - first < short) {
      insert(order, values, first, last);
      continue;
    }
    const split = partition(order, values, first, last);
    runs.push([first, split - 1], [split + 1, last]);
  }
  return order;
}

function swap(order: number[], a: number, b: number): void {
  [order[a], order[b]] = [order[b], order[a]];
}

/** Brings small values before and large ones behind a value in the middle. @returns its place */
function partition(order: number[], values: ArrayLike<number>, first: number, last: number): number {
  const at = (place: number) => values[order[place]];
  const middle = first + Math.floor((last - first) / 2);
  if (at(middle) < at(first)) swap(order, middle, first);
  if (at(last) < at(middle)) swap(order, last, middle);
  if (at(middle) < at(first)) swap(order, middle, first);
  const pivot = at(middle);
  swap(order, middle, last - 1);
  let [low, high] = [first, last - 1];
  for (;;) {
    do low++;
    while (at(low) < pivot);
    do high--;
    while (pivot < at(high));
    if (low >= high) break;
    swap(order, low, high);
  }
  swap(order, low, last - 1);
  return low;
}

function insert(order: number[], values: ArrayLike<number>, first: number, last: number): void {
  for (let place = first + 1; place <= last; place++) {
    const moved = order[place];
    let gap = place;
    while (gap > first && values[moved] < values[order[gap - 1]]) {
      order[gap] = order[gap - 1];
      gap--;
    }
    order[gap] = moved;
  }
}
