/** Membership in the embedding is 1 / (1 + a d^2b); umap-js finds a and b from the least distance. */
export interface MembershipCurve {
  readonly a: number;
  readonly b: number;
}

/** Points of an embedding, row-major, `cols` numbers each. */
export interface Places {
  readonly data: Float32Array | Float64Array;
  readonly cols: number;
}

/** Negative samples of each attraction. */
export const negativesOfEach = 5;
/** Longest move along an axis, in steps. */
const longestMove = 4;

function squaredDistance(head: Places, i: number, tail: Places, j: number): number {
  const { cols } = head;
  let sum = 0;
  for (let p = i * cols, q = j * cols, end = p + cols; p < end; p++, q++) {
    const difference = head.data[p] - tail.data[q];
    sum += difference * difference;
  }
  return sum;
}

/** Moves point i towards point j of `tail`; where `both` is set, j comes towards it by as much. */
export function attract(
  head: Places,
  i: number,
  tail: Places,
  j: number,
  { a, b }: MembershipCurve,
  step: number,
  both = false,
): void {
  const squared = squaredDistance(head, i, tail, j);
  if (squared === 0) return;
  const power = squared ** b;
  move(head, i, tail, j, (-2 * a * b * power) / (squared * (1 + a * power)), step, both);
}

/** Moves point i away from point j of `tail`; points in one place stay. */
export function repel(
  head: Places,
  i: number,
  tail: Places,
  j: number,
  { a, b }: MembershipCurve,
  step: number,
): void {
  const squared = squaredDistance(head, i, tail, j);
  if (squared === 0) return;
  move(head, i, tail, j, (2 * b) / ((0.001 + squared) * (1 + a * squared ** b)), step, false);
}

function move(
  head: Places,
  i: number,
  tail: Places,
  j: number,
  strength: number,
  step: number,
  both: boolean,
): void {
  const { cols } = head;
  for (let p = i * cols, q = j * cols, end = p + cols; p < end; p++, q++) {
    const gradient = strength * (head.data[p] - tail.data[q]);
    const moved = step * Math.min(longestMove, Math.max(-longestMove, gradient));
    head.data[p] += moved;
    if (both) tail.data[q] -= moved;
  }
}
