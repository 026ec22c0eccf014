// Runs of neighbouring floats. Inlined loops, since runs are short: `memory.copy` and `memory.fill` are calls.

/** Copies `count` floats. */
@inline export function copyRun(from: usize, to: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) v128.store(to + (<usize>i << 2), v128.load(from + (<usize>i << 2)));
  for (; i < count; i++) store<f32>(to + (<usize>i << 2), load<f32>(from + (<usize>i << 2)));
}

/** Adds `count` floats to others. */
@inline export function addRun(from: usize, to: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const at = to + (<usize>i << 2);
    v128.store(at, f32x4.add(v128.load(at), v128.load(from + (<usize>i << 2))));
  }
  for (; i < count; i++) {
    const at = to + (<usize>i << 2);
    store<f32>(at, load<f32>(at) + load<f32>(from + (<usize>i << 2)));
  }
}

/** Writes zeros to `count` places. */
@inline export function clearRun(to: usize, count: i32): void {
  const zero = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= count; i += 4) v128.store(to + (<usize>i << 2), zero);
  for (; i < count; i++) store<f32>(to + (<usize>i << 2), 0);
}
