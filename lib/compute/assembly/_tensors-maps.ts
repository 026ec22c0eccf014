// Moving values of stacked maps [rows, pixels, channels] about: windows of convolutions and pools, and columns.
import { addRun, copyRun } from "./_tensors-runs";

/**
 * y = runs of pixels of x, one behind the other; zeros where a run has no place.
 * @param runs `runCount` pairs of i32: first pixel (negative: zeros), pixels
 * @param pixels, entries of a row of x and of y; `channels` values each
 */
export function gatherRuns(
  x: usize, runs: usize, y: usize, rows: i32, pixels: usize, entries: usize, channels: usize, runCount: i32,
): void {
  const inRow = pixels * channels << 2;
  const outRow = entries * channels << 2;
  for (let row = 0; row < rows; row++) {
    let to = y;
    let run = runs;
    for (let i = 0; i < runCount; i++) {
      const place = load<i32>(run);
      const count = load<i32>(run, 4) * <i32>channels;
      if (place >= 0) copyRun(x + (<usize>place * channels << 2), to, count);
      else memory.fill(to, 0, <usize>count << 2);
      to += <usize>count << 2;
      run += 8;
    }
    x += inRow;
    y += outRow;
  }
}

/**
 * Each pixel of y = the sum of up to `width` entries of x, in the table's order.
 * @param table pixels x width (i32): an entry, or one that x does not have for none
 */
export function collectEntries(
  x: usize, table: usize, y: usize, rows: i32, entries: i32, pixels: i32, width: i32, channels: usize,
): void {
  const pixel = channels << 2;
  for (let row = 0; row < rows; row++) {
    let at = table;
    for (let p = 0; p < pixels; p++) {
      let empty = true;
      for (let w = 0; w < width; w++) {
        const entry = load<i32>(at);
        at += 4;
        if (entry >= entries) continue;
        const from = x + <usize>entry * pixel;
        if (empty) copyRun(from, y, <i32>channels);
        else addRun(from, y, <i32>channels);
        empty = false;
      }
      if (empty) memory.fill(y, 0, pixel);
      y += pixel;
    }
    x += <usize>entries * pixel;
  }
}

/**
 * Maxima of windows; the first of equals wins.
 * @param table positions x taps (i32): the pixel at each
 * @param winners as y: the number of the winning tap
 */
export function maxWindows(
  x: usize, table: usize, y: usize, winners: usize, rows: i32, pixels: usize, positions: i32, taps: i32, channels: usize,
): void {
  const pixel = channels << 2;
  for (let row = 0; row < rows; row++) {
    let window = table;
    for (let position = 0; position < positions; position++) {
      copyRun(x + <usize>load<i32>(window) * pixel, y, <i32>channels);
      memory.fill(winners, 0, pixel);
      for (let tap = 1; tap < taps; tap++) {
        const from = x + <usize>load<i32>(window + (tap << 2)) * pixel;
        const number = <f32>tap;
        for (let c: usize = 0; c < pixel; c += 4) {
          const value = load<f32>(from + c);
          if (value > load<f32>(y + c)) {
            store<f32>(y + c, value);
            store<f32>(winners + c, number);
          }
        }
      }
      y += pixel;
      winners += pixel;
      window += <usize>taps << 2;
    }
    x += pixels * pixel;
  }
}

/**
 * Gradients of maxWindows to its input.
 * @param table pixels x width (i32): entries position x taps + tap that read each pixel, or one that is not there
 */
export function maxWindowsBack(
  dy: usize, winners: usize, table: usize, dx: usize,
  rows: i32, positions: i32, pixels: i32, width: i32, taps: i32, channels: usize,
): void {
  const pixel = channels << 2;
  const map = <usize>positions * pixel;
  for (let row = 0; row < rows; row++) {
    let at = table;
    for (let p = 0; p < pixels; p++) {
      memory.fill(dx, 0, pixel);
      for (let w = 0; w < width; w++) {
        const entry = load<i32>(at);
        at += 4;
        const position = entry / taps;
        if (position >= positions) continue;
        const number = <f32>(entry % taps);
        const from = <usize>position * pixel;
        for (let c: usize = 0; c < pixel; c += 4) {
          if (load<f32>(winners + from + c) == number) {
            store<f32>(dx + c, load<f32>(dx + c) + load<f32>(dy + from + c));
          }
        }
      }
      dx += pixel;
    }
    dy += map;
    winners += map;
  }
}

/** Copies `bytes` of each of some rows that lie `fromStep` and `toStep` bytes apart. */
export function copyColumns(from: usize, fromStep: usize, to: usize, toStep: usize, bytes: usize, rows: i32): void {
  for (let row = 0; row < rows; row++) {
    memory.copy(to, from, bytes);
    from += fromStep;
    to += toStep;
  }
}
